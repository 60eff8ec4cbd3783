"""Films that cannot be copied from: the clip is encoded again whole, and as exact."""

import io
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from tests.journeys import outside
from tests.media import clip_proof, drawn
from tests.media.clip_proof import noise_blocks
from vigbox.devices.drawn import DrawnStage
from vigbox.media import h264
from vigbox.media.cut import ClipRangeError, Cut, cut_clip
from vigbox.media.decoded import Pictures
from vigbox.media.fragments import FilmIndex
from vigbox.media.join import NoJoinError, join
from vigbox.media.plain import MOST_HELD_BYTES
from vigbox.media.samples import picture_track
from vigbox.seal.errors import PayloadError


def cut(
    film: drawn.Film, first: int, end: int, path: Path, most_held_bytes: int = MOST_HELD_BYTES
) -> Cut:
    index = FilmIndex.scan(film.read_at, len(film.data))
    sink = io.BytesIO()
    made = cut_clip(film.read_at, index, first, end, sink, most_held_bytes=most_held_bytes)
    path.write_bytes(sink.getvalue())
    clip_proof.examine(path)
    return made


def numbers(film: drawn.Film, first: int, end: int) -> list[int]:
    return [each.number for each in film.shots[first:end]]


def refreshed(seconds: int) -> list[drawn.Shot]:
    """A camera that refreshes a column at a time: keyframes are told that do not stand alone."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = drawn.SIZE
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 1_000_000)
    encoder.framerate = Fraction(drawn.RATE)
    x264 = "bframes=0:keyint=25:intra-refresh=1:scenecut=0:repeat-headers=1:threads=1:ref=1"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": x264}
    made = []
    stage = DrawnStage(*drawn.SIZE, drawn.RATE)
    for number, (time_ns, frame) in enumerate(islice(stage.pictures(), drawn.RATE * seconds)):
        frame.pts, frame.time_base = time_ns // 1000, Fraction(1, 1_000_000)
        made += [
            drawn.Shot(number, bytes(each), time_ns, each.is_keyframe)
            for each in encoder.encode(frame)
        ]
    return made


def spoilt(film: drawn.Film, *pictures: int) -> drawn.Film:
    """The film with these pictures' bytes overwritten, as before it was sealed."""
    index = FilmIndex.scan(film.read_at, len(film.data))
    found = replace(film, data=bytearray(film.data))
    for number in pictures:
        place, size = index.pictures.place(number), index.pictures.sizes[number] - 4
        found.data[place + 4 : place + 4 + size] = b"\xff" * size
    return found


def test_a_film_whose_keyframes_do_not_stand_alone_is_encoded_again(tmp_path: Path) -> None:
    film = drawn.record(refreshed(5), iter(noise_blocks(5, 1)))
    told = [n for n, shot in enumerate(film.shots) if shot.is_keyframe]
    # the camera's word for it, though the pictures lean on what was before
    assert len(told) > 2
    assert not h264.stands_alone(h264.sample(film.shots[told[1]].data))
    path, first, end = tmp_path / "clip.mp4", told[1] - 3, told[2] + 20
    index = FilmIndex.scan(film.read_at, len(film.data))
    with pytest.raises(NoJoinError, match="stands alone"):
        join(Pictures(index, film.read_at, picture_track(index)), range(first, end))
    made = cut(film, first, end, path)
    assert made.encoded == made.pictures == end - first
    assert made.held == 0
    found, _ = clip_proof.decoded(path)
    assert found == numbers(film, first, end)


def test_a_film_with_our_own_number_for_its_parameter_sets_is_copied_still(
    tmp_path: Path,
) -> None:
    film = drawn.record(drawn.shots(4, 6, ":sps-id=1"), iter(noise_blocks(4, 6)))
    keys = [n for n, shot in enumerate(film.shots) if shot.is_keyframe]
    made = cut(film, keys[1] + 3, keys[3] + 3, tmp_path / "clip.mp4")
    assert made.encoded == keys[2] - keys[1] - 3
    found, _ = clip_proof.decoded(tmp_path / "clip.mp4")
    assert found == numbers(film, keys[1] + 3, keys[3] + 3)


def test_a_keyframe_that_is_damaged_is_not_joined_to(film: drawn.Film, tmp_path: Path) -> None:
    keys = [n for n, shot in enumerate(film.shots) if shot.is_keyframe]
    bad = spoilt(film, keys[3])
    made = cut(bad, keys[3] - 5, keys[4] + 5, tmp_path / "clip.mp4")
    assert made.encoded == made.pictures
    assert made.held == keys[4] - keys[3]
    found, _ = clip_proof.decoded(tmp_path / "clip.mp4")
    still = film.shots[keys[3] - 1].number
    assert found == [
        *numbers(film, keys[3] - 5, keys[3]), *[still] * made.held,
        *numbers(film, keys[4], keys[4] + 5),
    ]  # fmt: skip
    outside.plays_silently(tmp_path / "clip.mp4")


def test_what_is_lost_at_the_in_is_the_first_picture_that_is_there(
    film: drawn.Film, tmp_path: Path
) -> None:
    keys = [n for n, shot in enumerate(film.shots) if shot.is_keyframe]
    bad = spoilt(film, keys[3] + 1)
    made = cut(bad, keys[3] + 1, keys[4] + 5, tmp_path / "clip.mp4")
    found, _ = clip_proof.decoded(tmp_path / "clip.mp4")
    assert found[: made.held] == [film.shots[keys[4]].number] * made.held
    assert found[made.held :] == numbers(film, keys[4], keys[4] + 5)


