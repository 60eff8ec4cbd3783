import io

import pytest

from vigbox.seal.chunks import ChunkSealer
from vigbox.seal.errors import RecipientError, SealerError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.payload import CHUNK_BYTES
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


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES + 1, 9 * CHUNK_BYTES])
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
