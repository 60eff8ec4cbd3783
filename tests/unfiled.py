"""A film as an unarmed press leaves it on the card, and the recorder's own hand to file it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from vigbox.model import Life, TimeSource, Unarmed, new_id
from vigbox.recorder.clock import Reading
from vigbox.recorder.first_words import first_words
from vigbox.recorder.ledger import Ledger
from vigbox.recorder.scribe import Scribe
from vigbox.seal.recipients import parse_recipients
from vigbox.seal.sealing import FilmSealer
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.durable import save
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest

MADE_AT = datetime(2090, 11, 20, 10, tzinfo=UTC)
"""Far from now: the last day of a consent must not be past when it is noted."""


def pressed(
    layout: Layout,
    to: Sequence[str],
    film: bytes = bytes(65536),
    *,
    made_at: datetime = MADE_AT,
    clock: TimeSource = TimeSource.NETWORK,
    follows: str = "",
) -> Manifest:
    """Leave one film as the recorder does; its plain bytes are whole chunks."""
    ground = Unarmed(new_id(), tuple(to), 1)
    manifest, identity = first_words(ground, Reading(made_at, clock), follows)
    manifest = replace(manifest, life=Life.FINISHED, length_ns=10 * 10**9)
    save(layout.film_identity(manifest.recording), identity)
    with layout.film(manifest.recording).open("wb") as file:
        sealer = FilmSealer(file, parse_recipients(manifest.recipients))
        sealer.write(film)
        sealer.finish()
    manifests.write(layout, manifest, _key(layout))
    return manifest


@dataclass
class Hand:
    """Files and erases as the recorder does once it was granted."""

    layout: Layout
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.scribe = Scribe()
        self._ledger = Ledger(self.layout, _key(self.layout), self.scribe)

    def file(self, recording: str, identity: bytes, case: str | None) -> None:
        self.before()
        self.asked.append((recording, case))
        self._ledger.file(recording, identity, case).result()

    def erase_film(self, recording: str) -> None:
        if self.layout.manifest(recording).exists():
            self._ledger.erase(recording).result()

    def erase_export(self, export: str) -> None: ...

    def erase_import(self, name: str) -> None: ...

    def disarm(self, case: str) -> None: ...


def read(layout: Layout, recording: str) -> Manifest:
    """Read a manifest with its signature."""
    return manifests.read(layout.manifest(recording), _key(layout).verify_key)


def _key(layout: Layout) -> SigningKey:
    return SigningKey.from_text(layout.recorder_key.read_text("ascii"))
