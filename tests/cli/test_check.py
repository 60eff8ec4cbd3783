"""Settings with a mistake: what makes keys refuses them, what runs takes what is right in them."""

import argparse
import dataclasses
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from vigbox.cli import main
from vigbox.cli.box import running, shown
from vigbox.config import Settings
from vigbox.devices import capture, picamera
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.microphone import Sound
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.errors import SettingError
from vigbox.recorder import check
from vigbox.recorder.selftest import latency_ns_of
from vigbox.store.layout import DataFolderError, Layout

MISTAKES = [
    ("width = 17", "width must be a whole number from 160 to 1920, not 17"),
    ('two_lamps = "yes"', "two_lamps must be true or false, not 'yes'"),
    ("data = 5", "data must be a folder's path, not 5"),
]


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "vigbox.toml"


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_a_setting_that_cannot_be_ends_the_set_up_with_one_line(
    settings: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    settings.write_text(text)
    assert main(["setup", "--settings", str(settings)]) == 1
    assert capsys.readouterr() == ("", f"vigbox: {told}\n")


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_check_names_file_line_and_what_to_write_and_looks_at_the_rest(
    settings: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    settings.write_text(f"# ours\n{text}\n")
    data = settings.parent / "data"
    data.mkdir()
    assert main(["check", "--settings", str(settings), "--data", str(data)]) == 1
    said = capsys.readouterr().out.splitlines()
    first = next(each for each in said if each.startswith("PROBLEM  settings"))
    assert f"{settings}, line 2: {told}. Write for example " in first
    assert any(" heat " in each for each in said)
    assert any(" power " in each for each in said)


@pytest.mark.parametrize("who", ["recorder", "web"])
def test_recorder_and_web_run_on_what_is_right_and_on_what_was(settings: Path, who: str) -> None:
    given = argparse.Namespace(settings=settings, data=settings.parent / "data")
    layout = Layout(given.data)
    layout.create()
    settings.write_text('width = 640\nmicrophone = "Rode"\n')
    assert running(given, who)[0].faults == ()
    settings.write_text("width = wide\nheight = 480\nmicrophon = 5\n")
    reading, at = running(given, who)
    assert at == layout
    now = reading.settings
    assert (now.width, now.height, now.microphone) == (640, 480, "Rode")
    assert [each.line for each in reading.faults] == [1, 3]


def test_looking_keeps_nothing(settings: Path) -> None:
    given = argparse.Namespace(settings=settings, data=settings.parent / "data")
    Layout(given.data).create()
    settings.write_text("width = 640\n")
    running(given, "recorder", is_keeping=False)
    assert not (given.data / "recorder" / "settings.json").exists()


def test_a_demonstration_s_folder_is_still_refused(settings: Path) -> None:
    given = argparse.Namespace(settings=settings, data=settings.parent)
    Layout(given.data).demo_marker.touch()
    with pytest.raises(DataFolderError, match="demonstration"):
        running(given, "recorder")


def test_words_that_cannot_be_used_are_the_shipped_ones(tmp_path: Path) -> None:
    wish = dataclasses.replace(
        Settings(), vocabulary=str(tmp_path / "ours.toml"), review_prompts="nowhere"
    )
    found, troubles = shown(wish)
    assert (found.vocabulary, found.review_prompts) == ("vig", "vig")
    assert len(troubles) == 2
    assert all(each.endswith("Until then the shipped ones hold.") for each in troubles)


def test_an_error_of_settings_is_one_line() -> None:
    with pytest.raises(SettingError):
        Settings(width=1)


class LateMicrophone(SimulatedMicrophone):
    """Its sound comes 120 ms late, less what is taken off already."""

    def __init__(self, stage: DrawnStage, curtain: Curtain, latency_ns: int) -> None:
        super().__init__(stage, curtain)
        self._late_ns = 120_000_000 - latency_ns

    def start(self, when_sound: Callable[[Sound], None]) -> None:
        super().start(lambda each: when_sound(replace(each, time_ns=each.time_ns + self._late_ns)))


def test_how_late_sound_is_does_not_depend_on_what_was_measured_before(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, curtain = DrawnStage(320, 180, 25), Curtain()
    monkeypatch.setattr(picamera, "open_camera", lambda _: SimulatedCamera(stage, curtain, 500_000))
    monkeypatch.setattr(
        capture, "SoundCardMicrophone", lambda _, late_ns: LateMicrophone(stage, curtain, late_ns)
    )
    monkeypatch.setattr(check, "measure_latency", partial(check.measure_latency, film_s=7.5))
    monkeypatch.setattr(Layout, "own", lambda *_: None)  # two commands, and this is one process
    layout = Layout(settings.parent / "data")
    layout.create()
    settings.touch()
    kept = []
    for _ in range(2):
        words = ["--settings", str(settings), "--data", str(layout.data)]
        assert main(["check", "--sync", *words]) == 0
        kept.append(latency_ns_of(layout.latency, Settings().microphone))
    assert all(abs(each - 120_000_000) < 60_000_000 for each in kept), kept
