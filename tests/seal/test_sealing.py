import inspect
import io
import random
from collections.abc import Callable
from types import ModuleType

import pytest

from vigbox.seal.chunks import MOST_CHUNKS
from vigbox.seal.errors import PayloadError, SealerError
from vigbox.seal.header import parse_header
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import (
    FINAL_TEXT,
    FilmSealer,
    SealingWriter,
    seal_bytes,
    seal_final_text,
)

EDGES = sorted(
    {max(0, n * CHUNK_BYTES + by) for n in range(4) for by in (-17, -16, -8, -1, 0, 1, 8, 16, 17)}
)


def written_in_pieces(writer: SealingWriter | FilmSealer, plain: bytes, by: random.Random) -> None:
    rest = memoryview(plain)
    while rest:
        size = by.choice([1, 17, 1000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 200_000])
        assert writer.write(rest[:size]) == min(size, len(rest))
        rest = rest[size:]


@pytest.mark.parametrize("length", EDGES)
def test_stock_age_opens_every_length_around_an_edge(
    identity: X25519Identity,
    age_opens: Callable[[bytes], bytes],
    chance: random.Random,
    length: int,
) -> None:
    plain, sealed = chance.randbytes(length), io.BytesIO()
    with SealingWriter(sealed, [identity.recipient]) as writer:
        written_in_pieces(writer, plain, chance)
    assert age_opens(sealed.getvalue()) == plain
    assert (writer.plain_bytes, writer.sealed_bytes) == (length, len(sealed.getvalue()))


def test_another_age_opens_what_was_sealed_for_two(
    chance: random.Random, other_age: ModuleType
) -> None:
    identities = [X25519Identity.generate() for _ in range(2)]
    plain = chance.randbytes(chance.randrange(300_000))
    sealed = seal_bytes(plain, [each.recipient for each in identities])
    for each in identities:
        other = other_age.x25519.Identity.from_str(each.secret_text())
        assert other_age.decrypt(sealed, [other]) == plain


def test_stock_age_opens_with_any_one_of_many_recipients(
    identity: X25519Identity, age_opens: Callable[[bytes], bytes], chance: random.Random
) -> None:
    recipients = [X25519Identity.generate().recipient for _ in range(20)]
    recipients.insert(chance.randrange(21), identity.recipient)
    assert age_opens(seal_bytes(b"for one of many", recipients)) == b"for one of many"


def test_header_is_written_at_once_and_the_full_last_chunk_waits(identity: X25519Identity) -> None:
    sealed = io.BytesIO()
    writer = SealingWriter(sealed, [identity.recipient])
    start = len(sealed.getvalue())
    writer.write(bytes(CHUNK_BYTES))
    assert len(sealed.getvalue()) == start > 0
    writer.write(b"1")
    assert len(sealed.getvalue()) == start + SEALED_CHUNK_BYTES


