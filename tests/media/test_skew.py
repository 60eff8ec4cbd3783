"""Sound stays with the picture: measured in finished films, as ffmpeg decodes their AAC."""

import ast
import logging
import os
import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

import vigbox
from tests.media.world import BEEP_EVERY_S, MS, NS, Loss, Seen, World, filmed, seen

_log = logging.getLogger(__name__)

IS_SOAK = os.environ.get("VIGBOX_SOAK") == "1"
SECONDS = 3600 if IS_SOAK else 300
THROUGHOUT_MS, WORST_MS = 10, 20
BEFORE_S, AFTER_S = 0.3, 2.0
"""A block told late just before samples are lost may lie on either side of the loss."""
DAY_S = 86_400
LOSSES = ((0.13, True), (0.04, False), (1.06, True), (0.009, False), (0.015, False), (0.4, False))


def world(seconds: int, card_ppm: float) -> World:
    """Give a world with a loss every 45 s or so, and a stall of the camera every 2 minutes."""
    losses = tuple(
        Loss(20.3 + 45.2 * number, *LOSSES[number % len(LOSSES)])
        for number in range(int(seconds / 45.2))
    )
    stalls = tuple((61.7 + 120 * number, 1.0) for number in range(seconds // 120))
    return World(seconds, card_ppm, losses, stalls, seed=seconds)


def told(skews_ms: dict[float, float], film: Seen) -> str:
    values = np.array(list(skews_ms.values()))
    return (
        f"{len(values)} beeps in {len(film.energy) / 1000:.0f} s: {values.min():+.2f} to "
        f"{values.max():+.2f} ms, middle {np.median(values):+.2f} ms"
    )


@pytest.mark.parametrize("ppm", [-100, 100])
def test_sound_stays_with_the_picture(ppm: int) -> None:
    made = world(SECONDS, ppm)
    film = seen(filmed(made))
    skews_ms = film.skews_ms()
    _log.info("%+d ppm: %s", ppm, told(skews_ms, film))
    assert max(map(abs, skews_ms.values())) <= WORST_MS
    events_s = [loss.at_s for loss in made.losses]
    calm = [
        skew
        for at_s, skew in skews_ms.items()
        if not any(-BEFORE_S <= at_s - each <= AFTER_S for each in events_s)
    ]
    assert max(map(abs, calm)) <= THROUGHOUT_MS
    # every beep is measured but those that a loss took or cut
    lost = sum(loss.lost_s / BEEP_EVERY_S + 2 for loss in made.losses)
    assert len(skews_ms) > SECONDS / BEEP_EVERY_S - 5 - lost


def test_pictures_are_shown_when_they_were_taken() -> None:
    made = world(130, 100)
    taken_s = np.array(list(made.pictures_ns())) / NS
    assert np.abs(seen(filmed(made)).pictures_s - taken_s).max() < 0.0001


@pytest.mark.parametrize("late_ms", [-30, 45])
def test_a_skew_that_is_there_is_measured(late_ms: int) -> None:
    film = seen(filmed(World(20, 0), latency_ns=-late_ms * MS))
    values = list(film.skews_ms().values())
    assert values == pytest.approx([late_ms] * len(values), abs=3)


@pytest.mark.parametrize("step_s", [-DAY_S, DAY_S])
def test_a_wall_clock_that_is_set_changes_no_film(
    step_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world(60, 50)
    usual = filmed(made)
    asked = iter(range(10**9))
    first_s = time.time()
    monkeypatch.setattr(time, "time", lambda: first_s + (next(asked) % 2) * step_s)
    monkeypatch.setattr(time, "time_ns", lambda: int(time.time() * NS))
    stepped = seen(filmed(made))
    before = seen(usual)
    assert abs(stepped.pictures_s[-1] - before.pictures_s[-1]) < 0.05
    assert abs(len(stepped.energy) - len(before.energy)) < 50


def test_nothing_on_a_films_way_reads_the_wall_clock() -> None:
    root = Path(vigbox.__file__).parent
    ways = [root / "devices", root / "media"]
    files = list(chain.from_iterable(way.glob("*.py") for way in ways))
    files += [root / "recorder" / f"{name}.py" for name in ("recording", "film", "intake")]
    assert len(files) > 20
    found = {
        f"{path.name}: {ast.unparse(node)}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if ast.unparse(node) in {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow"}
        or (isinstance(node, ast.alias) and node.name in {"now_at", "datetime"})
    }
    assert not found
