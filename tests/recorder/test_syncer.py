import os
from pathlib import Path

import pytest

from vigbox.recorder.syncer import Syncer


def test_what_was_asked_last_is_safe_at_the_end(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "film", os.O_WRONLY | os.O_CREAT)
    syncer = Syncer(descriptor)
    for length_ns in range(1, 100):
        syncer.ask(length_ns)
    syncer.close()
    os.close(descriptor)
    assert syncer.safe_length_ns == 99
    assert syncer.safe_at_ns is not None


def test_nothing_is_safe_before_anything_was_asked(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "film", os.O_WRONLY | os.O_CREAT)
    syncer = Syncer(descriptor)
    syncer.close()
    os.close(descriptor)
    assert syncer.safe_at_ns is None


def test_a_card_that_failed_is_never_asked_again() -> None:
    reading, writing = os.pipe()  # fdatasync refuses a pipe, as a failing card does
    syncer = Syncer(writing)
    syncer.ask(1)
    with pytest.raises(OSError, match="Invalid argument"):
        syncer.close()
    assert syncer.safe_at_ns is None
    os.close(reading)
    os.close(writing)
