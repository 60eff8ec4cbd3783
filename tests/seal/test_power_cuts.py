"""A real film, cut and damaged a thousand times: what is left is served, and can be finished."""

import errno
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import pytest

from tests.media import drawn
from tests.seal.cuts import BITRATE, Card, Film, Witness, cut, flipped, hole, zeroed_tail
from vigbox.media.boxes import BoxError
from vigbox.media.fragments import FilmIndex
from vigbox.recorder.finishing import FinishError, finish
from vigbox.seal.errors import PayloadError, SealError
from vigbox.seal.films import MOST_DROPPED_BYTES, FilmReader
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import FINAL_TEXT, FilmSealer, seal_bytes
from vigbox.store.layout import Layout

CARDS = 1000
HAPPENS = [cut, cut, zeroed_tail, flipped, flipped, hole]


@pytest.fixture(scope="module")
def identity() -> X25519Identity:
    return X25519Identity.generate()


@pytest.fixture(scope="module")
def witness() -> Iterator[Witness]:
    """Watch every cipher that the seal package makes, wherever it imports it."""
    name = "ChaCha20Poly1305"
    modules = [each for key, each in sys.modules.items() if key.startswith("vigbox.seal.")]
    users = [each for each in modules if hasattr(each, name)]
    witness = Witness(getattr(users[0], name))
    with pytest.MonkeyPatch.context() as patch:
        for each in users:
            patch.setattr(each, name, witness)
        yield witness


@pytest.fixture(scope="module")
def film(identity: X25519Identity, witness: Witness) -> Film:
    """Three seconds at 4 Mbit/s, sealed as they come from the muxer."""
    plain = bytes(drawn.record(drawn.shots(3, 5, BITRATE), drawn.blocks(3, 5)).data)
    sealed = bytearray()
    sealer = FilmSealer(sealed.extend, [identity.recipient])
    start = sealer.sealed_bytes
    for at in range(0, len(plain), 50_000):
        sealer.write(plain[at : at + 50_000])
    sealer.finish()
    assert len(witness.texts) > len(plain) // CHUNK_BYTES
    return Film(plain, bytes(sealed), start)


@pytest.fixture
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = Layout(tmp_path_factory.mktemp("data"))
    layout.recordings.mkdir(parents=True, exist_ok=True)
    return layout


def reading(card: Card, identity: X25519Identity) -> FilmReader:
    return FilmReader(card.pread, len(card.data), [identity])


def reading_of(layout: Layout, identity: X25519Identity) -> FilmReader:
    path = layout.film(drawn.FILM_ID)

    def pread(offset: int, size: int) -> bytes:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    return FilmReader(pread, path.stat().st_size, [identity])


def check_served(card: Card, film: Film, reader: FilmReader) -> None:
    """See that every whole chunk is given but the holes, and a hole is told."""
    assert (reader.size, reader.is_finished) == (card.chunks * CHUNK_BYTES, card.is_finished), card
    for index in range(card.chunks):
        if index in card.holes:
            with pytest.raises(PayloadError, match=f"chunk {index},"):
                reader.read_at(index * CHUNK_BYTES, CHUNK_BYTES)
        else:
            assert reader.read_at(index * CHUNK_BYTES, CHUNK_BYTES) == film.chunk(index), card


def finishing(reader: FilmReader) -> tuple[int, bytes] | None:
    """Give what the box would write where, as it finds out; None when it would leave the film."""
    try:
        index = FilmIndex.scan(reader.read_at, reader.size)
        if index.is_ours and index.sync_end and index.picture_count:
            reader.read_at(0, index.sync_end)
            return reader.finishing(index.sync_end)
    except (SealError, BoxError):
        pass
    return None


