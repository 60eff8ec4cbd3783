import dataclasses
import json
import stat
import subprocess
from pathlib import Path

import pytest

from vigbox.companion import home as homes
from vigbox.companion.home import HomeError, PairedBox
from vigbox.seal.signing import SigningKey

VERIFY_KEY = SigningKey.generate().verify_key.to_text()
BOX = PairedBox(
    "https://10.42.0.1:8443", "the box", "vb-test.home.arpa", VERIFY_KEY, "authority", "1" * 32
)


def test_the_identity_is_made_once_and_kept(home: Path) -> None:
    first = homes.identity(home)
    assert homes.identity(home).secret_text() == first.secret_text()


def test_stock_age_reads_the_identity_file(home: Path) -> None:
    recipient = str(homes.identity(home).recipient)
    sealed = subprocess.run(["age", "-r", recipient], input=b"x", check=True, capture_output=True)
    command = ["age", "-d", "-i", str(home / "identity.txt")]
    opened = subprocess.run(command, input=sealed.stdout, check=True, capture_output=True)
    assert opened.stdout == b"x"


def test_its_files_are_for_their_owner_alone(home: Path) -> None:
    homes.identity(home)
    homes.save_box(home, BOX, "own")
    assert {stat.S_IMODE(each.stat().st_mode) for each in home.iterdir()} == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_an_identity_with_windows_line_ends_is_read(home: Path) -> None:
    secret = homes.identity(home).secret_text()
    path = home / "identity.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert homes.identity(home).secret_text() == secret


@pytest.mark.parametrize("data", [b"", b"nonsense", b"# only a comment\n", b"\xff\xfe"])
def test_a_damaged_identity_is_told_and_never_replaced(home: Path, data: bytes) -> None:
    home.mkdir()
    (home / "identity.txt").write_bytes(data)
    with pytest.raises(HomeError, match="Bring it back from a backup"):
        homes.identity(home)
    assert (home / "identity.txt").read_bytes() == data


def test_the_box_is_read_back_as_it_was(home: Path) -> None:
    homes.save_box(home, BOX, "own")
    assert homes.boxes(home) == (BOX,)
    assert homes.tls(home, BOX).certificate.read_text() == "own"


OTHER = dataclasses.replace(
    BOX, box_id="the other box", box_name="vb-last.home.arpa", machine_id="2" * 32
)


def test_several_boxes_are_kept_with_a_certificate_for_each(home: Path) -> None:
    homes.save_box(home, OTHER, "for the other")
    homes.save_box(home, BOX, "own")
    assert homes.boxes(home) == (BOX, OTHER)
    told = [homes.tls(home, each).certificate.read_text() for each in (BOX, OTHER)]
    assert told == ["own", "for the other"]


def test_pairing_again_with_a_box_replaces_its_pairing_and_no_other(home: Path) -> None:
    homes.save_box(home, BOX, "own")
    homes.save_box(home, OTHER, "for the other")
    again = dataclasses.replace(BOX, machine_id="3" * 32)
    homes.save_box(home, again, "newer")
    assert homes.boxes(home) == (OTHER, again)
    assert homes.tls(home, again).certificate.read_text() == "newer"
    assert {each.name for each in home.glob("machine-*")} == {
        f"machine-{'2' * 32}.pem",
        f"machine-{'3' * 32}.pem",
    }


def test_a_damaged_box_file_does_not_keep_another_box_from_being_paired(home: Path) -> None:
    home.mkdir()
    damaged = home / "box-damaged.json"
    damaged.write_text("{")
    homes.save_box(home, BOX, "own")
    with pytest.raises(HomeError, match=r"box-damaged\.json"):
        homes.boxes(home)
    damaged.unlink()
    assert homes.boxes(home) == (BOX,)


@pytest.mark.parametrize(
    "other", [{"address": "http://10.42.0.1"}, {"machine_id": "../x"}, {"authority": 7}]
)
def test_a_box_file_that_is_none_of_ours_is_told(home: Path, other: dict[str, object]) -> None:
    home.mkdir()
    (home / "box-1.json").write_text(json.dumps(dataclasses.asdict(BOX) | other))
    with pytest.raises(HomeError, match="Remove it, and pair again"):
        homes.boxes(home)


def test_a_machine_that_is_not_paired_is_told_how(home: Path) -> None:
    with pytest.raises(HomeError, match="run vigbox pair"):
        homes.boxes(home)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"address": "x", "more": 1}'])
def test_a_damaged_box_file_is_told(home: Path, text: str) -> None:
    home.mkdir()
    (home / "box-1.json").write_text(text)
    with pytest.raises(HomeError, match="Remove it, and pair again"):
        homes.boxes(home)


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(HomeError, match="cannot"):
        homes.save_box(tmp_path / "file" / "home", BOX, "own")


def test_each_system_has_its_own_place_for_settings() -> None:
    user = Path.home()
    assert homes.default_home("linux", {}) == user / ".config" / "vigbox"
    assert homes.default_home("linux", {"XDG_CONFIG_HOME": "/x"}) == Path("/x/vigbox")
    assert homes.default_home("darwin", {}).parts[-3:] == (
        "Library",
        "Application Support",
        "vigbox",
    )
    assert homes.default_home("win32", {"APPDATA": "/a"}) == Path("/a/vigbox")
    assert homes.default_home("win32", {}) == user / "AppData" / "Roaming" / "vigbox"
