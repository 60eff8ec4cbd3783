"""The keys that a box believes."""

from pathlib import Path

import pytest

from tests.appliance.updates.made import KEY, TRUSTED
from vigbox.appliance.updates.trusted import ReleaseKeyError, public_text, trusted_keys
from vigbox.cli import main
from vigbox.seal.signing import SigningKey


def test_keys_are_files_of_a_folder_and_one_that_is_none_is_named(tmp_path: Path) -> None:
    assert trusted_keys(tmp_path / "none") == []
    (tmp_path / "own.pub").write_text(public_text(KEY.verify_key))
    (tmp_path / "README").write_text("not a key")
    assert trusted_keys(tmp_path) == TRUSTED
    (tmp_path / "x.pub").write_bytes(b"\xff")
    with pytest.raises(ReleaseKeyError, match=r"x\.pub"):
        trusted_keys(tmp_path)


def test_a_release_key_is_made_once_and_its_secret_half_is_its_owner_s_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "release"
    assert main(["release-key", str(path)]) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    (public,) = trusted_keys(tmp_path)
    assert SigningKey.from_text(path.read_text().splitlines()[1]).verify_key == public
    before = path.read_bytes()
    assert main(["release-key", str(path)]) == 1
    assert "never written over" in capsys.readouterr().err
    assert path.read_bytes() == before
