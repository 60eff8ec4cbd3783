"""A stanza: one recipient's wrap of the file key, as text lines of the header.

Source: https://c2sp.org/age, "Recipient stanza". Strict: one form only for every value.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vigbox.seal.errors import HeaderError

COLUMNS: Final = 64
_PREFIX: Final = b"-> "
_WORD: Final = re.compile(rb"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Stanza:
    """A type, its arguments (both printable ASCII without spaces) and a body of bytes."""

    type: str
    arguments: tuple[str, ...]
    body: bytes

    def to_bytes(self) -> bytes:
        """Give the stanza as lines of the header; the last one is always short."""
        text = encode64(self.body)
        lines = [text[at : at + COLUMNS] for at in range(0, len(text) + 1, COLUMNS)]
        return "\n".join([" ".join(["->", self.type, *self.arguments]), *lines, ""]).encode()


def starts_stanza(line: bytes) -> bool:
    """Tell whether a header's line is the first of a stanza."""
    return line.startswith(_PREFIX)


def parse_stanza(first: bytes, following: Iterator[bytes]) -> Stanza:
    """Read a stanza from its first line and as many of the following ones as are its body.

    Lines come without their newline. Raises :class:`HeaderError`.
    """
    words = first.removeprefix(_PREFIX).split(b" ")
    if not all(_WORD.fullmatch(word) for word in words):
        raise HeaderError("cannot read the age header: a stanza's arguments are malformed")
    kind, *arguments = (word.decode("ascii") for word in words)
    return Stanza(kind, tuple(arguments), _body(following))


def encode64(data: bytes) -> str:
    """Give bytes as base64 without padding."""
    return base64.b64encode(data).decode("ascii").rstrip("=")


def decode64(text: bytes | str) -> bytes:
    """Read base64 without padding, in its one canonical form. Raises :class:`HeaderError`."""
    given = text.encode("ascii") if isinstance(text, str) else text
    try:
        data = base64.b64decode(given + b"=" * (-len(given) % 4), validate=True)
    except binascii.Error:
        data = b""
    if encode64(data).encode() != given:
        raise HeaderError("cannot read the age header: a value is not canonical base64")
    return data


def _body(lines: Iterator[bytes]) -> bytes:
    body = bytearray()
    for line in lines:
        if len(line) > COLUMNS:
            break
        body += decode64(line)
        if len(line) < COLUMNS:
            return bytes(body)
    raise HeaderError("cannot read the age header: a stanza's body is malformed")
