"""The practitioner's machine has none of the box's libraries."""

import subprocess
import sys

import pytest

POSIX_ONLY = ("fcntl", "grp", "pwd", "resource", "termios")

BOX_ONLY = {
    "alembic", "av", "ffmpeg", "flask", "fpdf", "gpiozero", "gunicorn", "numpy", "PIL", "segno",
    "sqlalchemy", "sqlcipher3", "xkcdpass",
}  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [["--help"], ["keygen"], ["open", "-i", "/nowhere"], ["sync", "/nowhere/x", "--once"],
     ["salvage", "/nowhere", "-i", "/nowhere", "-o", "/nowhere/x"],
     ["pair", "http://127.0.0.1:1", "--code", "AAAA-AAAA"]],
)  # fmt: skip
def test_a_command_of_the_machine_imports_no_library_of_the_box(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "vigbox", *words],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "vigbox" in imported
    assert imported & BOX_ONLY == set()


# `sync` is not here: it takes its lock with fcntl or msvcrt, by the system it runs on
@pytest.mark.parametrize(
    "words",
    [["--help"], ["keygen"], ["open", "-i", "/nowhere"],
     ["pair", "http://127.0.0.1:1", "--code", "AAAA-AAAA"]],
)  # fmt: skip
def test_a_command_of_the_machine_needs_nothing_that_windows_has_not(words: list[str]) -> None:
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({POSIX_ONLY!r}))\n"
        f"from vigbox.cli import main; sys.exit(main({words!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    assert "which is not installed" not in done.stderr
