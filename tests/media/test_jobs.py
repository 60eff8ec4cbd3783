"""What is promised of walls, kept by both kinds: bubblewrap's, and those of a unit of its own."""

import contextlib
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.media import test_sandbox
from tests.media.test_sandbox import X264, convert, ffmpeg, order, source
from tests.media.unit_twin import standing
from vigbox.media.bubble import Bubblewrap
from vigbox.media.jobs import Walls
from vigbox.media.rendering import Limits, Made, RenderError, Rendering
from vigbox.media.sandbox import Conversion, ForeignFilmError
from vigbox.media.sandbox import Limits as ReadingLimits
from vigbox.media.scene import Card, Format, Moving
from vigbox.media.unit import MediaUnit

SHAPE = Format(320, 180, 25)
CARD = Card(bytes(320 * 180 * 3), 25)
"""A second of black."""

LONG = Card(bytes(320 * 180 * 3), 1_000_000)
"""Eleven hours of black."""


@pytest.fixture(params=["bubblewrap", "unit"])
def walls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Walls]:
    if request.param == "bubblewrap":
        yield Bubblewrap()
        return
    with standing(tmp_path / "media.sock"):
        yield MediaUnit(tmp_path / "media.sock")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return ffmpeg(tmp_path_factory.mktemp("film") / "film.mp4", *source(), *X264)


def rendered(part: Card | Moving, walls: Walls | None, limits: Limits | None = None) -> Made:
    with Rendering(part, SHAPE, limits, walls) as run:
        made = list(run)
    return Made(b"".join(each.picture for each in made), b"".join(each.sound for each in made))


def descended() -> set[int]:
    """Every living process that we began, and what those began."""
    parents = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                state, parent = each.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                parents[int(each.name)] = int(parent)
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def kill(processes: set[int]) -> None:
    for each in processes:
        with contextlib.suppress(ProcessLookupError):  # it went with another
            os.kill(each, signal.SIGKILL)


def until(what: Callable[[], bool]) -> None:
    until_s, pause = time.monotonic() + 60, threading.Event()
    while not what():
        assert time.monotonic() < until_s, "it did not come to that"
        pause.wait(0.01)


def test_a_film_from_elsewhere_is_read_alike(walls: Walls, film: bytes) -> None:
    made, known = convert(film, walls=walls), convert(film)
    assert len(made.pictures) == 50
    assert (made.shape, made.end) == (known.shape, known.end)
    assert [each.tick for each in made.pictures] == [each.tick for each in known.pictures]


def test_a_part_is_made_alike_to_the_byte(walls: Walls) -> None:
    made = rendered(CARD, walls)
    assert made.picture.count(b"\0\0\1\x09") == 25
    assert made == rendered(CARD, None)


def test_what_is_no_film_is_told_alike(walls: Walls) -> None:
    with pytest.raises(ForeignFilmError, match="begins like a film, but cannot be read"):
        convert(b"\0\0\0\x18ftypmp42" + bytes(4000), walls=walls)
    with pytest.raises(RenderError, match="could not be read, or asks for more") as told:
        rendered(Moving(b"ffconcat version 1.0\n", 25), walls)
    assert "pipe:" in told.value.__notes__[0]  # what the program said is for the log


def test_what_takes_too_much_is_told_alike(walls: Walls, tmp_path: Path) -> None:
    large = ffmpeg(tmp_path / "large.mp4", *source("3840x2160", 10, 1), *X264)
    with pytest.raises(ForeignFilmError, match=r"memory|asks for more"):
        convert(large, walls=walls, limits=ReadingLimits(memory_bytes=300 << 20))
    with pytest.raises(RenderError, match="asks for more"):
        rendered(CARD, walls, Limits(memory_bytes=120 << 20))
    with pytest.raises(RenderError, match="asks for more"):
        rendered(LONG, walls, Limits(processor_s=1))


