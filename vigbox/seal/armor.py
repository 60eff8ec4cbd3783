"""Armor: an age file as ASCII text, for mail and paper.

Source: https://c2sp.org/age, "ASCII armor": strict PEM, 64 columns, padded canonical base64, and
nothing but white space around it.
"""

import base64
import binascii
import io
from typing import Final

from vigbox.seal.chunks import Sink
from vigbox.seal.errors import ArmorError
from vigbox.seal.header import LineSource

BEGIN: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
END: Final = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS: Final = 64
_LINE_BYTES: Final = 48
_MOST_SPACE_BYTES: Final = 1024
_LONGEST_LINE: Final = 128


class ArmorWriter:
    """Writes what it is given as armor; ``close`` ends it. A sink like the sealers' own."""

    def __init__(self, sink: Sink) -> None:
        self._send = sink if callable(sink) else sink.write
        self._rest = b""
        self._line(BEGIN)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take bytes, all of them; gives how many. Raises what the sink raises."""
        held = self._rest + bytes(data)
        whole = len(held) - len(held) % _LINE_BYTES
        for at in range(0, whole, _LINE_BYTES):
            self._line(base64.b64encode(held[at : at + _LINE_BYTES]))
        self._rest = held[whole:]
        return len(data)

    def close(self) -> None:
        """Write the last line and the end. Raises what the sink raises."""
        if self._rest:
            self._line(base64.b64encode(self._rest))
        self._line(END)

    def _line(self, line: bytes) -> None:
        self._send(memoryview(line + b"\n"))


class ArmorReader(io.RawIOBase):
    """The bytes inside an armor, as a raw stream; buffer it to read lines.

    Reading raises :class:`ArmorError`, and what the source raises.
    """

    def __init__(self, source: LineSource) -> None:
        self._source = source
        self._held = b""
        self._is_begun = False
        self._is_ended = False

    def readable(self) -> bool:
        """Tell io that this can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as io calls it
        """Give the bytes of one line at most; 0 at the end."""
        if not self._is_begun:
            self._begin()
        if not self._held and not self._is_ended:
            self._held = self._decode(self._line())
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _begin(self) -> None:
        line = self._line()
        space_bytes = 0
        while not line.strip() and space_bytes < _MOST_SPACE_BYTES:
            space_bytes += len(line) + 1
            line = self._line()
        if line != BEGIN:
            raise ArmorError(f"cannot read the armor: its first line must be {BEGIN.decode()}")
        self._is_begun = True

    def _decode(self, line: bytes) -> bytes:
        if line == END:
            self._end()
            return b""
        data = _decode_line(line)
        if len(data) < _LINE_BYTES:
            if self._line() != END:
                raise ArmorError("cannot read the armor: a line is short, and not the last one")
            self._end()
        return data

    def _end(self) -> None:
        rest = self._source.readline(_MOST_SPACE_BYTES)
        while rest and not rest.strip():
            rest = self._source.readline(_MOST_SPACE_BYTES)
        if rest:
            raise ArmorError("cannot read the armor: text follows its end")
        self._is_ended = True

    def _line(self) -> bytes:
        line = self._source.readline(_LONGEST_LINE)
        if not line:
            raise ArmorError("cannot read the armor: it ends early. Copy all of it.")
        return line.removesuffix(b"\n").removesuffix(b"\r")


def _decode_line(line: bytes) -> bytes:
    try:
        data = base64.b64decode(line, validate=True)
    except binascii.Error:
        data = b""
    if not data or len(line) > _COLUMNS or base64.b64encode(data) != line:
        raise ArmorError("cannot read the armor: a line is not canonical base64 of 64 columns")
    return data
