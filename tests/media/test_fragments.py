"""The index: cut anywhere, growing, from the sidecar, and fed with lies."""

import random
import struct
from pathlib import Path

import pytest

from tests.journeys import outside
from tests.media.drawn import EDGE_BYTES, FILM_ID, Film
from vigbox.media import h264
from vigbox.media.boxes import BoxError, box, free_box
from vigbox.media.faststart import VirtualMp4
from vigbox.media.fragments import FilmIndex


def whole_until(film: Film, cut: int) -> int:
    """Where the last fragment ends that lies whole before a byte."""
    ends = [offset + len(each.data) for offset, each in film.fragments]
    return max((end for end in ends if end <= cut), default=film.fragments[0][0])


def scanned(data: bytes) -> FilmIndex:
    return FilmIndex.scan(lambda offset, size: data[offset : offset + size], len(data))


def facts(index: FilmIndex) -> tuple[object, ...]:
    tracks = [
        (list(each.times), list(each.sizes), list(each.offsets), list(each.counts), each.is_key)
        for each in (index.pictures, index.sound)
    ]
    return tracks, index.events, index.film_id, index.moov, index.first, index.end, index.sync_end


def test_the_index_tells_what_the_film_holds(film: Film, index: FilmIndex) -> None:
    assert list(index.picture_times) == [shot.tick for shot in film.shots]
    assert [bool(each) for each in index.is_keyframe] == [shot.is_keyframe for shot in film.shots]
    assert index.picture_count == len(film.shots)
    assert index.film_id == FILM_ID
    assert index.is_ours
    assert [(each.kind, each.time_ns) for each in index.events] == [
        ("mark", 2 * 10**9),
        ("stop", film.shots[-1].time_ns),
    ]
    assert index.end == index.sync_end == len(film.data)


def test_each_sample_lies_where_the_index_says(film: Film, index: FilmIndex) -> None:
    rng = random.Random(5)
    for number in rng.sample(range(index.picture_count), 20):
        data = film.read_at(index.pictures.place(number), index.pictures.sizes[number])
        assert data == h264.sample(film.shots[number].data)


def test_a_film_cut_anywhere_plays_to_its_last_whole_fragment(film: Film, tmp_path: Path) -> None:
    """100 cuts are indexed; ten of them are decoded by ffmpeg, the others differ in length only."""
    rng = random.Random(20261121)
    header = film.fragments[0][0]
    for number, cut in enumerate(rng.sample(range(header, len(film.data)), 100)):
        index = FilmIndex.scan(film.read_at, cut)
        assert whole_until(film, cut) <= index.end <= cut
        assert index.sync_end % EDGE_BYTES == 0
        if number % 10 == 0 and index.picture_count:
            path = tmp_path / f"{cut}.mp4"
            path.write_bytes(film.data[: index.end])
            outside.plays_silently(path)
            assert len(outside.times(path)) == index.picture_count


def test_a_film_that_grows_is_followed(film: Film, index: FilmIndex) -> None:
    rng = random.Random(11)
    grown = FilmIndex.scan(film.read_at, 0)
    for size in sorted(rng.sample(range(len(film.data)), 40)):
        grown.extend(film.read_at, size)
    grown.extend(film.read_at, len(film.data))
    assert facts(grown) == facts(index)


def test_the_sidecar_tells_the_same_as_the_film(film: Film, index: FilmIndex) -> None:
    beside = FilmIndex.from_sidecar(bytes(film.sidecar))
    beside.extend(film.read_at, len(film.data))
    assert facts(beside) == facts(index)


def test_a_look_reads_heads_and_no_sample(film: Film) -> None:
    read: list[int] = []

    def read_at(offset: int, size: int) -> bytes:
        read.append(size)
        return film.read_at(offset, size)

    FilmIndex.scan(read_at, len(film.data))
    # a box's header, the head itself, the header behind it; padding and events between
    assert len(read) < 5 * len(film.fragments) + 20
    assert sum(read) < 700 * len(film.fragments) + 4000


def test_the_sidecar_of_a_film_that_was_cut_tells_where_it_can_be_finished(film: Film) -> None:
    offset, last = film.fragments[9]
    cut = offset + len(last.data)
    whole = FilmIndex.scan(film.read_at, cut)
    told = bytes(film.sidecar)
    beside = FilmIndex.from_sidecar(told[: told.index(last.data[:60]) + len(record_of(last.data))])
    beside.extend(film.read_at, cut)
    assert whole.sync_end > 0
    assert facts(beside) == facts(whole)


