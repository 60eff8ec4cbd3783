from pathlib import Path

import pytest

from vigbox.companion.lock import owned
from vigbox.errors import InUseError


def test_a_second_sync_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with owned(tmp_path / "state"):
        with pytest.raises(InUseError, match="another vigbox sync"), owned(tmp_path / "state"):
            pass
        with owned(tmp_path / "other"):
            pass


def test_a_folder_can_be_owned_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with owned(tmp_path / "state"):
            assert (tmp_path / "state").is_dir()
