"""The header of an age file: a version line, stanzas, and a MAC over all of it.

Source: https://c2sp.org/age, "Header". The parser reads exactly the header's bytes, no more.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from vigbox.seal.errors import CutHeaderError, HeaderError, HeaderMacError
from vigbox.seal.payload import derive
from vigbox.seal.stanza import Stanza, decode64, encode64, parse_stanza, starts_stanza

VERSION_LINE: Final = b"age-encryption.org/v1\n"
_MAC_PREFIX: Final = b"---"
_MAC_BYTES: Final = 32
# A header is a few hundred bytes; hostile ones shall not fill the memory.
_LONGEST_LINE: Final = 1 << 16
_LARGEST_HEADER: Final = 1 << 20


class LineSource(Protocol):
    """What a header is read from: a buffered binary file, or anything with its ``readline``."""

    def readline(self, limit: int, /) -> bytes:
        """Give bytes up to and with a newline, at most ``limit``; fewer only at the end."""


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header: its stanzas, its MAC, and the bytes that the MAC is made over."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    covered: bytes

    @property
    def size_bytes(self) -> int:
        """How many bytes of the file the header takes."""
        return len(self.covered) + len(_mac_text(self.mac))

    def check(self, file_key: bytes) -> None:
        """Raise :class:`HeaderMacError` unless the header was sealed with this file key."""
        if not hmac.compare_digest(_mac(self.covered, file_key), self.mac):
            raise HeaderMacError(
                "cannot open the file: its header was changed after it was sealed. "
                "Use another copy of it."
            )


def format_header(stanzas: Sequence[Stanza], file_key: bytes) -> bytes:
    """Give the header's bytes for some stanzas and the 16-byte file key they wrap."""
    covered = VERSION_LINE + b"".join(each.to_bytes() for each in stanzas) + _MAC_PREFIX
    return covered + _mac_text(_mac(covered, file_key))


def parse_header(source: LineSource) -> Header:
    """Read a header; ``source`` is left at the first byte after it.

    Raises :class:`HeaderError`, and of it :class:`CutHeaderError` when the file ends too early.
    """
    first = source.readline(len(VERSION_LINE))
    if first != VERSION_LINE:
        raise _no_version(first)
    covered = bytearray(first)
    lines = _lines(source, covered)
    stanzas = []
    for line in lines:
        if not starts_stanza(line):
            break
        stanzas.append(parse_stanza(line, lines))
    _check_together(stanzas)
    mac = _parse_mac(line)
    return Header(tuple(stanzas), mac, bytes(covered[: -len(_mac_text(mac))]))


def _no_version(first: bytes) -> HeaderError:
    if VERSION_LINE.startswith(first):
        return CutHeaderError("cannot open the file: it ends inside its age header")
    return HeaderError("cannot open the file: it is not an age file of version 1")


def _lines(source: LineSource, covered: bytearray) -> Iterator[bytes]:
    while len(covered) < _LARGEST_HEADER:
        line = source.readline(_LONGEST_LINE)
        covered += line
        if not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
            raise CutHeaderError("cannot open the file: it ends inside its age header")
        yield line.removesuffix(b"\n")
    raise HeaderError("cannot read the age header: it is far too long")


def _check_together(stanzas: Sequence[Stanza]) -> None:
    if not stanzas:
        raise HeaderError("cannot read the age header: it names no recipient")
    if len(stanzas) > 1 and any(each.type == "scrypt" for each in stanzas):
        # else whoever knows one key could pass a file off as sealed by the passphrase
        raise HeaderError("cannot read the age header: a passphrase must be the only recipient")


def _parse_mac(line: bytes) -> bytes:
    prefix, _, text = line.partition(b" ")
    mac = decode64(text)
    if prefix != _MAC_PREFIX or len(mac) != _MAC_BYTES:
        raise HeaderError("cannot read the age header: its MAC is malformed")
    return mac


def _mac(covered: bytes, file_key: bytes) -> bytes:
    return hmac.digest(derive(file_key, b"", b"header"), covered, hashlib.sha256)


def _mac_text(mac: bytes) -> bytes:
    return f" {encode64(mac)}\n".encode()
