"""Clips are exact to the picture at both ends, and hold nothing else."""

import io
import random
from pathlib import Path

import av
import numpy as np
import pytest

from tests.journeys import outside
from tests.media import drawn
from vigbox.media import h264
from vigbox.media.boxes import BoxError
from vigbox.media.cut import ClipRangeError, Cut, cut_clip
from vigbox.media.fragments import FilmIndex


def cut(film: drawn.Film, index: FilmIndex, first: int, end: int, path: Path) -> Cut:
    sink = io.BytesIO()
    made = cut_clip(film.read_at, index, first, end, sink)
    path.write_bytes(sink.getvalue())
    return made


def ranges(film: drawn.Film) -> list[tuple[int, int]]:
    rng = random.Random(20261121)
    starts = [rng.randrange(len(film.shots) - 60) for _ in range(10)]
    return [(start, start + rng.randrange(1, 60)) for start in starts]


def test_ten_clips_have_the_very_pictures(
    film: drawn.Film, index: FilmIndex, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    for first, end in ranges(film):
        made = cut(film, index, first, end, path)
        asked = film.shots[first:end]
        assert drawn.numbers(outside.pictures(path, drawn.SIZE)) == [each.number for each in asked]
        ticks = [round(at * 90_000) for at in outside.times(path)]
        assert ticks == [each.tick - asked[0].tick for each in asked]
        assert made.pictures == len(asked)
        outside.plays_silently(path)


def test_sound_is_as_long_as_the_picture(
    film: drawn.Film, index: FilmIndex, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    for first, end in ranges(film)[:5]:
        cut(film, index, first, end, path)
        told = outside.ffprobe(path, "-select_streams", "a", "-show_packets")["packets"]
        assert float(told[0]["pts_time"]) == 0
        found = outside.lengths(path)
        assert found["audio"] == pytest.approx(found["video"], abs=0.001)


def test_sound_stays_at_its_picture(film: drawn.Film, index: FilmIndex, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    cut(film, index, 10, len(film.shots) - 5, path)
    pairs = outside.flashes_and_beeps(path)
    assert len(pairs) >= 8
    assert max(abs(flash - beep) for flash, beep in pairs) <= 0.040


def test_sound_is_cut_to_the_sample(
    film: drawn.Film, index: FilmIndex, film_path: Path, tmp_path: Path
) -> None:
    """The clip's sound is found in the film's where the picture is."""
    path = tmp_path / "clip.mp4"
    first, end = 40, 140
    cut(film, index, first, end, path)
    start = film.shots[first].tick * 48_000 // 90_000
    whole, piece = outside.sound(film_path), outside.sound(path)
    wanted = whole[start + 4_000 - 500 : start + 60_000 + 500]
    match = np.correlate(wanted, piece[4_000:60_000], "valid")
    assert abs(int(match.argmax()) - 500) <= 2


def test_only_up_to_the_first_keyframe_is_encoded_again(
    film: drawn.Film, index: FilmIndex, tmp_path: Path
) -> None:
    keys = [number for number, shot in enumerate(film.shots) if shot.is_keyframe]
    path = tmp_path / "clip.mp4"
    assert cut(film, index, keys[2], keys[4] + 3, path).encoded == 0
    copied = [data for _, data in outside.packets(path, "v")]
    assert cut(film, index, keys[2] - 5, keys[4] + 3, path).encoded == 5
    assert [data for _, data in outside.packets(path, "v")][5:] == copied
    assert cut(film, index, keys[2] + 1, keys[2] + 4, path).encoded == 3


def test_nothing_from_outside_is_hidden_in_it(
    film: drawn.Film, index: FilmIndex, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    cut(film, index, 33, 77, path)
    data = path.read_bytes()
    assert b"elst" not in data
    told = outside.ffprobe(path, "-show_packets", "-show_streams")
    held = sum(int(each["size"]) for each in told["packets"])
    assert len(data) - data.index(b"mdat") - 12 == held
    assert data.index(b"moov") < data.index(b"mdat")
    for number in (32, 77):
        assert film.read_at(index.pictures.place(number), 64) not in data


def test_a_clip_asks_no_more_of_a_player_than_the_film(
    film: drawn.Film, index: FilmIndex, film_path: Path, tmp_path: Path
) -> None:
    """The pictures encoded again need no higher level than a camera's own."""
    path = tmp_path / "clip.mp4"
    keys = [number for number, shot in enumerate(film.shots) if shot.is_keyframe]
    cut(film, index, keys[2] + 1, keys[3] + 4, path)
    clip, source = path.read_bytes(), film_path.read_bytes()
    own, again = _levels(clip)
    assert _levels(source) == [own]
    assert again <= max(own, 31)


def test_colours_do_not_jump_where_copying_begins(tmp_path: Path) -> None:
    """Each picture is described by its own SPS, as a decoder without the other would see it."""
    film = drawn.record(drawn.shots(2, 4, ":fullrange=on:colorprim=bt709:colormatrix=bt709"), None)
    index = FilmIndex.scan(film.read_at, len(film.data))
    keys = [number for number, shot in enumerate(film.shots) if shot.is_keyframe]
    path = tmp_path / "clip.mp4"
    told = []
    for first, end in ((keys[1] - 3, keys[1]), (keys[1], keys[1] + 3)):
        cut(film, index, first, end, path)
        # raw, so that nothing but the pictures' own parameter sets is there to tell
        raw = path.with_suffix(".h264")
        raw.write_bytes(_raw(path))
        told.append(outside.ffprobe(raw, "-show_streams")["streams"][0])
    for fact in ("pix_fmt", "color_range", "color_space", "color_primaries"):
        assert told[0][fact] == told[1][fact] != "unknown"


def test_pictures_that_do_not_decode_are_told_and_not_left_out(
    film: drawn.Film, index: FilmIndex
) -> None:
    spoilt = bytearray(film.data)
    key = next(n for n in range(1, len(film.shots)) if film.shots[n].is_keyframe)
    for number in (key + 1, key + 2):
        place = index.pictures.place(number)
        size = index.pictures.sizes[number] - 4
        spoilt[place + 4 : place + 4 + size] = b"\xff" * size
    with pytest.raises(BoxError, match="do not decode"):
        cut_clip(
            lambda offset, size: bytes(spoilt[offset : offset + size]),
            index, key + 1, key + 5, io.BytesIO(),
        )  # fmt: skip


def _levels(mp4: bytes) -> list[int]:
    """The ``level_idc`` of each SPS in the configuration record."""
    record = mp4[mp4.index(b"avcC") + 4 :]
    at, levels = 6, []
    for _ in range(record[5] & 31):
        levels.append(record[at + 2 + 3])
        at += 2 + int.from_bytes(record[at : at + 2])
    return levels


def _raw(path: Path) -> bytes:
    """The pictures in Annex B form with only the parameter sets they use."""
    mp4 = path.read_bytes()
    sets = h264.sets_in(mp4[mp4.index(b"avcC") + 4 :])
    with av.open(str(path)) as opened:
        samples = [bytes(packet) for packet in opened.demux(video=0) if packet.size]
    units = list(h264.units(sets))
    # the clip's own come last, the film's first
    used = units[1::2] if len(units) > 2 else units
    return b"".join(b"\0\0\0\1" + unit for unit in used) + b"".join(map(_annex_b, samples))


def _annex_b(sample: bytes) -> bytes:
    found, at = b"", 0
    while at < len(sample):
        size = int.from_bytes(sample[at : at + 4])
        found += b"\0\0\0\1" + sample[at + 4 : at + 4 + size]
        at += 4 + size
    return found


@pytest.mark.parametrize(("first", "end"), [(5, 5), (9, 3), (-1, 4), (0, 10**6)])
def test_a_range_that_makes_no_sense_is_refused(
    film: drawn.Film, index: FilmIndex, first: int, end: int
) -> None:
    sink = io.BytesIO()
    with pytest.raises(ClipRangeError, match="clip"):
        cut_clip(film.read_at, index, first, end, sink)
    assert sink.getvalue() == b""


def test_a_silent_film_gives_a_silent_clip(tmp_path: Path) -> None:
    film = drawn.record(drawn.shots(2, 4), None)
    index = FilmIndex.scan(film.read_at, len(film.data))
    path = tmp_path / "clip.mp4"
    cut(film, index, 3, 20, path)
    outside.plays_silently(path)
    assert len(outside.ffprobe(path, "-show_streams")["streams"]) == 1
