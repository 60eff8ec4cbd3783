"""What keeps sync running: systemd's own reader, and the form of the others."""

import os
import plistlib
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
UNIT = str(PACKAGING / "linux" / "vigbox-sync.service")
DOCS = (ROOT / "docs" / "sync.md").read_text()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a vigbox in it that tells how it was called."""
    program = tmp_path / ".local" / "bin" / "vigbox"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    program.chmod(0o755)
    (tmp_path / "Library" / "Logs").mkdir(parents=True)
    return tmp_path


def test_systemd_finds_nothing_to_say_of_the_unit(home: Path) -> None:
    command = ["systemd-analyze", "verify", "--user", "--man=no", UNIT]
    environment = os.environ | {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_would_say_something(home: Path) -> None:
    (home / ".local" / "bin" / "vigbox").unlink()
    command = ["systemd-analyze", "verify", "--user", UNIT]
    environment = os.environ | {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert "is not executable" in done.stderr


def test_the_macs_agent_calls_sync_and_keeps_a_log(home: Path) -> None:
    facts = plistlib.loads((PACKAGING / "macos" / "org.vigbox.sync.plist").read_bytes())
    assert facts["RunAtLoad"] is True
    assert facts["KeepAlive"] == {"SuccessfulExit": False}
    subprocess.run(facts["ProgramArguments"], check=True, env={"HOME": str(home)})
    log = home / "Library" / "Logs" / "vigbox-sync.log"
    assert log.read_text() == f"sync|{home}/VIG|"
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_windows_task_calls_sync_without_an_end() -> None:
    names = {"": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    task = ET.parse(PACKAGING / "windows" / "vigbox-sync.xml")  # noqa: S314  # our own file
    assert task.findtext("./Actions/Exec/Arguments", None, names) == (
        '-m vigbox sync "%USERPROFILE%\\VIG"'
    )
    assert task.findtext("./Settings/ExecutionTimeLimit", None, names) == "PT0S"
    assert task.findtext("./Settings/DisallowStartIfOnBatteries", None, names) == "false"


def test_the_page_names_every_file_that_is_shipped() -> None:
    shipped = [
        each.relative_to(ROOT).as_posix()
        for system in ("linux", "macos", "windows")
        for each in (PACKAGING / system).iterdir()
    ]
    assert len(shipped) >= 3
    assert [each for each in shipped if f"(../{each})" not in DOCS] == []
