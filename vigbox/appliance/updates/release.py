"""The update file: ``vigbox_VERSION_ARCH.update``.

::

    vigbox update 1                     a line that says what this is
    {"arch":"arm64", …}                 the header, one line of JSON, keys in order
    base64 of 64 bytes                  Ed25519 over the two lines before (RFC 8032)
    the Debian package                  as long as the header says, with the SHA-256 it says

Nothing may follow. The signature covers the header and the header the package, so every byte is
covered, and a reader needs no more memory than one block.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from typing import IO, Final, Self

from vigbox.errors import VigboxError
from vigbox.seal.errors import SignatureError
from vigbox.seal.signing import SigningKey, VerifyKey

MAGIC: Final = b"vigbox update 1\n"
LARGEST_BYTES: Final = 1 << 30
"""No package is larger; a header that says so is not believed."""

ARCHS: Final = ("amd64", "arm64")
MOST_CHANGES: Final = 4_000
_LONGEST_HEADER: Final = 1 << 16
_LONGEST_SIGNATURE: Final = 128
_BLOCK: Final = 1 << 20
_DAMAGED: Final = "The update is damaged. Get it again; nothing was changed."
_PATTERNS: Final = {
    "version": r"[0-9][0-9A-Za-z.+~-]{0,63}",
    "replaces": r"[0-9][0-9A-Za-z.+~-]{0,63}",
    "arch": "|".join(ARCHS),
    "sha256": r"[0-9a-f]{64}",
    "schema": r"[0-9]{4}",
    "made_at": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:+]{1,20}",
}


class UpdateRefusedError(VigboxError):
    """This file is not installed here; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Release:
    """What the header says.

    ``replaces`` is the lowest version that may be replaced, ``schema`` the step of the case
    database that it works on, ``room_bytes`` what it takes unpacked, ``changes`` what people are
    told of it.
    """

    version: str
    arch: str
    sha256: str
    size_bytes: int
    room_bytes: int
    replaces: str
    schema: str
    made_at: str
    changes: str = ""

    def line(self) -> bytes:
        """Give the header's line, as it is signed."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return text.encode("ascii") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Read a header. Raises :class:`UpdateRefusedError` unless it is just as we write it."""
        try:
            found = json.loads(line)
            release = cls(**found)
            is_well = _is_well(release) and release.line() == line
        except (ValueError, TypeError, RecursionError):
            is_well = False
        if not is_well:
            raise UpdateRefusedError(_DAMAGED)
        return release


def _is_well(release: Release) -> bool:
    for each in fields(release):
        value = getattr(release, each.name)
        if type(value) is not each.type:
            return False
        if each.name in _PATTERNS and not re.fullmatch(_PATTERNS[each.name], value):
            return False
    sizes = (release.size_bytes, release.room_bytes)
    return all(0 < each <= LARGEST_BYTES * 4 for each in sizes) and (
        release.size_bytes <= LARGEST_BYTES and len(release.changes) <= MOST_CHANGES
    )


def signed(release: Release, key: SigningKey) -> bytes:
    """Give all that stands before the package."""
    head = MAGIC + release.line()
    return head + base64.b64encode(key.sign(head)) + b"\n"


def read_head(file: IO[bytes], trusted: Iterable[VerifyKey]) -> Release:
    """Read and verify what stands before the package; the file is left at its first byte.

    Raises :class:`UpdateRefusedError` when a trusted key did not sign just this; OSError.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise UpdateRefusedError(
            "This is no update of vigbox. Choose the file that ends in .update."
        )
    line = file.readline(_LONGEST_HEADER)
    signature = _signature(file.readline(_LONGEST_SIGNATURE))
    _check(MAGIC + line, signature, list(trusted))
    return Release.from_line(line)


def read_package(file: IO[bytes], release: Release, take: Callable[[bytes], object]) -> None:
    """Read the package to the file's end, each block to ``take``, and verify it.

    Raises :class:`UpdateRefusedError` when it is not what was signed: what was taken must be
    thrown away then; OSError.
    """
    left, digest = release.size_bytes, hashlib.sha256()
    while left and (block := file.read(min(_BLOCK, left))):
        left -= len(block)
        digest.update(block)
        take(block)
    if left or file.read(1) or digest.hexdigest() != release.sha256:
        raise UpdateRefusedError(_DAMAGED)


def _signature(line: bytes) -> bytes:
    try:
        found = base64.b64decode(line.removesuffix(b"\n"), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if line != base64.b64encode(found) + b"\n":
        raise UpdateRefusedError(_DAMAGED)
    return found


def _check(head: bytes, signature: bytes, trusted: list[VerifyKey]) -> None:
    if not trusted:
        raise UpdateRefusedError(
            "This box trusts no release key yet, so it takes no update. Whoever runs it puts one "
            "into /etc/vigbox/update-keys."
        )
    for key in trusted:
        try:
            key.verify(head, signature)
        except SignatureError:
            continue
        return
    raise UpdateRefusedError(
        "The update is not signed by a key that this box trusts, or it is damaged. Get it again "
        "from where your boxes come from; nothing was changed."
    )
