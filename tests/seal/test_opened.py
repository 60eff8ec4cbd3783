import io

import pytest

from vigbox.seal.errors import PayloadError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opened import OpenedHeader, open_header
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import seal_bytes


@pytest.fixture
def chunks(identity: X25519Identity) -> tuple[OpenedHeader, bytes, bytes]:
    """A file of one whole chunk and a short end: its header, and both."""
    sealed = seal_bytes(bytes(CHUNK_BYTES) + b"end", [identity.recipient])
    opened = open_header(io.BytesIO(sealed), [identity])
    edge = opened.chunk_offset(1)
    assert edge == opened.payload_offset + SEALED_CHUNK_BYTES
    return opened, sealed[opened.payload_offset : edge], sealed[edge:]


def test_chunk_opens_at_its_place_with_its_flag_only(
    chunks: tuple[OpenedHeader, bytes, bytes],
) -> None:
    opened, first, last = chunks
    assert opened.open_chunk(0, first, is_final=False) == bytes(CHUNK_BYTES)
    assert opened.open_chunk(1, last, is_final=True) == b"end"
    for index, sealed, is_final in [
        (0, first, True),
        (1, first, False),
        (1, last, False),
        (0, last, True),
        (0, first[:-1], False),
        (0, first + b"+", False),
        (0, b"", False),
        (1, b"", True),
    ]:
        assert opened.try_chunk(index, sealed, is_final=is_final) is None
        with pytest.raises(PayloadError, match=f"chunk {index}, at byte"):
            opened.open_chunk(index, sealed, is_final=is_final)
