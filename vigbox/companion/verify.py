"""Hash what was fetched, and refuse what is not what the box signed."""

import hashlib
from pathlib import Path

from vigbox.delivery.manifest import Part
from vigbox.errors import VigboxError


class VerifyError(VigboxError):
    """What was fetched is not what the box signed; the text says which and what to do."""


def sha256_of(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify_part(path: Path, part: Part) -> None:
    """Check size and hash of a whole sealed file. Raises :class:`VerifyError`, OSError."""
    if path.stat().st_size != part.size_bytes or sha256_of(path) != part.sha256:
        raise VerifyError(
            f"part {part.name} is not what the box signed, so it was removed; sync again, and "
            "make the export again on the box when that does not help"
        )
