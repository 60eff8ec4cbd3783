"""A recording's manifest: what may be known of a film without a key, signed by the recorder.

It is read as hostile input: whoever holds the card may have written it. Nothing is ever erased
because of it.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from vigbox.errors import VigboxError
from vigbox.model import Life, TimeSource, canonical
from vigbox.seal.signing import SigningKey, VerifyKey
from vigbox.store import durable
from vigbox.store.layout import Layout

VERSION: Final = 1
IMPORTED: Final = "imported"
"""The kind of a recording that was filmed elsewhere."""

UNFILED: Final = "unfiled"
"""The kind of one that was made without an armed case: its ``case`` is its own id, and of none."""

FILED: Final = "filed"
"""The kind of one that was filed under a case since: it keeps an identity of its own."""

_LARGEST_BYTES: Final = 16_384
_ID: Final = re.compile(r"[0-9a-f]{32}")


class ManifestError(VigboxError):
    """A manifest is not one, or not signed by this box's recorder."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One recording as its manifest tells it; ``length_ns`` is 0 until it is known.

    ``follows`` is the recording of the same press that a stall or a crash had ended, or empty;
    ``clock`` is which clock ``started_at`` is from; empty in manifests of before it was kept;
    ``kind`` is ``imported`` for a film from elsewhere, ``unfiled`` or ``filed`` for one that was
    made without an armed case, else empty; ``arming`` is the counter of the statement the press
    obeyed, 0 without one and in manifests of before it was kept.
    """

    recording: str
    case: str
    recipients: tuple[str, ...]
    boot: str
    started_at: str
    length_ns: int
    life: Life
    version: int = VERSION
    follows: str = ""
    clock: str = ""
    kind: str = ""
    arming: int = 0

    def facts(self) -> dict[str, Any]:
        """Give what is signed and kept; what is empty says nothing, as in older manifests."""
        facts = asdict(self)
        for word in ("follows", "clock", "kind", "arming"):
            if not facts[word]:
                del facts[word]
        return facts

    @property
    def is_imported(self) -> bool:
        """Whether it was filmed elsewhere."""
        return self.kind == IMPORTED

    @property
    def is_unfiled(self) -> bool:
        """Whether it is of no case yet: nothing of it may be seen."""
        return self.kind == UNFILED

    @property
    def has_own_identity(self) -> bool:
        """Whether it is sealed to an identity of its own, not to its case's."""
        return self.kind in (UNFILED, FILED)

    def filed(self, case: str) -> "Manifest":
        """Give the manifest of the same recording as one of a case."""
        return replace(self, case=case, kind=FILED)

    def settled(self, life: Life, length_ns: int) -> "Manifest":
        """Give the manifest of the same recording at a later point of its life."""
        return replace(self, life=life, length_ns=length_ns)


def write(layout: Layout, manifest: Manifest, key: SigningKey) -> None:
    """Sign a manifest and make it durable. Raises OSError."""
    facts = manifest.facts()
    signature = base64.b64encode(key.sign(canonical(facts))).decode()
    text = json.dumps(facts | {"signature": signature}, indent=1) + "\n"
    durable.save(layout.manifest(manifest.recording), text.encode(), mode=0o640)


def read(path: Path, key: VerifyKey | None = None) -> Manifest:
    """Read a manifest, strictly; with a key, its signature too.

    Raises :class:`ManifestError`, or OSError when it cannot be read at all.
    """
    with path.open("rb") as file:
        data = file.read(_LARGEST_BYTES + 1)
    try:
        facts = json.loads(data)
        signature = base64.b64decode(facts.pop("signature"), validate=True)
        manifest = _from_facts(facts)
        if key is not None:
            key.verify(canonical(manifest.facts()), signature)
    except (VigboxError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ManifestError(f"{path.name} is not a manifest of this box: {error}") from error
    if manifest.recording != path.name.removesuffix(".json"):
        raise ManifestError(f"{path.name} is the manifest of another recording")
    return manifest


def listed(layout: Layout, key: VerifyKey | None = None) -> Iterator[Manifest]:
    """Give every readable manifest, oldest first by the start it names.

    What is no manifest is passed over here: the film beside it is still on the card.
    """
    found = []
    for path in layout.recordings.glob("*.json"):
        try:
            found.append(read(path, key))
        except (ManifestError, OSError):
            continue
    yield from sorted(found, key=lambda each: (each.started_at, each.recording))


def is_id(text: object) -> bool:
    """Tell whether this is an id as :func:`vigbox.model.new_id` makes them."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def _from_facts(facts: dict[str, Any]) -> Manifest:
    manifest = Manifest(
        **{**facts, "recipients": tuple(facts["recipients"]), "life": Life(facts["life"])}
    )
    words: tuple[object, ...] = (manifest.boot, manifest.started_at, *manifest.recipients)
    if facts["version"] != VERSION:
        raise ValueError(f"its version is not {VERSION}")
    are_numbers = _is_number(manifest.length_ns) and _is_number(manifest.arming)
    if not (is_id(facts["recording"]) and is_id(facts["case"]) and are_numbers):
        raise ValueError("an id, the length or the arming is out of range")
    if manifest.follows and not is_id(manifest.follows):
        raise ValueError("what it follows is no recording")
    if manifest.clock and manifest.clock not in set(TimeSource):
        raise ValueError("its clock is none")
    if manifest.kind not in ("", IMPORTED, UNFILED, FILED):
        raise ValueError("its kind is not known")
    if manifest.is_unfiled != (manifest.case == manifest.recording):
        raise ValueError("it is unfiled and names a case, or the other way round")
    if not all(isinstance(word, str) for word in words):
        raise ValueError("a word is none")
    return manifest


def _is_number(found: object) -> bool:
    return type(found) is int and 0 <= found < 1 << 62
