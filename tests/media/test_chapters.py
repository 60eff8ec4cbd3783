"""Chapters whose titles are odd are chapters all the same, to ffprobe."""

import io
from pathlib import Path

import pytest

from tests.export.filmed import even
from tests.journeys import outside
from tests.media import drawn
from vigbox.media.reel import Reel
from vigbox.media.scene import Format


def film(titles: list[str], path: Path) -> None:
    """A film whose every second is a chapter."""
    shape, shots = Format(*drawn.SIZE, 25), even(len(titles)).film.shots
    sink = io.BytesIO()
    reel = Reel(sink, shape)
    for number, title in enumerate(titles):
        reel.begin(title)
        for shot in shots[25 * number : 25 * number + 25]:
            reel.add(b"\0\0\0\1\x09\x10" + shot.data, bytes(2 * 1920), 25 * number + 25)
        reel.end(25 * number + 25)
    reel.finish()
    path.write_bytes(sink.getvalue())


@pytest.mark.parametrize("hidden", [b"chpl", b"tref"])
def test_titles_in_any_language_and_of_any_length(tmp_path: Path, hidden: bytes) -> None:
    titles = ["抱っこ 👶🏽 · العب", "", "é" * 2000, "a\ud800b", "end"]
    path = tmp_path / "film.mp4"
    film(titles, path)
    path.write_bytes(path.read_bytes().replace(hidden, b"free"))
    told = outside.ffprobe(path, "-show_chapters")["chapters"]
    assert [float(each["start_time"]) for each in told] == [0, 1, 2, 3, 4]
    assert [float(each["end_time"]) for each in told] == [1, 2, 3, 4, 5]
    found = [each.get("tags", {}).get("title", "") for each in told]
    assert found[:2] + found[3:] == ["抱っこ 👶🏽 · العب", "", "a?b", "end"]
    assert set(found[2]) == {"é"}
    assert len(found[2]) > 100


def test_a_film_without_chapters_has_no_track_of_them(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    sink = io.BytesIO()
    reel = Reel(sink, Format(*drawn.SIZE, 25))
    for shot in even(1).film.shots:
        reel.add(b"\0\0\0\1\x09\x10" + shot.data, bytes(2 * 1920), 25)
    reel.end(25)
    reel.finish()
    path.write_bytes(sink.getvalue())
    assert len(outside.ffprobe(path, "-show_streams")["streams"]) == 2
    outside.plays_silently(path)
    assert outside.lengths(path) == {"video": pytest.approx(1), "audio": pytest.approx(1)}
