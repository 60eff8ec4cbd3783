"""The media worker's socket, from the web's side: nobody there, too many there, the wrong one."""

import socket
import threading
from pathlib import Path

import pytest

from tests.media.test_jobs import CARD, LONG, SHAPE, rendered
from tests.media.test_sandbox import convert
from tests.media.unit_twin import standing
from vigbox.media.bubble import READING
from vigbox.media.handover import REFUSED
from vigbox.media.rendering import RenderError, Rendering
from vigbox.media.unit import MediaUnit
from vigbox.media.walls import NoSandboxError

HEAD = b"\0\0\0\x18ftypmp42"


def test_without_the_socket_nothing_is_read_or_made(tmp_path: Path) -> None:
    unit = MediaUnit(tmp_path / "media.sock")
    with pytest.raises(NoSandboxError, match="cannot be read on this box: the media worker"):
        unit.check(READING)
    with pytest.raises(NoSandboxError, match="cannot be read on this box: the media worker"):
        convert(HEAD, walls=unit)
    with pytest.raises(NoSandboxError, match="A film cannot be made on this box: the media"):
        rendered(CARD, unit)


def test_a_socket_behind_which_nobody_speaks_is_told(tmp_path: Path) -> None:
    path = tmp_path / "media.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        unit = MediaUnit(path, within_s=0.3)
        unit.check(READING)
        with pytest.raises(NoSandboxError, match="does not answer"):
            rendered(CARD, unit)


def test_a_worker_that_hears_somebody_else_alone_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "media.sock"
    with standing(path, hears=12345) as twin, socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(path))
        assert stranger.recv(9) == REFUSED
        assert stranger.recv(9) == b""
        assert twin.began[0].wait(30) == 1
        with pytest.raises(NoSandboxError, match="does not answer"):
            rendered(CARD, MediaUnit(path))


def test_one_job_too_many_waits_for_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "media.sock"
    with standing(path, most=1) as twin:
        run = Rendering(LONG, SHAPE, walls=MediaUnit(path))

        def end() -> None:
            assert twin.turned_away.wait(30)
            run.kill()

        ending = threading.Thread(target=end)
        ending.start()
        assert rendered(CARD, MediaUnit(path)).picture
        ending.join()


def test_without_ffmpeg_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with standing(tmp_path / "media.sock"):
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(NoSandboxError, match="ffmpeg is not installed"):
            rendered(CARD, MediaUnit(tmp_path / "media.sock"))


def test_a_worker_that_goes_as_it_is_handed_its_job_is_told_by_the_job_s_end(
    tmp_path: Path,
) -> None:
    with standing(tmp_path / "media.sock", "os._exit(3)"):
        unit = MediaUnit(tmp_path / "media.sock")
        # it may go before the job is handed over, in the midst of it, or after
        with pytest.raises(NoSandboxError, match=r"sandbox that keeps|not answer"):
            convert(HEAD, walls=unit)
        told = r"could not be read, or asks for more|does not answer"
        with pytest.raises((RenderError, NoSandboxError), match=told):
            rendered(CARD, unit)
