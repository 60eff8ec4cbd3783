"""``vigbox setup --label`` as root runs it."""

import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.appliance.test_prepare import prepared
from vigbox.appliance.certificates import authority_fingerprint, begin
from vigbox.casework.setup import set_up
from vigbox.store.layout import Layout


def vigbox(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "vigbox", "setup", "--data", str(folder / "data"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    prepared(tmp_path)
    return tmp_path


def passphrase(box: Path) -> str:
    return (box / "data" / "wifi.key").read_text().strip()


def test_it_is_shown_and_nothing_is_set_up(box: Path) -> None:
    done = vigbox(box, "--label")
    assert done.returncode == 0, done.stderr
    assert passphrase(box) in done.stdout
    assert "home.arpa" in done.stdout
    assert not (box / "data" / "box.json").exists()


def test_after_the_set_up_it_names_the_authority(box: Path) -> None:
    layout = Layout(box / "data")
    begin(layout, set_up(layout, work_factor=10), ["10.42.0.1"])
    shown = "".join(vigbox(box, "--label").stdout.split())
    assert authority_fingerprint(layout).replace(":", "") in shown


@pytest.mark.parametrize("name", ["label.png", "label.PDF"])
def test_it_is_written_for_its_owner_alone(box: Path, name: str) -> None:
    done = vigbox(box, "--label", str(box / name))
    assert done.returncode == 0, done.stderr
    assert (box / name).stat().st_mode & 0o777 == 0o600
    assert passphrase(box) not in done.stdout
    if name.endswith("png"):
        read = zxingcpp.read_barcodes(Image.open(box / name))
        assert any(passphrase(box) in each.text for each in read)
    else:
        assert (box / name).read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("name", "why"), [("label.doc", ".pdf or .png"), ("is.png", "new file")])
def test_a_file_of_another_kind_or_one_that_is_there_is_refused(
    box: Path, name: str, why: str
) -> None:
    (box / "is.png").touch()
    done = vigbox(box, "--label", str(box / name))
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr
    assert not (box / "label.doc").exists()


def test_a_box_without_wifi_has_no_label(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    done = vigbox(tmp_path, "--label")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
