import os
import subprocess
import sys
from pathlib import Path

import pytest

from vigbox.errors import InUseError
from vigbox.store.durable import save
from vigbox.store.layout import RECORDERS, DataFolderError, Layout


def test_a_real_service_refuses_a_demonstrations_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.demo_marker.touch()
    with pytest.raises(DataFolderError, match="DEMO"):
        layout.check_kind(is_demo=False)


def test_a_demonstration_refuses_a_real_folder(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="DEMO"):
        Layout(tmp_path).check_kind(is_demo=True)


def test_a_folder_has_one_recorder(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    held = layout.own("recorder")
    with pytest.raises(InUseError, match=str(tmp_path)):
        layout.own("recorder")
    os.close(layout.own("web"))
    os.close(held)
    os.close(layout.own("recorder"))


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderError, match="--data"):
        Layout(tmp_path / "file" / "data").create()


def test_what_another_left_in_the_shared_folder_stops_no_recorder(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    for name in (f".writable-{os.getpid()}.tmp", "armed.json.tmp", "unarmed.json.tmp"):
        (tmp_path / name).mkdir()
    layout.create(RECORDERS)
    for path in (layout.armed, layout.unarmed, layout.disarmed):
        save(path, b"{}")


def test_others_may_not_look_in(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    layout.create()
    assert layout.recordings.stat().st_mode & 0o007 == 0


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    program = f"from vigbox.store.layout import *; Layout(Path({str(tmp_path)!r})).own('recorder')"
    subprocess.run([sys.executable, "-c", program], check=True)
    os.close(layout.own("recorder"))
