"""What is sealed of an export in the making, so that it can be gone on with after a lock or a cut.

Whoever makes the export keeps it, in a sealed place: it has the hashes of what the parts open to.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from vigbox.delivery.contents import ContentFile
from vigbox.delivery.manifest import Part
from vigbox.delivery.part_hash import PartHash

_LOOK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A part that is sealed whole, and the file that it opens to."""

    part: Part
    file: ContentFile

    def is_here(self, folder: Path) -> bool:
        """Tell whether every byte of it lies in a folder; no when it cannot be read."""
        path, hashes = folder / self.part.name, PartHash()
        try:
            if path.stat().st_size != self.part.size_bytes:
                return False
            with path.open("rb") as file:
                while data := file.read(_LOOK_BYTES):
                    hashes.update(data)
        except OSError:
            return False
        return hashes.part(self.part.name) == self.part


def told(sealed: Sequence[SealedPart]) -> list[dict[str, Any]]:
    """Give them as JSON has them."""
    return [asdict(each) for each in sealed]


def heard(facts: Sequence[dict[str, Any]]) -> list[SealedPart]:
    """Read what :func:`told` gave. Raises ManifestError, ContentsError, KeyError, TypeError."""
    return [_one(each["part"], each["file"]) for each in facts]


def _one(part: dict[str, Any], file: dict[str, Any]) -> SealedPart:
    pieces = tuple(part["pieces"])
    return SealedPart(Part(**(part | {"pieces": pieces})), ContentFile(**file))
