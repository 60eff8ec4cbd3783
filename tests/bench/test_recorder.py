from pathlib import Path

import pytest

from bench import pyav_output
from bench.recorder import cpu_figures


def test_a_camera_bench_that_is_not_there_gives_no_figure() -> None:
    here = {"vigbox": [3.0], "ffmpeg": [1.0]}
    assert cpu_figures(here, {}, 600) == {"cpu_vs_ffmpeg_copy": 3.0, "cpu_percent_of_core": 0.5}


def test_each_peer_is_compared_where_it_was_measured() -> None:
    here, there = {"vigbox": [3.0], "ffmpeg": [1.0]}, {"vigbox": [4.0], "ffmpeg": [2.0]}
    found = cpu_figures(here, there | {"PyavOutput": [0.5]}, 600)
    assert found["cpu_vs_pyav_output"] == 8.0
    assert found["cpu_vs_ffmpeg_copy_there"] == 2.0


def test_a_tree_without_a_camera_bench_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyav_output, "ROOT", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "sh script/bench-camera" in str(pyav_output.why_not())
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "root" in str(pyav_output.why_not())
