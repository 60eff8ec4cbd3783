import io
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from vigbox.seal.errors import PayloadError, SealerError
from vigbox.seal.films import MOST_DROPPED_BYTES, FilmReader
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes, open_header
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import FINAL_TEXT, FilmSealer, seal_bytes

CHUNKS = 12


@dataclass
class Made:
    """A film with its end, and where its chunks begin."""

    plain: bytes
    sealed: bytes
    start: int

    def edge(self, chunk: int) -> int:
        return self.start + chunk * SEALED_CHUNK_BYTES


def make(identity: X25519Identity, plain: bytes) -> Made:
    sealed = io.BytesIO()
    film = FilmSealer(sealed, [identity.recipient])
    start = film.sealed_bytes
    film.write(plain)
    film.finish()
    return Made(plain, sealed.getvalue(), start)


def reading(sealed: bytes | bytearray, identity: X25519Identity) -> FilmReader:
    return FilmReader(lambda at, n: bytes(sealed[at : at + n]), len(sealed), [identity])


@pytest.fixture
def made(identity: X25519Identity, chance: random.Random) -> Made:
    return make(identity, chance.randbytes(CHUNKS * CHUNK_BYTES))


def test_finished_film_is_read_without_its_end(identity: X25519Identity, made: Made) -> None:
    reader = reading(made.sealed, identity)
    assert reader.is_finished
    assert reader.size == len(made.plain)
    assert reader.read_at(0, reader.size + 8) == made.plain


def test_any_cut_keeps_the_whole_chunks_before_it_and_can_be_finished(
    identity: X25519Identity,
    made: Made,
    age_opens: Callable[[bytes], bytes],
    chance: random.Random,
) -> None:
    edges = [made.edge(chunk) for chunk in range(CHUNKS + 1)]
    cuts = [chance.randrange(made.start, len(made.sealed)) for _ in range(100 - len(edges))]
    for cut in [*edges, *cuts]:
        card = bytearray(made.sealed[:cut])
        reader = reading(card, identity)
        whole = (cut - made.start) // SEALED_CHUNK_BYTES
        assert not reader.is_finished
        assert reader.read_at(0, len(made.plain)) == made.plain[: whole * CHUNK_BYTES]
        if whole:
            kept = chance.randint(1, whole)
            offset, final = reader.finishing(kept * CHUNK_BYTES)
            assert (offset, final) == reading(card, identity).finishing(kept * CHUNK_BYTES)
            card[offset:] = final
            assert age_opens(bytes(card)) == made.plain[: kept * CHUNK_BYTES] + FINAL_TEXT
            again = reading(card, identity)
            assert again.is_finished
            assert again.finishing(kept * CHUNK_BYTES) == (offset, final)


class FailingCard:
    """Takes a part of each write, at some point a last part and an error; keeps what it saw."""

    def __init__(self, chance: random.Random) -> None:
        self.offered: list[bytes] = []
        self.rest = b""
        self.film = bytearray()
        self._chance = chance
        self._fails_at_bytes = chance.randrange(300_000, 800_000)

    def write(self, data: memoryview) -> int:
        # what comes after a short write is the rest of the same ciphertext
        assert not self.rest or data == self.rest
        if not self.rest:
            self.offered.append(bytes(data))
        taken = self._chance.randint(1, len(data))
        self.rest = bytes(data[taken:])
        self.film += data[:taken]
        if len(self.film) > self._fails_at_bytes:
            raise OSError("no room")
        return taken


