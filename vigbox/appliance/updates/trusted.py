"""Which release keys a box believes: a folder of root's, one file for each key.

A file holds the base64 text of an Ed25519 public key on a line of its own; empty lines and those
that begin with # are for people. None is shipped: whoever runs boxes puts theirs there.
"""

from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError
from vigbox.seal.errors import SignatureError
from vigbox.seal.signing import SigningKey, VerifyKey

FOLDER: Final = Path("/etc/vigbox/update-keys")
SUFFIX: Final = ".pub"


class ReleaseKeyError(VigboxError):
    """A file that should hold a release key does not."""


def trusted_keys(folder: Path = FOLDER) -> list[VerifyKey]:
    """Read every key of the folder; none when there is no folder.

    Raises :class:`ReleaseKeyError` that names the file, OSError.
    """
    return [_public(each) for each in sorted(folder.glob(f"*{SUFFIX}"))]


def secret_key(path: Path) -> SigningKey:
    """Read the secret half of a release key. Raises :class:`ReleaseKeyError`, OSError."""
    try:
        return SigningKey.from_text(_text(path))
    except SignatureError as error:
        raise ReleaseKeyError(f"{path} holds no release key: {error}") from error


def public_text(key: VerifyKey) -> str:
    """Give what a key's public file holds."""
    return f"# a release key of vigbox; it belongs into {FOLDER}\n{key.to_text()}\n"


def _public(path: Path) -> VerifyKey:
    try:
        return VerifyKey.from_text(_text(path))
    except SignatureError as error:
        raise ReleaseKeyError(f"{path} holds no release key: {error}") from error


def _text(path: Path) -> str:
    try:
        lines = path.read_text("ascii").splitlines()
    except UnicodeDecodeError:
        return ""
    return "".join(each.strip() for each in lines if not each.startswith("#"))
