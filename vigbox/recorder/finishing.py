"""Finishes a film that a cut left without its end: C becomes the final chunk, in place.

The web, unlocked, verified the film and sealed C; here the file is cut after the last sync
point, and only when that is on the card are the 24 bytes written: torn by another cut, they are a
tail like any other. Doing it again with the same bytes changes nothing.
"""

import os
from typing import Final

from vigbox.errors import VigboxError
from vigbox.seal.header import parse_header
from vigbox.seal.payload import NONCE_BYTES, SEALED_CHUNK_BYTES
from vigbox.store.durable import write_all
from vigbox.store.layout import Layout

FINAL_BYTES: Final = 24
MOST_DROPPED_BYTES: Final = 64 << 20


class FinishError(VigboxError):
    """A film cannot be finished like that; it was left as it is."""


def finish(layout: Layout, recording: str, offset: int, final: bytes) -> None:
    """Write the final chunk of an interrupted film at a byte offset of its file.

    Raises :class:`FinishError` when the offset is no chunk's edge or more than 64 MiB would go,
    and OSError when the card fails; then doing it again is safe.
    """
    descriptor = os.open(layout.film(recording), os.O_RDWR)
    try:
        _check(descriptor, offset, final)
        os.ftruncate(descriptor, offset)
        os.fdatasync(descriptor)
        os.lseek(descriptor, offset, os.SEEK_SET)
        write_all(descriptor, final)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _check(descriptor: int, offset: int, final: bytes) -> None:
    size = os.fstat(descriptor).st_size
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        parse_header(file)
        payload = file.tell() + NONCE_BYTES
    is_edge = offset > payload and (offset - payload) % SEALED_CHUNK_BYTES == 0
    if len(final) != FINAL_BYTES or not is_edge or offset > size:
        raise FinishError("cannot finish the film: the place given is not the edge of a chunk")
    if size - offset > MOST_DROPPED_BYTES:
        raise FinishError(
            "cannot finish the film: more than 64 MiB would go. It is left as it is; "
            "`vigbox salvage` gets every whole fragment."
        )
