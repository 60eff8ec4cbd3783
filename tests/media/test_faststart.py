"""The virtual MP4 is the same film to a reader that is not ours."""

import random
import subprocess
from pathlib import Path

import numpy as np

from tests.journeys import outside
from tests.media import drawn
from vigbox.media.faststart import VirtualMp4
from vigbox.media.fragments import FilmIndex
from vigbox.media.sound import SoundTrack


def test_it_has_the_packets_of_the_film(film_path: Path, plain_path: Path) -> None:
    for kind in ("v", "a"):
        assert outside.packets(plain_path, kind) == outside.packets(film_path, kind)
    outside.plays_silently(plain_path)


def test_its_length_is_told_at_once(film: drawn.Film, index: FilmIndex, plain_path: Path) -> None:
    told = outside.ffprobe(plain_path, "-show_streams", "-show_format")
    picture = next(each for each in told["streams"] if each["codec_type"] == "video")
    assert int(picture["nb_frames"]) == len(film.shots)
    assert picture["duration_ts"] == index.duration_ns * 9 // 100_000
    assert "probe_score" in told["format"]


def test_seeking_finds_the_very_picture(film: drawn.Film, plain_path: Path) -> None:
    """ffmpeg gives the first picture from a time on; asked between two it can give only one."""
    rng = random.Random(8)
    for number in rng.sample(range(1, len(film.shots)), 12):
        between = (film.shots[number - 1].tick + film.shots[number].tick) / 2 / 90_000
        done = subprocess.run(
            ["ffmpeg", "-v", "error", "-ss", f"{between:.6f}", "-i", plain_path, "-frames:v", "1",
             "-pix_fmt", "gray", "-f", "rawvideo", "-"],
            check=True, capture_output=True,
        )  # fmt: skip
        width, height = drawn.SIZE
        grey = np.frombuffer(done.stdout, np.uint8).reshape(1, height, width)
        assert drawn.numbers(grey) == [film.shots[number].number]


def test_any_piece_is_what_the_whole_has_there(
    film: drawn.Film, index: FilmIndex, plain_path: Path
) -> None:
    mp4, whole, rng = VirtualMp4(index), plain_path.read_bytes(), random.Random(2)
    assert mp4.size == len(whole)
    edges = [0, len(mp4.head) - 1, len(mp4.head), mp4.size - 1, mp4.size, mp4.size + 5]
    for offset in edges + [rng.randrange(mp4.size) for _ in range(50)]:
        size = rng.randrange(1, 70_000)
        assert mp4.read_at(offset, size, film.read_at) == whole[offset : offset + size]


def test_a_film_of_which_only_the_start_is_indexed_plays(film: drawn.Film, tmp_path: Path) -> None:
    index = FilmIndex.scan(film.read_at, len(film.data) // 3)
    mp4 = VirtualMp4(index)
    path = tmp_path / "part.mp4"
    path.write_bytes(mp4.read_at(0, mp4.size, film.read_at))
    outside.plays_silently(path)
    assert len(outside.times(path)) == index.picture_count


def test_sound_that_comes_late_or_has_a_hole_keeps_its_place(tmp_path: Path) -> None:
    times = [4800, 5824, 20_000]
    path = tmp_path / "late.mp4"
    source = drawn.muxer_for(drawn.shots(1, 1)[0].data, SoundTrack())
    for shot in drawn.shots(1, 1):
        source.add_picture(shot.data, shot.time_ns, is_keyframe=shot.is_keyframe)
    for packet in drawn.sound_packets(*times):
        source.add_sound(packet.data, packet.time_samples)
    data = source.header() + b"".join(each.data for each in drawn.rest(source))
    index = FilmIndex.scan(lambda offset, size: data[offset : offset + size], len(data))
    mp4 = VirtualMp4(index)
    path.write_bytes(mp4.read_at(0, mp4.size, lambda offset, size: data[offset : offset + size]))
    told = outside.ffprobe(path, "-select_streams", "a", "-show_packets")["packets"]
    assert [round(float(each["pts_time"]) * 48_000) for each in told] == times
    assert told[0]["flags"].startswith("K_")