def test_a_sealed_piece_that_is_damaged_is_not_the_end_of_a_clip(
    film: drawn.Film, index: FilmIndex, tmp_path: Path
) -> None:
    keys = [n for n, shot in enumerate(film.shots) if shot.is_keyframe]
    hole = index.pictures.place(keys[3] + 4)

    def read_at(offset: int, size: int) -> bytes:
        if offset <= hole < offset + size:
            raise PayloadError("chunk 7 is damaged")
        return film.read_at(offset, size)

    sink, path = io.BytesIO(), tmp_path / "clip.mp4"
    made = cut_clip(read_at, index, keys[2], keys[5], sink)
    path.write_bytes(sink.getvalue())
    assert (made.encoded, made.held) == (made.pictures, keys[4] - keys[3] - 4)
    found, _ = clip_proof.decoded(path)
    assert found[: keys[3] + 4 - keys[2]] == numbers(film, keys[2], keys[3] + 4)
    assert found[keys[4] - keys[2] :] == numbers(film, keys[4], keys[5])


def test_an_error_of_the_card_is_told(film: drawn.Film, index: FilmIndex) -> None:
    hole = index.pictures.place(60)

    def read_at(offset: int, size: int) -> bytes:
        if offset == hole:
            raise OSError(5, "Input/output error")
        return film.read_at(offset, size)

    with pytest.raises(OSError, match="Input/output"):
        cut_clip(read_at, index, 40, 100, io.BytesIO())


def test_sound_that_is_damaged_is_silence_there_and_nowhere_else(
    tmp_path: Path,
) -> None:
    source = clip_proof.Source.make(5, 3, tmp_path)
    packet = 100
    holes = {source.index.sound.place(packet), source.index.sound.place(packet + 1)}

    def read_at(offset: int, size: int) -> bytes:
        return b"" if offset in holes else source.film.read_at(offset, size)

    sink, path = io.BytesIO(), tmp_path / "clip.mp4"
    cut_clip(read_at, source.index, 20, 90, sink)
    path.write_bytes(sink.getvalue())
    _, sound = clip_proof.decoded(path)
    start = source.film.shots[20].tick * 48_000 // 90_000
    hole = packet * 1024 - start
    assert np.abs(sound[hole + 300 : hole + 1700]).mean() < 0.01
    for begin, stop in ((2048, hole - 1024), (hole + 4096, len(sound) - 2048)):
        wanted = source.heard[start + begin : start + stop]
        assert np.mean((sound[begin:stop] - wanted) ** 2) < 0.01 * np.mean(wanted**2)


def test_a_film_that_was_cut_off_gives_clips_to_its_last_whole_picture(
    film: drawn.Film, tmp_path: Path
) -> None:
    rest = replace(film, data=film.data[: len(film.data) * 2 // 3 + 11])
    index = FilmIndex.scan(rest.read_at, len(rest.data))
    end = index.picture_count
    assert 100 < end < len(film.shots)
    made = cut(rest, end - 40, end, tmp_path / "clip.mp4")
    assert (made.pictures, made.held) == (40, 0)
    found, _ = clip_proof.decoded(tmp_path / "clip.mp4")
    assert found == numbers(film, end - 40, end)
    with pytest.raises(ClipRangeError, match="inside"):
        cut(rest, end - 40, end + 1, tmp_path / "clip.mp4")


@pytest.mark.parametrize("most_held_bytes", [0, 20_000])
def test_a_long_clip_goes_out_as_it_comes_and_is_the_same(
    film: drawn.Film, tmp_path: Path, most_held_bytes: int
) -> None:
    short, long = tmp_path / "short.mp4", tmp_path / "long.mp4"
    cut(film, 31, 200, short)
    cut(film, 31, 200, long, most_held_bytes=most_held_bytes)
    data = long.read_bytes()
    assert data.index(b"moov") > data.index(b"mdat")
    for kind in "va":
        assert outside.packets(long, kind) == outside.packets(short, kind)
    outside.plays_silently(long)


def test_a_privacy_pause_is_as_black_and_as_long_in_the_clip(tmp_path: Path) -> None:
    film = drawn.record(paused(6), None)
    made = cut(film, 40, 120, tmp_path / "clip.mp4")
    shown = outside.pictures(tmp_path / "clip.mp4", drawn.SIZE)
    black = [bool(each.max() < 24) for each in shown]
    assert black == [PAUSE[0] <= number < PAUSE[1] for number in numbers(film, 40, 120)]
    assert made.encoded < made.pictures


PAUSE = (60, 95)


def paused(seconds: int) -> list[drawn.Shot]:
    """A privacy pause: the pictures are black before anything reads them."""
    encoder = drawn._encoder("")
    made = []
    stage = DrawnStage(*drawn.SIZE, drawn.RATE)
    for number, (time_ns, frame) in enumerate(islice(stage.pictures(), drawn.RATE * seconds)):
        if PAUSE[0] <= number < PAUSE[1]:
            dark = frame.to_ndarray()
            dark[: drawn.SIZE[1]], dark[drawn.SIZE[1] :] = 16, 128
            frame = av.VideoFrame.from_ndarray(dark, "yuv420p")  # noqa: PLW2901
        frame.pts, frame.time_base = time_ns // 1000, Fraction(1, 1_000_000)
        frame.pict_type = 1 if number % drawn.RATE == 0 else 0
        made += [
            drawn.Shot(number, bytes(each), time_ns, each.is_keyframe)
            for each in encoder.encode(frame)
        ]
    return made
