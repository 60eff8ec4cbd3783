import io
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from vigbox.seal.errors import PayloadError
from vigbox.seal.films import MOST_DROPPED_BYTES, FilmReader
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opened import open_header
from vigbox.seal.opening import open_bytes
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


def test_no_nonce_seals_two_texts_in_the_life_of_a_film(
    identity: X25519Identity, chance: random.Random
) -> None:
    offered = []
    card = bytearray()
    fails_at = chance.randrange(4, 12)

    def failing(data: memoryview) -> int:
        offered.append(bytes(data))
        if len(offered) == fails_at:
            raise OSError("no room")
        taken = chance.randint(1, len(data))
        card.extend(data[:taken])
        return taken

    film = FilmSealer(failing, [identity.recipient])
    for _ in range(40):
        with_error = pytest.raises(Exception) if film._chunks._refusal else None
        try:
            film.write(chance.randbytes(chance.randrange(30_000)))
        except (OSError, PayloadError):
            break
    assert with_error is None
