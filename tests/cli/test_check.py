"""Settings with a mistake: what makes keys refuses them, what runs takes what is right in them."""

import argparse
import dataclasses
from pathlib import Path

import pytest

from vigbox.cli import main
from vigbox.cli.box import running, shown
from vigbox.config import Settings
from vigbox.errors import SettingError
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
