"""What an export holds in human words: the sealed part ``contents.json.age``.

``{"case": CODE, "files": [{"part", "name", "kind", "sha256", "size_bytes"}, …], "about": {…}}``,
where hash and size are those of the opened file. ``about`` says what left, for whom, what for, and
on which consents it rests: ids, purposes, form versions and days, never a name. Keys that a later
box adds are passed over; a box of before there was ``about`` wrote none.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from vigbox.delivery.manifest import is_part_name, is_sha256
from vigbox.errors import VigboxError
from vigbox.model import canonical

CONTENTS: Final = "contents.json.age"
LARGEST_BYTES: Final = 1 << 20
_LONGEST_WORD: Final = 255
_MALFORMED: Final = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    OverflowError,  # what a number without end is as a whole one
)


class ContentsError(VigboxError):
    """An export's contents cannot be read."""


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One file as it is after opening; ``sha256`` and ``size_bytes`` are of the plain bytes."""

    part: str
    name: str
    kind: str
    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        """Refuse what could not be a file. Raises :class:`ContentsError`."""
        if not is_part_name(self.part) or not (_is_word(self.name) and _is_word(self.kind)):
            raise ContentsError(f"the contents name a file wrongly: {self.name!r:.80}")
        if not is_sha256(self.sha256):
            raise ContentsError(f"the hash of {self.name!r} is not a SHA-256")
        if type(self.size_bytes) is not int or self.size_bytes < 0:
            raise ContentsError(f"the size of {self.name!r} is out of range")


@dataclass(frozen=True, slots=True)
class Rest:
    """A consent that an export rests on: its id on the box, for what, the form's version, when."""

    consent: int
    purpose: str
    form: str
    given_at: str


@dataclass(frozen=True, slots=True)
class About:
    """What an export is, for whom (the name of a machine), what for, and what it rests on."""

    what: str = ""
    for_whom: str = ""
    purpose: str = ""
    made_at: str = ""
    rests_on: tuple[Rest, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """A case's code and the files that travel, one for each part but the contents themselves."""

    case: str
    files: tuple[ContentFile, ...]
    about: About = field(default_factory=About)

    def __post_init__(self) -> None:
        """Refuse a case without a code. Raises :class:`ContentsError`."""
        if not _is_word(self.case):
            raise ContentsError("the contents name no case")

    def to_bytes(self) -> bytes:
        """Give the JSON text that is sealed."""
        return canonical(asdict(self))


def parse(data: bytes) -> Contents:
    """Read opened contents. Raises :class:`ContentsError`."""
    try:
        found = json.loads(data)
        files = tuple(_file(each) for each in found["files"])
        return Contents(found["case"], files, _about(found.get("about", {})))
    except _MALFORMED as error:
        raise ContentsError(
            f"the export's contents are malformed ({error}); make the export again on the box"
        ) from error


def _file(facts: dict[str, Any]) -> ContentFile:
    names = ("part", "name", "kind", "sha256", "size_bytes")
    return ContentFile(**{name: facts[name] for name in names})


def _about(facts: dict[str, Any]) -> About:
    words = {name: str(facts.get(name, "")) for name in ("what", "for_whom", "purpose", "made_at")}
    return About(**words, rests_on=tuple(_rest(each) for each in facts.get("rests_on", [])))


def _rest(facts: dict[str, Any]) -> Rest:
    return Rest(int(facts["consent"]), *(str(facts[name]) for name in _REST))


_REST: Final = ("purpose", "form", "given_at")


def _is_word(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= _LONGEST_WORD