def record_of(fragment: bytes) -> bytes:
    """What a sidecar keeps of a fragment, behind offset and length."""
    return fragment[: int.from_bytes(fragment[:4]) + 8]


def test_a_sidecar_that_is_ahead_of_the_film_is_not_believed(film: Film) -> None:
    beside = FilmIndex.from_sidecar(bytes(film.sidecar))
    beside.extend(film.read_at, len(film.data) // 2)
    assert facts(beside) == facts(FilmIndex.scan(film.read_at, len(film.data) // 2))


@pytest.mark.parametrize("cut", [1, 13, -1])
def test_a_sidecar_that_is_cut_is_refused(film: Film, cut: int) -> None:
    with pytest.raises(BoxError, match="index"):
        FilmIndex.from_sidecar(bytes(film.sidecar[:cut]))


def lie(film: Film, lied: bytes) -> FilmIndex:
    return scanned(film.read_at(0, film.fragments[0][0]) + lied + box(b"mdat", b"sample"))


def moof(
    word: int, count: int, *rows: int, tfhd: tuple[int, int] = (0x020000, 1), shift: int = 0
) -> bytes:
    """A fragment's head; its samples begin where those of its mdat do, and ``shift`` further."""
    table = struct.pack(f">{len(rows)}I", *rows)
    offset = 8 + 8 + 16 + 20 + 20 + len(table) + 8 + shift
    return box(
        b"moof",
        box(
            b"traf",
            box(b"tfhd", struct.pack(">II", *tfhd)),
            box(b"tfdt", b"\1\0\0\0" + bytes(8)),
            box(b"trun", struct.pack(">IIi", word, count, offset) + table),
        ),
    )


def test_a_fragment_that_does_not_lie_is_taken(film: Film) -> None:
    assert lie(film, moof(0x701, 1, 3600, 6, 0)).picture_count == 1


@pytest.mark.parametrize(
    "lied",
    [
        box(b"moof", box(b"traf")),
        box(b"moof", box(b"traf", box(b"tfhd"), box(b"tfdt"), box(b"trun"))),
        moof(0x701, 2**32 - 1, 3600, 6, 0),
        moof(0x001, 2**16),
        moof(0x701, 0),
        moof(0x701, 1, 3600, 7, 0),
        moof(0x701, 1, 3600, 6, 0, shift=1),
        moof(0x701, 1, 3600, 6, 0, shift=-1),
        moof(0x701, 2, 2**31, 3, 0, 2**31, 3, 0),
        moof(0x701, 1, 3600, 6, 0).replace(b"tfdt\1" + bytes(11), b"tfdt\1\0\0\0" + b"\xff" * 8),
        moof(0x701, 1, 3600, 6, 0, tfhd=(0x020000, 9)),
        moof(0x701, 1, 3600, 6, 0, tfhd=(0, 1)),
        box(b"moof", bytes(2**20 + 8)),
        box(b"mdat", b"x"),
        box(b"moov"),
        box(b"skip", b"x"),
    ],
)  # fmt: skip
def test_a_fragment_that_lies_is_refused(film: Film, lied: bytes) -> None:
    with pytest.raises(BoxError):
        lie(film, lied)


def test_damage_anywhere_is_a_box_error_or_a_film(film: Film) -> None:
    """Every head is spoilt in some byte; what is read then is an error of ours or an index."""
    rng = random.Random(3)
    head = film.read_at(0, film.fragments[4][0])
    heads = [(0, film.fragments[0][0])] + [
        (offset, offset + int.from_bytes(each.data[:4]) + 8) for offset, each in film.fragments[:4]
    ]
    for _ in range(600):
        spoilt = bytearray(head)
        start, end = rng.choice(heads)
        for _ in range(rng.randrange(1, 4)):
            spoilt[rng.randrange(start, end)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
        try:
            mp4 = VirtualMp4(scanned(bytes(spoilt)))
        except BoxError:
            continue
        assert mp4.size < 2 * len(spoilt) + 4096


def test_a_damaged_sidecar_is_a_box_error_or_an_index(film: Film) -> None:
    rng = random.Random(4)
    for _ in range(300):
        spoilt = bytearray(film.sidecar[:4000])
        for _ in range(rng.randrange(1, 4)):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        try:
            FilmIndex.from_sidecar(bytes(spoilt))
        except BoxError:
            continue


def test_zeros_behind_a_film_are_no_film(film: Film) -> None:
    with pytest.raises(BoxError):
        scanned(bytes(film.data) + bytes(64))
    assert scanned(bytes(film.data) + free_box(64)).end == len(film.data) + 64
