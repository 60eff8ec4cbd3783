import io
import itertools
import random
import threading
from collections.abc import Iterator
from typing import cast

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vigbox.seal.chunks import MOST_CHUNKS, ChunkSealer
from vigbox.seal.errors import RecipientError, SealerError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.payload import CHUNK_BYTES, chunk_nonce
from vigbox.seal.sealing import SealingWriter


class CardFullOnce:
    """A sink that remembers what it was offered and fails one time."""

    def __init__(self, fails_at: int) -> None:
        self.offered: list[bytes] = []
        self._fails_at = fails_at

    def write(self, data: memoryview) -> None:
        self.offered.append(bytes(data))
        if len(self.offered) == self._fails_at:
            raise OSError("no room")


@pytest.mark.parametrize("most", [1, 7, 65_551, 65_552])
def test_short_writes_go_on_with_the_same_ciphertext(identity: X25519Identity, most: int) -> None:
    card = bytearray()

    def short(data: memoryview) -> int:
        card.extend(data[:most])
        return min(most, len(data))

    plain = bytes(70_000)
    with SealingWriter(short, [identity.recipient]) as writer:
        writer.write(plain)
    assert open_bytes(bytes(card), [identity]) == plain
    assert writer.sealed_bytes == len(card)


def test_after_a_failed_write_nothing_is_ever_sealed_again(identity: X25519Identity) -> None:
    card = CardFullOnce(fails_at=3)
    sealer = ChunkSealer(card, [identity.recipient])
    sealer.seal(memoryview(bytes(CHUNK_BYTES)))
    with pytest.raises(OSError, match="no room"):
        sealer.seal(memoryview(b"A" * CHUNK_BYTES))
    with pytest.raises(SealerError, match="earlier write failed"):
        sealer.seal(memoryview(b"B" * CHUNK_BYTES))
    with pytest.raises(SealerError, match="earlier write failed"):
        sealer.end(lambda _key, _index: b"")
    assert len(card.offered) == 3
    assert sealer.sealed_bytes == len(b"".join(card.offered[:2]))


@pytest.mark.parametrize(
    "length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES + 1, (MOST_CHUNKS + 1) * CHUNK_BYTES]
)
def test_whole_chunks_alone_are_sealed(identity: X25519Identity, length: int) -> None:
    sealer = ChunkSealer(lambda _data: None, [identity.recipient])
    with pytest.raises(ValueError, match="whole chunks"):
        sealer.seal(memoryview(bytes(length)))
    sealer.check()


def test_whatever_interrupts_the_sink_leaves_a_dead_sealer(identity: X25519Identity) -> None:
    def interrupted(data: memoryview) -> None:
        if len(data) == CHUNK_BYTES + 16:
            raise KeyboardInterrupt

    sealer = ChunkSealer(interrupted, [identity.recipient])
    with pytest.raises(KeyboardInterrupt):
        sealer.seal(memoryview(bytes(CHUNK_BYTES)))
    with pytest.raises(SealerError):
        sealer.check()


@pytest.mark.parametrize("count", [0, -1, 1 << 20, 0.5])
def test_sink_that_cannot_count_is_not_trusted(identity: X25519Identity, count: float) -> None:
    with pytest.raises(SealerError, match="took"):
        ChunkSealer(lambda _data: count, [identity.recipient])


def test_nobody_to_seal_to_is_refused_before_anything_is_written() -> None:
    card = io.BytesIO()
    with pytest.raises(RecipientError):
        ChunkSealer(card, [])
    assert not card.getvalue()


class RememberedCipher:
    """A cipher that remembers each nonce it was given."""

    def __init__(self, cipher: ChaCha20Poly1305) -> None:
        self._cipher = cipher
        self.nonces: list[bytes] = []

    def encrypt_into(self, nonce: bytes, data: memoryview, _: None, place: memoryview) -> int:
        self.nonces.append(nonce)
        return self._cipher.encrypt_into(nonce, data, None, place)


def remembered(sealer: ChunkSealer) -> list[bytes]:
    cipher = RememberedCipher(sealer._cipher)
    sealer._cipher = cast("ChaCha20Poly1305", cipher)
    return cipher.nonces


def pieces(plain: bytes, chunks: int) -> Iterator[memoryview]:
    """Give the plain bytes in two pieces of memory, used in turn."""
    rooms = itertools.cycle(memoryview(bytearray(chunks * CHUNK_BYTES)) for _ in range(2))
    for start, room in zip(range(0, len(plain), chunks * CHUNK_BYTES), rooms, strict=False):
        piece = plain[start : start + len(room)]
        room[: len(piece)] = piece
        yield room[: len(piece)]


def sealed_mark(key: bytes, index: int) -> bytes:
    return ChaCha20Poly1305(key).encrypt(chunk_nonce(index, is_final=True), b"!", None)


@pytest.mark.parametrize("chunks", [1, 3, MOST_CHUNKS])
def test_pieces_sent_behind_are_sealed_once_and_in_order(
    identity: X25519Identity, chance: random.Random, chunks: int
) -> None:
    plain = chance.randbytes(40 * CHUNK_BYTES)
    card = bytearray()
    sealer = ChunkSealer(card.extend, [identity.recipient])
    nonces = remembered(sealer)
    sealer.seal_each(pieces(plain, chunks))
    sealer.end(sealed_mark)
    assert open_bytes(bytes(card), [identity]) == plain + b"!"
    assert nonces == [chunk_nonce(index, is_final=False) for index in range(40)]
    assert sealer.sealed_bytes == len(card)


@pytest.mark.parametrize("fails_at", [2, 3, 5, 11])
def test_failure_of_what_is_sent_behind_leaves_a_dead_sealer(
    identity: X25519Identity, fails_at: int
) -> None:
    card = CardFullOnce(fails_at)
    sealer = ChunkSealer(card, [identity.recipient])
    nonces = remembered(sealer)
    with pytest.raises(OSError, match="no room"):
        sealer.seal_each(pieces(bytes(10 * CHUNK_BYTES), 1))
    assert len(card.offered) == fails_at
    sealed_then = len(nonces)
    for again in (sealer.seal, lambda piece: sealer.seal_each(iter([piece]))):
        with pytest.raises(SealerError, match="earlier write failed"):
            again(memoryview(bytes(CHUNK_BYTES)))
    assert len(nonces) == len(set(nonces)) == sealed_then
    assert sealer.sealed_bytes == len(b"".join(card.offered[:-1]))


def test_pieces_that_fail_leave_a_dead_sealer(identity: X25519Identity) -> None:
    def broken() -> Iterator[memoryview]:
        yield memoryview(bytes(CHUNK_BYTES))
        raise OSError("input/output error")

    sealer = ChunkSealer(lambda _data: None, [identity.recipient])
    with pytest.raises(OSError, match="input/output"):
        sealer.seal_each(broken())
    with pytest.raises(SealerError):
        sealer.check()


def test_sink_is_never_called_twice_at_once(identity: X25519Identity) -> None:
    inside = threading.Lock()

    def alone(_data: memoryview) -> None:
        assert inside.acquire(blocking=False)
        inside.release()

    ChunkSealer(alone, [identity.recipient]).seal_each(pieces(bytes(30 * CHUNK_BYTES), 1))
