import os
import pty
import sys
import termios
from contextlib import suppress

import pytest

from vigbox.companion.progress import bar, quiet


def test_nobody_at_a_terminal_sees_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for progress in (bar, quiet):
        with progress(1000, 0) as advance:
            advance(1000)
            advance(-1000)
    assert capfd.readouterr() == ("", "")


def all_of(terminal: int) -> str:
    """Read what a terminal was told, to its end: Linux ends it with an error."""
    said = b""
    with suppress(OSError):
        while data := os.read(terminal, 1 << 16):
            said += data
    os.close(terminal)
    return said.decode()


def test_a_terminal_shows_bytes_speed_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with bar(4 << 20, 1 << 20) as advance:
            advance(2 << 20)
    shown = all_of(ours)
    assert "25%" in shown
    assert "4.00M" in shown
    assert "B/s" in shown


def test_a_clock_that_is_set_meanwhile_does_not_stop_the_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with bar(4 << 20, 0) as advance:
            monkeypatch.setattr("tqdm.std.time", lambda: 0.0)
            advance(2 << 20)
    shown = all_of(ours)
    assert "50%" in shown
    assert "-" not in shown.split("50%")[1].split("[")[1]
