from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.export.interchange import made
from tests.journeys import outside
from tests.media import drawn
from vigbox.export.clips import OpenedFilm
from vigbox.export.pieces import CancelledError
from vigbox.export.recording import chapters, piece
from vigbox.media.faststart import VirtualMp4
from vigbox.media.fragments import FilmIndex


@dataclass
class Kept:
    data: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> None:
        self.data += data


@pytest.fixture(scope="module")
def film() -> drawn.Film:
    return drawn.record(drawn.shots(4, 7), drawn.blocks(4, 7))


def opened(film: drawn.Film) -> OpenedFilm:
    index = FilmIndex.scan(film.read_at, len(film.data))
    reader = SimpleNamespace(read_at=film.read_at)
    return cast("OpenedFilm", SimpleNamespace(index=index, reader=reader))


def test_it_is_the_whole_film_with_its_chapters(film: drawn.Film) -> None:
    told, kept, steps = chapters(made.NOTED), Kept(), list[float]()
    one = opened(film)
    made_of = piece(one, "VIG-7.mp4", told)
    made_of.write(kept, steps.append)
    mp4 = VirtualMp4(one.index, told)
    assert bytes(kept.data) == mp4.read_at(0, mp4.size, film.read_at)
    assert (made_of.name, made_of.kind) == ("VIG-7.mp4", "recording")
    assert steps == sorted(steps)
    assert steps[-1] == 1


def test_clips_and_marks_are_chapters_in_the_order_of_the_film(
    film: drawn.Film, tmp_path: Path
) -> None:
    told = chapters(made.NOTED)
    assert told.starts == sorted(told.starts)
    path, kept = tmp_path / "film.mp4", Kept()
    piece(opened(film), "VIG-7.mp4", told).write(kept, lambda _: None)
    path.write_bytes(kept.data)
    found = outside.ffprobe(path, "-show_chapters")["chapters"]
    assert len(found) == len(made.NOTED.spans) + len(made.NOTED.marks_ticks)
    assert found[0]["tags"]["title"] == "Mark 1"
    assert float(found[1]["start_time"]) == 1.371744


def test_a_cancelled_one_ends_at_once(film: drawn.Film) -> None:
    kept = Kept()

    def cancel(_: float) -> None:
        raise CancelledError("cancelled")

    with pytest.raises(CancelledError):
        piece(opened(film), "VIG-7.mp4").write(kept, cancel)
    assert not kept.data
