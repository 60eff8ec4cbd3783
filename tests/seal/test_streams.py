import io
import random
from collections.abc import Callable
from itertools import pairwise
from types import ModuleType

import pytest

from vigbox.seal.errors import CutHeaderError, NoMatchError, PayloadError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import seal_bytes
from vigbox.seal.streams import StreamReader

EDGES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 200_000]


@pytest.mark.parametrize("length", EDGES)
def test_what_stock_age_sealed_is_opened(
    identity: X25519Identity, age_seals: Callable[[bytes], bytes], length: int
) -> None:
    plain = random.Random(length).randbytes(length)
    reader = StreamReader(io.BytesIO(age_seals(plain)), [identity])
    assert b"".join(reader) == plain


def test_what_another_age_sealed_is_opened(identity: X25519Identity, other_age: ModuleType) -> None:
    recipient = other_age.x25519.Recipient.from_str(str(identity.recipient))
    sealed = other_age.encrypt(b"good morning", [recipient])
    assert StreamReader(io.BytesIO(sealed), [identity]).read() == b"good morning"


def test_reads_of_any_size_join_to_the_whole(
    identity: X25519Identity, chance: random.Random
) -> None:
    plain = chance.randbytes(300_000)
    reader = StreamReader(io.BytesIO(seal_bytes(plain, [identity.recipient])), [identity])
    pieces = [reader.read(0)]
    while piece := reader.read(size := chance.choice([1, 1000, 65_536, 90_000])):
        assert len(piece) == size or sum(map(len, pieces)) + len(piece) == len(plain)
        pieces.append(piece)
    assert b"".join(pieces) == plain
    assert reader.read() == b""


def test_source_may_give_a_few_bytes_at_a_time(identity: X25519Identity) -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 4000))

    plain = bytes(200_000)
    source = Trickle(seal_bytes(plain, [identity.recipient]))
    assert StreamReader(source, [identity]).read() == plain


def test_no_part_of_a_file_passes_for_the_whole(
    identity: X25519Identity, chance: random.Random
) -> None:
    sealed = seal_bytes(chance.randbytes(150_000), [identity.recipient])
    start = len(sealed) - 150_000 - 3 * 16
    edges = [start + n * SEALED_CHUNK_BYTES for n in range(3)]
    for cut in {*edges, *(chance.randrange(len(sealed)) for _ in range(50))}:
        with pytest.raises((CutHeaderError, PayloadError)):
            StreamReader(io.BytesIO(sealed[:cut]), [identity]).read()


def test_any_changed_byte_is_found(identity: X25519Identity, chance: random.Random) -> None:
    sealed = seal_bytes(chance.randbytes(150_000), [identity.recipient])
    start = len(sealed) - 150_000 - 3 * 16
    for at in [chance.randrange(start, len(sealed)) for _ in range(50)]:
        changed = bytearray(sealed)
        changed[at] ^= 1 << chance.randrange(8)
        with pytest.raises(PayloadError, match=f"chunk {(at - start) // SEALED_CHUNK_BYTES},"):
            StreamReader(io.BytesIO(changed), [identity]).read()


def test_swapped_chunks_are_found(identity: X25519Identity) -> None:
    sealed = seal_bytes(bytes(2 * CHUNK_BYTES + 1), [identity.recipient])
    start = len(sealed) - 2 * SEALED_CHUNK_BYTES - 17
    edges = [start, start + SEALED_CHUNK_BYTES, start + 2 * SEALED_CHUNK_BYTES, len(sealed)]
    first, second, last = (sealed[a:b] for a, b in pairwise(edges))
    with pytest.raises(PayloadError):
        StreamReader(io.BytesIO(sealed[:start] + second + first + last), [identity]).read()


@pytest.mark.parametrize("length", [1, CHUNK_BYTES])
def test_bytes_after_the_end_are_refused_each_time(identity: X25519Identity, length: int) -> None:
    sealed = seal_bytes(bytes(length), [identity.recipient])
    reader = StreamReader(io.BytesIO(sealed + b"+"), [identity])
    for _ in range(3):
        with pytest.raises(PayloadError):
            reader.read()


def test_after_an_error_there_is_never_an_end(identity: X25519Identity) -> None:
    sealed = seal_bytes(bytes(100_000), [identity.recipient])
    reader = StreamReader(io.BytesIO(sealed[:-1]), [identity])
    assert reader.read(10) == bytes(10)
    for _ in range(3):
        with pytest.raises(PayloadError):
            reader.read()


def test_other_identity_opens_nothing(identity: X25519Identity) -> None:
    with pytest.raises(NoMatchError):
        StreamReader(io.BytesIO(seal_bytes(b"", [identity.recipient])), [X25519Identity.generate()])


def test_error_of_the_source_passes_through(identity: X25519Identity) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if size and size >= SEALED_CHUNK_BYTES:
                raise OSError("input/output error")
            return super().read(size)

    reader = StreamReader(Broken(seal_bytes(b"x", [identity.recipient])), [identity])
    with pytest.raises(OSError, match="input/output"):
        reader.read()


@pytest.mark.parametrize("length", [*EDGES, 40 * CHUNK_BYTES])
def test_whole_file_goes_into_a_sink(
    identity: X25519Identity, chance: random.Random, length: int
) -> None:
    plain, card = chance.randbytes(length), bytearray()

    def short(data: memoryview) -> int:
        card.extend(data[:100_000])
        return min(len(data), 100_000)

    reader = StreamReader(io.BytesIO(seal_bytes(plain, [identity.recipient])), [identity])
    assert reader.read_into(short) == length
    assert card == plain


@pytest.mark.parametrize("bad", [0, 1, 15, 16, 17, 33, 39])
def test_chunks_before_a_bad_one_are_given_and_no_other(
    identity: X25519Identity, chance: random.Random, bad: int
) -> None:
    plain = chance.randbytes(40 * CHUNK_BYTES)
    sealed = bytearray(seal_bytes(plain, [identity.recipient]))
    sealed[len(sealed) - (40 - bad) * SEALED_CHUNK_BYTES + chance.randrange(65_552)] ^= 1
    for _ in range(2):
        card = bytearray()
        reader = StreamReader(io.BytesIO(sealed), [identity])
        with pytest.raises(PayloadError, match=f"chunk {bad},"):
            reader.read_into(card.extend)
        assert card == plain[: bad * CHUNK_BYTES]
        with pytest.raises(PayloadError, match=f"chunk {bad},"):
            reader.read_into(card.extend)
    assert len(card) == bad * CHUNK_BYTES


def test_what_was_read_stays_when_more_is_read(
    identity: X25519Identity, chance: random.Random
) -> None:
    plain = chance.randbytes(40 * CHUNK_BYTES)
    reader = StreamReader(io.BytesIO(seal_bytes(plain, [identity.recipient])), [identity])
    assert b"".join([reader.read(3 * CHUNK_BYTES), *list(reader)]) == plain
