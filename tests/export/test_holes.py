import errno

import pytest

from vigbox.export.holes import HoledFilm
from vigbox.seal.errors import NoMatchError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import FINAL_TEXT, FilmSealer

PLAIN = b"".join(bytes([number]) * CHUNK_BYTES for number in range(1, 6))


class Card:
    """A film's file on a card that gives an error for some of its bytes."""

    def __init__(self) -> None:
        self.identity = X25519Identity.generate()
        self.data = bytearray()
        sealer = FilmSealer(self.data.extend, [self.identity.recipient])
        self.start = len(self.data)
        sealer.write(PLAIN)
        sealer.finish()
        self.bad: dict[int, int] = {}

    def edge(self, chunk: int) -> int:
        return self.start + chunk * SEALED_CHUNK_BYTES

    def pread(self, offset: int, size: int) -> bytes:
        for at, number in self.bad.items():
            if offset <= at < offset + size:
                raise OSError(number, "the card says no")
        return bytes(self.data[offset : offset + size])

    def film(self) -> HoledFilm:
        return HoledFilm(self.pread, len(self.data), [self.identity])


@pytest.fixture
def card() -> Card:
    return Card()


def test_a_whole_film_is_read_to_its_end(card: Card) -> None:
    film = card.film()
    assert film.read(0, len(PLAIN) + len(FINAL_TEXT)) == PLAIN + FINAL_TEXT
    assert film.is_finished
    assert film.ends_at(len(PLAIN) + len(FINAL_TEXT))
    assert not film.ends_at(len(PLAIN))
    assert film.read(len(PLAIN), 9) is None


def test_what_touches_a_bad_chunk_is_not_given(card: Card) -> None:
    card.data[card.edge(2) + 5] ^= 1
    film = card.film()
    assert film.read(0, 2 * CHUNK_BYTES) == PLAIN[: 2 * CHUNK_BYTES]
    assert film.read(2 * CHUNK_BYTES - 1, 2) is None
    assert film.read(3 * CHUNK_BYTES - 1, 2) is None
    assert film.read(3 * CHUNK_BYTES, CHUNK_BYTES) == PLAIN[3 * CHUNK_BYTES : 4 * CHUNK_BYTES]
    assert (film.damaged, film.unreadable) == ({2}, set())


def test_a_chunk_in_another_ones_place_is_a_hole(card: Card) -> None:
    one, other = (slice(card.edge(n), card.edge(n + 1)) for n in (1, 3))
    card.data[one], card.data[other] = card.data[other], card.data[one]
    film = card.film()
    assert [film.chunk(n) is None for n in range(5)] == [False, True, False, True, False]


def test_a_chunk_the_disk_cannot_read_is_a_hole_and_is_counted(card: Card) -> None:
    card.bad[card.edge(1) + 9000] = errno.EIO
    film = card.film()
    assert film.chunk(1) is None
    assert film.chunk(2) == PLAIN[2 * CHUNK_BYTES : 3 * CHUNK_BYTES]
    assert (film.damaged, film.unreadable) == (set(), {1})


def test_any_other_error_of_the_disk_passes_through(card: Card) -> None:
    card.bad[card.edge(1)] = errno.ENODEV
    film = card.film()
    with pytest.raises(OSError, match="says no"):
        film.chunk(1)


def test_a_cut_film_has_no_end(card: Card) -> None:
    del card.data[card.edge(3) + 100 :]
    film = card.film()
    assert film.read(0, 3 * CHUNK_BYTES) == PLAIN[: 3 * CHUNK_BYTES]
    assert film.chunk(3) is None
    assert not film.ends_at(3 * CHUNK_BYTES)
    assert not film.is_finished


def test_what_lies_behind_the_end_is_no_part_of_the_film(card: Card) -> None:
    card.data += bytes(200_000)
    film = card.film()
    assert film.read(len(PLAIN), len(FINAL_TEXT)) == FINAL_TEXT
    assert film.ends_at(len(PLAIN) + len(FINAL_TEXT))
    assert film.chunk(6) is None
    assert not film.damaged


def test_a_film_of_somebody_else_is_refused(card: Card) -> None:
    card.identity = X25519Identity.generate()
    with pytest.raises(NoMatchError):
        card.film()
