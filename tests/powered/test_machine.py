"""A computer that QEMU itself broke is switched on again, and nothing of the first one is left."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.powered import machine
from tests.powered.disk import Disk


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Disk]:
    """A disk on which no system is: every boot ends within seconds."""
    base = tmp_path / "base"
    base.write_bytes(bytes(4 << 20))
    subprocess.run(["mkfs.ext4", "-q", base], check=True)
    disk = Disk(base)
    yield disk
    disk.close()


def test_a_computer_that_qemu_broke_is_switched_on_again_and_that_is_logged(
    home: Path, empty: Disk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(machine, "_BROKEN", b"No init found")
    monkeypatch.setattr(machine, "_MOST_BROKEN", 1)
    monkeypatch.setattr(machine, "SAID", "once more")  # this one is not counted among the true
    with pytest.raises(machine.BrokenByQemuError, match=r"did not boot: (?s:.)*No init found"):
        machine.switched_on(home, empty)
    assert [each.getMessage() for each in caplog.records] == ["once more"]
