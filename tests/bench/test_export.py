import sys
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from bench import export_peers
from bench.export import Errors, numbered, pairs_of
from bench.review_rig import SIZE
from vigbox.devices.drawn import picture_number


@pytest.mark.parametrize("number", [0, 1, 479, 2**24 - 1])
def test_a_number_drawn_into_a_picture_is_read_back(number: int) -> None:
    plain = VideoFrame.from_ndarray(np.full((SIZE[1], SIZE[0], 3), 127, np.uint8), "rgb24")
    grey = numbered(number, plain.reformat(format="yuv420p")).to_ndarray(format="gray")
    assert picture_number(grey) == number


def test_errors_are_pictures_that_are_missing_too_many_or_out_of_turn() -> None:
    errors = Errors()
    wanted = list(range(10))
    for found in (wanted, wanted[1:], [*wanted, 10], [1, 0, *wanted[2:]], [*wanted[:9], 8]):
        errors.count("one", found, wanted)
    assert errors.exact["one"] == 1
    assert errors.frames["one"] == 0 + 1 + 1 + 2 + 2


def test_missing_peers_are_named_and_get_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(export_peers, "_HOME", tmp_path / "smartcut")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert set(export_peers.missing()) == {"ffmpeg", "smartcut"}
    assert pairs_of({"vigbox clip": [1.0], "vigbox still": [1.0]}) == {}