def test_what_takes_too_long_is_ended_and_told_alike(walls: Walls) -> None:
    before = descended()
    with pytest.raises(RenderError, match="took too long"):
        rendered(LONG, walls, Limits(whole_s=0.5))
    until(lambda: not descended() - before)


def test_a_reader_that_is_killed_is_told_alike(walls: Walls, film: bytes) -> None:
    before, asked = descended(), []

    def read_at(offset: int, size: int) -> bytes:
        asked.append(offset)
        kill(descended() - before)
        return film[offset : offset + size]

    with (
        Conversion(order(film), read_at, walls=walls) as conversion,
        pytest.raises(ForeignFilmError, match="was stopped"),
    ):
        list(conversion)
    assert asked


def test_a_program_that_is_killed_is_told_alike(walls: Walls) -> None:
    before = descended()
    with Rendering(LONG, SHAPE, walls=walls) as run:
        parts = iter(run)
        until(lambda: bool(next(parts).picture))
        kill(descended() - before)
        with pytest.raises(RenderError, match="asks for more"):
            list(parts)


def test_who_lets_a_job_be_leaves_no_process(walls: Walls, film: bytes) -> None:
    before = descended()
    with Rendering(LONG, SHAPE, walls=walls) as run:
        parts = iter(run)
        until(lambda: bool(next(parts).picture))
        assert len(descended() - before) >= 2
    until(lambda: not descended() - before)
    with Conversion(order(film), lambda at, size: film[at : at + size], walls=walls) as read:
        next(iter(read))
        read.kill()
        read.kill()  # somebody else may, too
    until(lambda: not descended() - before)


@pytest.mark.parametrize("share", [0, 1])
def test_no_job_leaves_a_file_open(walls: Walls, film: bytes, share: int) -> None:
    gc.collect()  # what earlier tests left is not closed in between
    open_ones = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        convert(film, walls=walls) if share else rendered(CARD, walls)
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_ones


@pytest.mark.parametrize(
    "play", [test_sandbox.TRICKLES, test_sandbox.ASKS_ON, test_sandbox.READS_NOTHING]
)
def test_a_broken_in_worker_of_the_unit_that_only_holds_up_is_left(
    tmp_path: Path, play: str
) -> None:
    with standing(tmp_path / "media.sock", BROKEN_IN + play) as twin:
        limits = ReadingLimits(silence_s=0.5, whole_s=1)
        data = b"\0\0\0\x18ftyp" + bytes(2 << 20)
        with pytest.raises(ForeignFilmError, match="took too long"):
            convert(data, limits=limits, walls=MediaUnit(tmp_path / "media.sock"))
        assert len(twin.began) == 1


BROKEN_IN = """
h = socket.socket(fileno=files[0])
READY = b'H' + bytes(4)
ASK = b'R\\0\\0\\0\\x0c' + bytes(8) + b'\\0\\x10\\0\\0'
import threading
threading.Thread(target=lambda: (asked.recv(1), os._exit(0)), daemon=True).start()
"""


@pytest.mark.parametrize(
    ("play", "told"),
    [
        ("h.sendall(READY + b'E' + bytes(3) + b'\\1\\0'); time.sleep(60)", "the end of no film"),
        ("h.sendall(READY + b'S\\0\\0\\0\\x09' + bytes(9)); time.sleep(60)", "not announced"),
        ("h.sendall(READY + b'P\\x7f' + bytes(9)); time.sleep(60)", "too long"),
        ("h.sendall(READY)", "was stopped"),
    ],
)
def test_a_broken_in_worker_of_the_unit_is_not_believed(
    tmp_path: Path, play: str, told: str
) -> None:
    with (
        standing(tmp_path / "media.sock", BROKEN_IN + play),
        pytest.raises(ForeignFilmError, match=told),
    ):
        convert(b"\0\0\0\x18ftyp" + bytes(99), walls=MediaUnit(tmp_path / "media.sock"))
