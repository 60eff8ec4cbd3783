"""What a film's manifest says first, and whom the film is sealed to.

For an armed case that is the case's recipient. A press without one gets a fresh identity, wrapped
to those who may file the film; the recorder keeps nothing of it but that age file.
"""

from vigbox.model import Arming, Life, Unarmed, new_id
from vigbox.recorder.clock import Reading
from vigbox.recorder.press import boot_id
from vigbox.seal.fresh import make_fresh
from vigbox.store.manifests import UNFILED, Manifest


def first_words(
    ground: Arming | Unarmed, now: Reading, follows: str = ""
) -> tuple[Manifest, bytes]:
    """Give the manifest of a film to be made, and its own identity's age file or nothing.

    Raises RecipientError.
    """
    recording = new_id()
    if isinstance(ground, Arming):
        case, to, counter = ground.case, ground.recipients, ground.counter
        return _manifest(recording, case, to, now, follows, counter), b""
    fresh = make_fresh(ground.recipients)
    return _manifest(recording, recording, (fresh.recipient,), now, follows), fresh.sealed


def is_ground_of(ground: Arming | Unarmed, before: Manifest) -> bool:
    """Tell whether a film of this ground would be for what another one was made for."""
    if isinstance(ground, Unarmed):
        return before.is_unfiled
    return (ground.case, ground.counter) == (before.case, before.arming)


def _manifest(
    recording: str,
    case: str,
    recipients: tuple[str, ...],
    now: Reading,
    follows: str,
    counter: int = 0,
) -> Manifest:
    return Manifest(
        recording=recording,
        case=case,
        recipients=recipients,
        boot=boot_id(),
        started_at=now.at,
        length_ns=0,
        life=Life.RECORDING,
        follows=follows,
        clock=now.source,
        kind=UNFILED if case == recording else "",
        arming=counter,
    )
