"""``vigbox report``: a bundle, and one line."""

import zipfile
from pathlib import Path

import pytest

from vigbox.cli import main
from vigbox.store.layout import Layout


def test_a_bundle_is_written_even_with_settings_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, data, out = tmp_path / "vigbox.toml", tmp_path / "data", tmp_path / "out.zip"
    Layout(data).create()
    settings.write_bytes(b"\xff\xfeAnnemarijn\nwidht = 5\n")
    assert main(["report", str(out), "--settings", str(settings), "--data", str(data)]) == 0
    assert capsys.readouterr().out.startswith(f"The report is in {out}.")
    with zipfile.ZipFile(out) as bundle:
        text = bundle.read("report.txt").decode()
    assert "recordings               0" in text
    assert "Annemarijn" not in text


def test_a_place_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Layout(tmp_path).create()
    out = tmp_path / "nowhere" / "out.zip"
    assert main(["report", str(out), "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("vigbox: cannot report ")