def finished(card: Card, film: Film, identity: X25519Identity) -> int:
    """Finish a card in place, and again; give the plain length, 0 when it must be left."""
    reader = reading(card, identity)
    check_served(card, film, reader)
    end = film.sync_end(card.chunks)
    found = finishing(reader)
    if not end or any(index * CHUNK_BYTES < end for index in card.holes):
        assert found is None, card
        return 0
    if found is None:  # a hole behind the last sync point, where the next fragment begins
        assert card.holes, card
        return 0
    offset, final = found
    assert offset == film.edge(end // CHUNK_BYTES), card
    card.data[offset:] = final
    again = reading(card, identity)
    assert again.is_finished, card
    assert finishing(again) == found, card
    return end


def check_plays(plain: bytes) -> None:
    """See that ffmpeg decodes all of a film, without a word."""
    command = ["ffmpeg", "-v", "warning", "-xerror", "-i", "pipe:", "-f", "null", "-"]
    done = subprocess.run(command, input=plain, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_thousand_damaged_films_are_served_and_finished_as_whole_films(
    film: Film,
    identity: X25519Identity,
    other_age: ModuleType,
    witness: Witness,
    chance: random.Random,
) -> None:
    theirs = other_age.x25519.Identity.from_str(identity.secret_text())
    ends: Counter[int] = Counter()
    for _ in range(CARDS):
        card = chance.choice(HAPPENS)(film, chance)
        before = bytes(card.data)
        end = finished(card, film, identity)
        ends[end] += 1
        if not end:
            assert card.data == before, card
            continue
        whole = film.plain[:end] + FINAL_TEXT
        assert open_bytes(bytes(card.data), [identity]) == whole, card
        assert other_age.decrypt(bytes(card.data), [theirs]) == whole, card
    assert ends[0] > 100
    assert len(ends) > 4
    assert {len(texts) for texts in witness.texts.values()} == {1}
    for end in ends.keys() - {0}:
        check_plays(film.plain[:end] + FINAL_TEXT)


def test_a_second_text_under_a_nonce_would_be_seen(witness: Witness) -> None:
    watched = Witness(witness)
    for text in (b"one", b"two"):
        watched(bytes(range(32))).encrypt(bytes(12), text, None)
    assert [len(texts) for texts in watched.texts.values()] == [2]
    del witness.texts[bytes(range(32)), bytes(12)]


def test_forty_finished_films_are_opened_by_stock_age(
    film: Film,
    identity: X25519Identity,
    age_opens: Callable[[bytes], bytes],
    chance: random.Random,
) -> None:
    for _ in range(40):
        card = chance.choice([cut, zeroed_tail])(film, chance, least=5)
        end = finished(card, film, identity)
        assert end
        assert age_opens(bytes(card.data)) == film.plain[:end] + FINAL_TEXT


def test_a_cut_while_finishing_is_finished_to_the_same_file(
    film: Film, identity: X25519Identity, chance: random.Random
) -> None:
    for _ in range(100):
        card = cut(film, chance, least=5)
        found = finishing(reading(card, identity))
        assert found
        offset, final = found
        before, done = bytes(card.data), card.data[:offset] + final
        states = [
            before[:offset] + final + before[offset + len(final) :],  # C is written, no more
            before[: offset + len(final)],  # shorter already, and C was not written
            before[:offset] + bytes(len(final)),
            before[:offset] + final[: chance.randrange(len(final))],
        ]
        for state in states:
            card.data = bytearray(state)
            assert finishing(reading(card, identity)) == found, card
            card.data[offset:] = final
            assert card.data == done, card


def test_no_flipped_bit_of_the_header_is_ever_read_over(
    film: Film, identity: X25519Identity
) -> None:
    for bit in range(film.start * 8):
        card = Card(f"bit {bit}", bytearray(film.sealed), 0)
        card.data[bit // 8] ^= 1 << bit % 8
        try:
            reader = reading(card, identity)
        except SealError:
            continue
        # the payload's nonce is guarded by its chunks alone
        assert bit // 8 >= film.start - 16
        assert reader.size == 0
        assert finishing(reader) is None


@dataclass
class TiredCard:
    """A file on which 4 KiB cannot be read."""

    card: Card
    bad: int

    def pread(self, offset: int, size: int) -> bytes:
        if offset < self.bad + 4096 and offset + size > self.bad:
            raise OSError(errno.EIO, "Input/output error")
        return self.card.pread(offset, size)


def test_an_error_of_the_card_is_no_damage_and_no_reason_to_cut(
    film: Film, identity: X25519Identity, chance: random.Random
) -> None:
    told = 0
    for _ in range(300):
        card = chance.choice([cut, zeroed_tail])(film, chance)
        bad = chance.randrange(len(card.data)) // 4096 * 4096
        whole = finishing(reading(card, identity))
        try:
            reader = FilmReader(TiredCard(card, bad).pread, len(card.data), [identity])
            found = finishing(reader)
        except OSError:
            told += 1
        else:
            assert (reader.size, found) == (card.chunks * CHUNK_BYTES, whole), card
    assert told > 30


def test_chunks_around_a_bad_place_are_read(
    film: Film, identity: X25519Identity, chance: random.Random
) -> None:
    card = Card("whole", bytearray(film.sealed), film.chunks)
    for index in range(1, film.chunks):
        tired = TiredCard(card, film.edge(index) + chance.randrange(30, 60_000))
        reader = FilmReader(tired.pread, len(card.data), [identity])
        with pytest.raises(OSError, match="Input/output"):
            reader.read_at(index * CHUNK_BYTES, 1)
        for other in set(range(film.chunks)) - {index}:
            assert reader.read_at(other * CHUNK_BYTES, CHUNK_BYTES) == film.chunk(other)


def test_more_than_64_mib_lost_is_left_as_it_is(
    film: Film, identity: X25519Identity, layout: Layout
) -> None:
    path = layout.film(drawn.FILM_ID)
    path.write_bytes(film.sealed[: film.edge(9)])
    offset, final = reading_of(layout, identity).finishing(5 * CHUNK_BYTES)
    with path.open("r+b") as file:
        file.truncate(film.edge(9) + MOST_DROPPED_BYTES + SEALED_CHUNK_BYTES)
    with pytest.raises(PayloadError, match="64 MiB"):
        reading_of(layout, identity)
    with pytest.raises(FinishError, match="64 MiB"):
        finish(layout, drawn.FILM_ID, offset, final)
    assert path.stat().st_size == film.edge(9) + MOST_DROPPED_BYTES + SEALED_CHUNK_BYTES
    with path.open("rb") as file:
        assert file.read(film.edge(9)) == film.sealed[: film.edge(9)]


def test_what_the_recorder_writes_is_what_the_reader_gave(
    film: Film,
    identity: X25519Identity,
    age_opens: Callable[[bytes], bytes],
    layout: Layout,
    chance: random.Random,
) -> None:
    path = layout.film(drawn.FILM_ID)
    for _ in range(10):
        card = chance.choice([cut, zeroed_tail])(film, chance, least=5)
        path.write_bytes(card.data)
        found = finishing(reading_of(layout, identity))
        assert found
        finish(layout, drawn.FILM_ID, *found)
        once = path.read_bytes()
        finish(layout, drawn.FILM_ID, *found)
        assert path.read_bytes() == once
        end = film.sync_end(card.chunks)
        assert age_opens(once) == film.plain[:end] + FINAL_TEXT
        check_plays(age_opens(once))


def test_film_without_a_whole_chunk_is_empty_and_left(
    film: Film, identity: X25519Identity, chance: random.Random
) -> None:
    for _ in range(50):
        at = chance.randrange(film.edge(1))
        zeros = chance.choice([0, 0, 500])
        card = Card(f"cut at {at}", bytearray(film.sealed[:at] + bytes(zeros)), 0)
        # zeros may stand for the payload's nonce, which its chunks alone guard
        if at + zeros < film.start or at < film.start - 16:
            with pytest.raises(SealError):
                reading(card, identity)
            continue
        reader = reading(card, identity)
        assert reader.size == 0
        assert finishing(reader) is None


def not_ours(film: Film) -> dict[str, bytes]:
    """Give what may lie where a film should: no MP4, another writer's, one cut inside its head."""
    brand = FilmIndex.scan(lambda at, n: film.plain[at : at + n], CHUNK_BYTES)
    assert brand.is_ours
    ftyp = int.from_bytes(film.plain[:4])
    foreign = film.plain[:8] + b"isom" * ((ftyp - 8) // 4) + film.plain[ftyp:]
    return {"text": b"What soothes him?" * 20_000, "foreign": foreign, "zeros": bytes(200_000)}


@pytest.mark.parametrize("kind", ["text", "foreign", "zeros"])
def test_what_is_no_film_of_ours_is_never_finished(
    film: Film, identity: X25519Identity, kind: str
) -> None:
    sealed = seal_bytes(not_ours(film)[kind], [identity.recipient])
    with pytest.raises(PayloadError, match="no film"):
        reading(Card(kind, bytearray(sealed), 0), identity)
    card = Card(kind, bytearray(sealed[:-1000]), 0)
    assert finishing(reading(card, identity)) is None
