"""Hash what was fetched; the error of what is not what the box signed."""

import hashlib
from pathlib import Path

from vigbox.errors import VigboxError


class VerifyError(VigboxError):
    """What was fetched is not what the box signed; the text says which and what to do."""


def sha256_of(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