def test_no_nonce_seals_two_texts_in_the_life_of_a_film(
    identity: X25519Identity, chance: random.Random
) -> None:
    card = FailingCard(chance)
    film = FilmSealer(card, [identity.recipient])
    pieces = (chance.randbytes(chance.choice([1000, 30_000, 400_000])) for _ in range(1000))
    with pytest.raises(OSError, match="no room"):
        any(film.write(piece) < 0 for piece in pieces)
    seen = len(card.offered)
    for again in (lambda: film.write(bytes(CHUNK_BYTES)), film.finish):
        with pytest.raises((SealerError, ValueError)):
            again()
    assert len(card.offered) == seen

    sealed_at = defaultdict(set)
    opened = open_header(io.BytesIO(card.film), [identity])
    assert len(card.offered[0]) == opened.payload_offset
    stream = io.BytesIO(b"".join(card.offered[1:]))
    whole = [*iter(lambda: stream.read(SEALED_CHUNK_BYTES), b"")]
    for index, sealed in enumerate(whole):
        assert opened.try_chunk(index, sealed, is_final=False) is not None
        sealed_at[index, False].add(sealed)
    for _ in range(2):
        reader = reading(card.film, identity)
        for index in range(1, reader.size // CHUNK_BYTES + 1):
            _, final = reader.finishing(index * CHUNK_BYTES)
            assert opened.try_chunk(index, final, is_final=True) == FINAL_TEXT
            sealed_at[index, True].add(final)
    assert len(whole) > 2
    assert {len(texts) for texts in sealed_at.values()} == {1}


def test_growing_film_is_followed_to_its_end(identity: X25519Identity, made: Made) -> None:
    reader = FilmReader(lambda at, n: made.sealed[at : at + n], made.start, [identity])
    assert (reader.size, reader.read_at(0, 10)) == (0, b"")
    for chunk in range(1, CHUNKS + 1):
        reader.grow(made.edge(chunk) + 5)
        assert reader.size == chunk * CHUNK_BYTES
        assert not reader.is_finished
    reader.grow(len(made.sealed))
    assert reader.is_finished
    reader.grow(made.edge(2))
    assert reader.size == len(made.plain)


def test_interrupted_film_that_was_finished_meanwhile_is_read_anew(
    identity: X25519Identity, made: Made
) -> None:
    card = bytearray(made.sealed[: made.edge(9) + 100])
    reader = reading(card, identity)
    offset, final = reader.finishing(7 * CHUNK_BYTES)
    card[offset:] = final
    reader.grow(len(card))
    assert reader.is_finished
    assert reader.size == 7 * CHUNK_BYTES


def test_finishing_that_was_cut_short_is_seen_and_done_again(
    identity: X25519Identity, made: Made
) -> None:
    card = bytearray(made.sealed[: made.edge(10) + 30])
    offset, final = reading(card, identity).finishing(8 * CHUNK_BYTES)
    card[offset : offset + len(final)] = final  # the power went before what follows was dropped
    reader = reading(card, identity)
    assert not reader.is_finished
    assert reader.read_at(0, len(made.plain)) == made.plain[: 8 * CHUNK_BYTES]
    assert reader.finishing(8 * CHUNK_BYTES) == (offset, final)


def test_bad_chunks_at_the_end_are_a_tail(identity: X25519Identity, made: Made) -> None:
    card = bytearray(made.sealed[: made.edge(10)])
    card[made.edge(8) :] = bytes(len(card) - made.edge(8))
    assert reading(card, identity).size == 8 * CHUNK_BYTES


def test_zeros_that_a_file_system_leaves_behind_a_cut_are_a_tail(
    identity: X25519Identity,
    made: Made,
    age_opens: Callable[[bytes], bytes],
    chance: random.Random,
) -> None:
    edges = [made.edge(1), made.edge(CHUNKS), made.edge(CHUNKS) + 8, len(made.sealed)]
    for cut in [*edges, *(chance.randrange(made.edge(1), len(made.sealed)) for _ in range(10))]:
        zeros = chance.choice([1, 24, SEALED_CHUNK_BYTES, chance.randrange(1, 300_000)])
        card = bytearray(made.sealed[:cut] + bytes(zeros))
        reader = reading(card, identity)
        whole = (cut - made.start) // SEALED_CHUNK_BYTES
        assert (reader.size, reader.is_finished) == (whole * CHUNK_BYTES, False)
        offset, final = reader.finishing(reader.size)
        card[offset:] = final
        assert age_opens(bytes(card)) == made.plain[: whole * CHUNK_BYTES] + FINAL_TEXT


def test_damage_in_the_middle_is_no_tail(identity: X25519Identity, made: Made) -> None:
    card = bytearray(made.sealed[: made.edge(10)])
    card[made.edge(4)] ^= 1
    reader = reading(card, identity)
    assert reader.size == 10 * CHUNK_BYTES
    with pytest.raises(PayloadError, match=f"chunk 4, at byte {made.edge(4)},"):
        reader.read_at(0, reader.size)
    assert reader.read_at(5 * CHUNK_BYTES, 9) == made.plain[5 * CHUNK_BYTES :][:9]


def sparse(made: Made) -> Callable[[int, int], bytes]:
    """Read a card with the film's whole chunks, then nothing but zeros."""
    good = memoryview(made.sealed)[: made.edge(CHUNKS)]
    return lambda offset, size: bytes(good[offset : offset + size]).ljust(size, b"\0")


def test_more_than_64_mib_of_damage_changes_nothing(identity: X25519Identity, made: Made) -> None:
    sealed_bytes = made.edge(CHUNKS) + MOST_DROPPED_BYTES + SEALED_CHUNK_BYTES
    with pytest.raises(PayloadError, match="64 MiB"):
        FilmReader(sparse(made), sealed_bytes, [identity])


def test_finishing_drops_64_mib_at_most(identity: X25519Identity, made: Made) -> None:
    most_chunks = MOST_DROPPED_BYTES // SEALED_CHUNK_BYTES
    reader = FilmReader(sparse(made), made.edge(CHUNKS - 1 + most_chunks), [identity])
    assert reader.size == len(made.plain)
    assert reader.finishing((CHUNKS - 1) * CHUNK_BYTES)[0] == made.edge(CHUNKS - 1)
    with pytest.raises(PayloadError, match="64 MiB"):
        reader.finishing((CHUNKS - 2) * CHUNK_BYTES)


def with_bad_sector(card: bytes | bytearray, place: int) -> Callable[[int, int], bytes]:
    """Read a card on which no read may touch one byte."""

    def pread(offset: int, size: int) -> bytes:
        if offset <= place < offset + size:
            raise OSError("input/output error")
        return bytes(card[offset : offset + size])

    return pread


@pytest.mark.parametrize(("chunk", "by"), [(0, 10), (4, 0), (4, 40_000), (5, 0), (5, 40_000)])
def test_error_of_the_card_is_no_tail(
    identity: X25519Identity, made: Made, chunk: int, by: int
) -> None:
    # the last chunk is a tail, so that the end is looked for in the one before
    card = made.sealed[: made.edge(5)] + bytes(SEALED_CHUNK_BYTES)
    assert reading(card, identity).size == 5 * CHUNK_BYTES
    with pytest.raises(OSError, match="input/output"):
        FilmReader(with_bad_sector(card, made.edge(chunk) + by), len(card), [identity])


def test_error_of_the_card_further_back_is_read_around(
    identity: X25519Identity, made: Made
) -> None:
    pread = with_bad_sector(made.sealed, made.edge(2) + 40_000)
    reader = FilmReader(pread, len(made.sealed), [identity])
    with pytest.raises(OSError, match="input/output"):
        reader.read_at(0, reader.size)
    assert reader.read_at(3 * CHUNK_BYTES, reader.size) == made.plain[3 * CHUNK_BYTES :]


@pytest.mark.parametrize("plain_end", [0, -CHUNK_BYTES, 1, CHUNK_BYTES - 1, 5 * CHUNK_BYTES])
def test_film_is_finished_at_an_edge_within_it_only(
    identity: X25519Identity, made: Made, plain_end: int
) -> None:
    with pytest.raises(ValueError, match="cannot be finished"):
        reading(made.sealed[: made.edge(4)], identity).finishing(plain_end)


def test_finished_film_is_finished_nowhere_else(identity: X25519Identity, made: Made) -> None:
    with pytest.raises(PayloadError, match="finished already"):
        reading(made.sealed, identity).finishing(CHUNK_BYTES)


@pytest.mark.parametrize("length", [0, 7, CHUNK_BYTES, CHUNK_BYTES + 7, 2 * CHUNK_BYTES])
def test_whole_file_that_is_no_film_is_never_given_a_second_end(
    identity: X25519Identity, length: int
) -> None:
    with pytest.raises(PayloadError, match="no film"):
        reading(seal_bytes(b"\1" * length, [identity.recipient]), identity)


def test_film_cut_before_its_first_chunk_is_told_as_such(
    identity: X25519Identity, made: Made
) -> None:
    for cut in range(made.start):
        with pytest.raises(EOFError):
            reading(made.sealed[:cut], identity)
    assert reading(made.sealed[: made.start], identity).size == 0


def test_stock_reading_takes_a_finished_film_for_an_ordinary_file(
    identity: X25519Identity, made: Made
) -> None:
    assert open_bytes(made.sealed, [identity]) == made.plain + FINAL_TEXT
