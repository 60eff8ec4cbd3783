from pathlib import Path

from tests.journeys import outside
from tests.media import drawn
from vigbox.media.chapters import MOST, chapters_box
from vigbox.media.faststart import VirtualMp4
from vigbox.media.fragments import FilmIndex

TOLD = [(90_000, "Clip 1: Being attentive"), (0, "Mark 1"), (123_457, "Zuhören 等待" + "x" * 300)]


def test_ffprobe_reads_each_chapter_in_its_place(
    film: drawn.Film, index: FilmIndex, tmp_path: Path
) -> None:
    mp4 = VirtualMp4(index, TOLD)
    path = tmp_path / "film.mp4"
    path.write_bytes(mp4.read_at(0, mp4.size, film.read_at))
    found = outside.ffprobe(path, "-show_chapters")["chapters"]
    assert [float(each["start_time"]) for each in found] == [0, 1, 1.371744]
    titles = [each["tags"]["title"] for each in found]
    assert titles[:2] == ["Mark 1", "Clip 1: Being attentive"]
    assert titles[2] == TOLD[2][1].encode()[:255].decode("utf-8", "ignore")


def test_chapters_move_no_picture(
    film: drawn.Film, index: FilmIndex, plain_path: Path, tmp_path: Path
) -> None:
    mp4 = VirtualMp4(index, TOLD)
    path = tmp_path / "film.mp4"
    path.write_bytes(mp4.read_at(0, mp4.size, film.read_at))
    for kind in ("v", "a"):
        assert outside.packets(path, kind) == outside.packets(plain_path, kind)
    outside.plays_silently(path)


def test_without_chapters_there_is_no_box_and_with_too_many_the_first_count() -> None:
    assert chapters_box([]) == b""
    assert chapters_box([(n, "x") for n in range(MOST + 5)])[8:].count(b"\1x") == MOST