def test_file_is_not_ended_when_its_block_fails(identity: X25519Identity) -> None:
    sealed = io.BytesIO()
    with pytest.raises(ZeroDivisionError), SealingWriter(sealed, [identity.recipient]) as writer:
        writer.write(b"half" * (1 // 0))
    with pytest.raises(PayloadError):
        open_bytes(sealed.getvalue(), [identity])


def test_file_whose_disk_failed_is_never_ended(identity: X25519Identity) -> None:
    offered: list[bytes] = []

    def full_once(data: memoryview) -> None:
        offered.append(bytes(data))
        if len(offered) == 2:
            raise OSError("no room")

    with (
        pytest.raises(OSError, match="no room"),
        SealingWriter(full_once, [identity.recipient]) as writer,
    ):
        writer.write(bytes(3 * CHUNK_BYTES))
    for again in (lambda: writer.write(b"other text"), writer.close, writer.close):
        with pytest.raises(SealerError, match="earlier write failed"):
            again()
    assert len(offered) == 2


def test_ended_file_takes_nothing_more(identity: X25519Identity) -> None:
    sealed = io.BytesIO()
    writer = SealingWriter(sealed, [identity.recipient])
    writer.close()
    writer.close()
    with pytest.raises(SealerError, match="was ended"):
        writer.write(b"")
    assert open_bytes(sealed.getvalue(), [identity]) == b""


def test_film_writes_each_whole_chunk_at_once(
    identity: X25519Identity, chance: random.Random
) -> None:
    sealed = io.BytesIO()
    film = FilmSealer(sealed, [identity.recipient])
    start = film.sealed_bytes
    for _ in range(50):
        film.write(chance.randbytes(chance.randrange(100_000)))
        whole, held = divmod(film.plain_bytes, CHUNK_BYTES)
        assert film.room == -held % CHUNK_BYTES
        assert film.sealed_bytes == len(sealed.getvalue()) == start + whole * SEALED_CHUNK_BYTES


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_finished_film_is_a_standard_file_that_ends_with_c(
    identity: X25519Identity, age_opens: Callable[[bytes], bytes], chunks: int
) -> None:
    sealed = io.BytesIO()
    film = FilmSealer(sealed, [identity.recipient])
    film.write(bytes(chunks * CHUNK_BYTES))
    film.finish()
    assert age_opens(sealed.getvalue()) == bytes(chunks * CHUNK_BYTES) + FINAL_TEXT
    assert FINAL_TEXT == b"\0\0\0\x08free"
    with pytest.raises(SealerError):
        film.write(b"more")


def test_film_is_finished_at_an_edge_only(identity: X25519Identity) -> None:
    film = FilmSealer(io.BytesIO(), [identity.recipient])
    film.write(b"1")
    with pytest.raises(ValueError, match="65535 bytes before"):
        film.finish()
    film.write(bytes(film.room))
    film.finish()


def test_end_of_a_film_has_no_other_text() -> None:
    assert list(inspect.signature(seal_final_text).parameters) == ["payload_key", "index"]
    assert not hasattr(FilmSealer, "close")
    assert seal_final_text(bytes(32), 7) == seal_final_text(bytes(32), 7)


def test_no_name_is_in_the_sealed_film_and_each_file_has_its_own_key(
    identity: X25519Identity,
) -> None:
    sealed = [seal_bytes(b"a name of a person" * 9, [identity.recipient]) for _ in range(2)]
    assert all(b"a name" not in each for each in sealed)
    headers = [parse_header(io.BytesIO(each)) for each in sealed]
    assert headers[0].stanzas != headers[1].stanzas
    assert sealed[0][-200:] != sealed[1][-200:]


LONG = MOST_CHUNKS * CHUNK_BYTES


@pytest.mark.parametrize("before", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1])
@pytest.mark.parametrize(
    "length", [0, 1, CHUNK_BYTES, LONG - 1, LONG, LONG + CHUNK_BYTES, 3 * LONG]
)
def test_what_is_written_from_a_source_is_opened_by_stock_age(
    identity: X25519Identity,
    age_opens: Callable[[bytes], bytes],
    chance: random.Random,
    before: int,
    length: int,
) -> None:
    plain, sealed = chance.randbytes(before + length + 1), io.BytesIO()
    with SealingWriter(sealed, [identity.recipient]) as writer:
        writer.write(plain[:before])
        assert writer.write_from(io.BytesIO(plain[before:-1])) == length
        writer.write(plain[-1:])
    assert age_opens(sealed.getvalue()) == plain
    assert (writer.plain_bytes, writer.sealed_bytes) == (len(plain), len(sealed.getvalue()))


def test_source_written_from_may_give_a_few_bytes_at_a_time(
    identity: X25519Identity, chance: random.Random
) -> None:
    plain = chance.randbytes(300_000)

    class Trickle(io.BytesIO):
        def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
            return super().readinto(buffer[: chance.choice([1, 1000, 70_000])])

    sealed = io.BytesIO()
    with SealingWriter(sealed, [identity.recipient]) as writer:
        writer.write_from(Trickle(plain))
    assert open_bytes(sealed.getvalue(), [identity]) == plain


@pytest.mark.parametrize("length", [17, 18, 33, 34, 40, 100])
@pytest.mark.parametrize("beyond", [-1, 0, 1, 70_000])
def test_piece_that_is_being_sealed_stays_while_the_next_is_read(
    identity: X25519Identity, chance: random.Random, length: int, beyond: int
) -> None:
    plain = chance.randbytes(length * CHUNK_BYTES + beyond)
    writer = SealingWriter(lambda _sealed: None, [identity.recipient])
    taken, before = 0, memoryview(b"")
    for piece in writer._whole_chunks(io.BytesIO(plain)):
        assert before == plain[taken - len(before) : taken]
        before, taken = piece, taken + len(piece)
    assert before == plain[taken - len(before) : taken]
    assert bytes(writer._gathered[: writer._gathered_bytes]) == plain[taken:]


def test_source_that_fails_leaves_a_file_without_an_end(identity: X25519Identity) -> None:
    class Broken(io.BytesIO):
        def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
            if self.tell() >= 2 * LONG:
                raise OSError("input/output error")
            return super().readinto(buffer)

    sealed = io.BytesIO()
    writer = SealingWriter(sealed, [identity.recipient])
    with pytest.raises(OSError, match="input/output"):
        writer.write_from(Broken(bytes(4 * LONG)))
    for again in (
        lambda: writer.write(b"x"),
        lambda: writer.write_from(io.BytesIO()),
        writer.close,
    ):
        with pytest.raises(SealerError):
            again()
    with pytest.raises(PayloadError):
        open_bytes(sealed.getvalue(), [identity])
