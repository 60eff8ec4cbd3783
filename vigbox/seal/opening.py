"""The door of the opening half: everything that opens an age file, by how it is read."""

import io
from collections.abc import Sequence
from typing import Final, cast

from vigbox.seal.armor import ArmorReader
from vigbox.seal.films import FilmReader
from vigbox.seal.identities import Identity
from vigbox.seal.opened import OpenedHeader, Source, open_header
from vigbox.seal.seekable import SeekableReader
from vigbox.seal.streams import StreamReader

__all__ = [
    "FilmReader",
    "OpenedHeader",
    "SeekableReader",
    "StreamReader",
    "open_bytes",
    "open_header",
    "open_stream",
]

_ARMOR_STARTS: Final = b"- \t\r\n"


def open_stream(source: Source, identities: Sequence[Identity]) -> StreamReader:
    """Open an age file from its start, armored or not.

    ``source`` is a binary file; more than the age file's bytes may be read ahead from it. Raises
    ArmorError and what :func:`~vigbox.seal.opened.open_header` raises.
    """
    buffered = _buffered(source)
    # an age file begins with "age-…", its armor with "-----" and perhaps white space before
    if buffered.peek(1)[:1] in {bytes([each]) for each in _ARMOR_STARTS}:
        buffered = io.BufferedReader(ArmorReader(buffered))
    return StreamReader(buffered, identities)


def open_bytes(data: bytes, identities: Sequence[Identity]) -> bytes:
    """Give the plain bytes of a whole age file, armored or not.

    Raises what :func:`open_stream` raises, and PayloadError; then nothing is given.
    """
    return open_stream(io.BytesIO(data), identities).read()


def _buffered(source: Source) -> io.BufferedReader:
    if isinstance(source, io.BufferedReader):
        return source
    return io.BufferedReader(cast("io.RawIOBase", source), 1 << 16)
