import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from vigbox.config import Settings, load, work_factor_for
from vigbox.errors import SettingError

SHIPPED = Path(__file__).parent.parent / "config" / "vigbox.toml"


def test_the_shipped_file_names_every_key_with_its_default() -> None:
    lines = SHIPPED.read_text("utf-8").splitlines()
    found = tomllib.loads(
        "\n".join(line[2:] for line in lines if line.startswith("# ") and " = " in line)
    )
    default = dataclasses.asdict(Settings())
    assert found == {
        key: str(value) if isinstance(value, Path) else value for key, value in default.items()
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("width = 17", r"width must be a whole number from 160 to 1920, not 17"),
        ("width = true", "not True"),
        ("sync_interval_ms = 1501", "from 100 to 1500, not 1501"),
        ('width = "wide"', "not 'wide'"),
        ("data = 5", "data must be a folder's path, not 5"),
        ("two_lamps = 2", "two_lamps must be true or false, not 2"),
        ("microphone = 1", "microphone must be a text, not 1"),
        ('address = "box"', "address must be one like 10.42.0.1, not 'box'"),
        ("[camera]\nwidth = 640", "'camera' must be one of"),
        ("widht = 640", "'widht' must be one of"),
        ("vocabulary = 5", "vocabulary must be a text, not 5"),
        ("width =", "cannot read the settings"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "vigbox.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=re.escape(told)):
        load(path)


@pytest.mark.parametrize(
    ("board_mib", "factor"),
    [(200, 15), (402, 16), (906, 17), (1850, 18), (7900, 18)],
    ids=["less", "512 MB", "1 GB", "2 GB", "8 GB"],
)
def test_a_passphrase_takes_no_more_memory_than_its_board_has(board_mib: int, factor: int) -> None:
    assert work_factor_for(board_mib << 20) == factor


def test_a_service_may_ask_for_less_or_more_work(tmp_path: Path) -> None:
    path = tmp_path / "vigbox.toml"
    path.write_text("work_factor = 17\n")
    assert load(path).work_factor == 17


def test_settings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "vigbox.toml"
    path.write_text('data = "/srv/films"\nwidth = 640\n')
    assert load(path) == Settings(data=Path("/srv/films"), width=640)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")
