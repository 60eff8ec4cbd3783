"""What the recorder does at its start, without keys: settle what a cut left open."""

import logging

from vigbox.model import Life
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.durable import TEMPORARY
from vigbox.store.layout import Layout

_log = logging.getLogger(__name__)


def settle(layout: Layout, key: SigningKey) -> list[str]:
    """Turn recordings that nobody makes any more into interrupted ones; tidy temporary files.

    Gives the ids of those that were settled. No film is touched. Raises OSError.
    """
    for path in layout.recordings.glob("*" + TEMPORARY):
        path.unlink()
    _tidy_identities(layout)
    settled = []
    for manifest in manifests.listed(layout, key.verify_key):
        if manifest.life is Life.RECORDING:
            manifests.write(layout, manifest.settled(Life.INTERRUPTED, 0), key)
            settled.append(manifest.recording)
            _log.warning("recording %s was cut; what is on the card is kept", manifest.recording)
    return settled


def _tidy_identities(layout: Layout) -> None:
    """Take away identities of films that a cut came before: nothing was ever sealed to them."""
    for path in layout.recordings.glob(layout.film_identity("*").name):
        recording = path.name.partition(".")[0]
        if not (layout.film(recording).exists() or layout.manifest(recording).exists()):
            path.unlink()
