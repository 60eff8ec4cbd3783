"""``vigbox check`` with settings that cannot be: one line that names key, value and what may be."""

from pathlib import Path

import pytest

from vigbox.cli import main


@pytest.mark.parametrize("command", ["check", "recorder", "web"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("width = 17", "width must be a whole number from 160 to 1920, not 17"),
        ('two_lamps = "yes"', "two_lamps must be true or false, not 'yes'"),
        ("data = 5", "data must be a folder's path, not 5"),
    ],
)
def test_a_setting_that_cannot_be_ends_every_command_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, text: str, told: str
) -> None:
    path = tmp_path / "vigbox.toml"
    path.write_text(text)
    assert main([command, "--settings", str(path)]) == 1
    assert capsys.readouterr() == ("", f"vigbox: {told}\n")
