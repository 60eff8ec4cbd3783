"""What a process says that it can reach: something here, nothing behind walls."""

import subprocess
import sys

from vigbox.media.alone import reached
from vigbox.media.bubble import around_python

ASK = [sys.executable, "-c", "from vigbox.media.alone import reached; print(reached())"]


def test_on_a_whole_system_something_is_reached() -> None:
    assert reached()


def test_behind_walls_nothing_is_reached() -> None:
    words = ["bwrap", *around_python(), "--", *ASK]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "\n"


def test_one_folder_of_the_system_too_many_is_named() -> None:
    words = ["bwrap", *around_python(["/var/lib"]), "--", *ASK]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "/var/lib\n"
