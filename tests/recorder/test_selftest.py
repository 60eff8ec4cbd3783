"""Flashes and beeps of the drawn stage, the beeps late by what is known."""

import json
import random
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from vigbox.devices.drawn import DrawnStage
from vigbox.devices.microphone import BLOCK_SAMPLES, Sound
from vigbox.model import NS
from vigbox.recorder.selftest import (
    Latency,
    SelfTestError,
    beeps_ns,
    flashes_ns,
    keep,
    latency_ns_of,
    measured,
)

MS = NS // 1000
EPOCH_NS = 77 * NS
HEIGHT = 180


@cache
def pictures(seconds: int) -> list[tuple[int, float]]:
    """The mean luma of each picture below its number, from half a second before a flash."""
    shown = islice(DrawnStage(320, HEIGHT, 25).pictures(), 12, 25 * seconds)
    return [
        (EPOCH_NS + time_ns, float(frame.to_ndarray()[HEIGHT // 20 : HEIGHT].mean()))
        for time_ns, frame in shown
    ]


def sounds(seconds: int, late_ns: int, noise: int = 0, shake_ns: int = 0) -> list[Sound]:
    rng, chance = np.random.default_rng(5), random.Random(5)
    made = []
    for block, samples in enumerate(islice(DrawnStage(320, HEIGHT, 25).sound(), 50 * seconds)):
        heard = np.frombuffer(samples, "<i2") + rng.integers(-noise, noise + 1, BLOCK_SAMPLES)
        shaken_ns = chance.randint(-shake_ns, shake_ns)
        time_ns = EPOCH_NS + block * 20 * MS + late_ns + shaken_ns
        made.append(Sound(heard.astype("<i2").tobytes(), time_ns))
    return made[25:]


@pytest.mark.parametrize("late_ms", [-120, 0, 35, 210])
def test_a_known_delay_is_found(late_ms: int) -> None:
    latency = measured(pictures(10), sounds(10, late_ms * MS, noise=300, shake_ns=MS))
    assert latency.latency_ns == pytest.approx(late_ms * MS, abs=2 * MS)
    assert latency.spread_ns <= 4 * MS
    assert latency.pairs == 9


def test_every_flash_and_every_beep_is_found_once() -> None:
    due = [EPOCH_NS + second * NS for second in range(1, 10)]
    assert flashes_ns(pictures(10)).tolist() == due
    assert beeps_ns(sounds(10, 0)).tolist() == due


def test_a_few_false_beeps_move_nothing() -> None:
    heard = sounds(12, 50 * MS)
    loud = np.full(BLOCK_SAMPLES, 12_000, "<i2").tobytes()
    for block in (40, 85):
        heard[block] = Sound(loud, heard[block].time_ns)
    latency = measured(pictures(12), heard)
    assert latency.latency_ns == pytest.approx(50 * MS, abs=2 * MS)


def test_four_pairs_are_too_few() -> None:
    with pytest.raises(SelfTestError, match="only 4 agree"):
        measured(pictures(5), sounds(5, 0))


def test_beeps_that_do_not_keep_to_the_flashes_are_refused() -> None:
    rng, heard = random.Random(3), []
    beep, silence = sounds(2, 0)[25].samples, bytes(2 * BLOCK_SAMPLES)
    for second in range(1, 10):
        at_ns = EPOCH_NS + second * NS + rng.randint(-390, 390) * MS
        heard += [Sound(beep, at_ns), Sound(silence, at_ns + 20 * MS)]
        heard += [Sound(silence, at_ns + n * 20 * MS) for n in range(2, 10)]
    with pytest.raises(SelfTestError, match="5 are needed"):
        measured(pictures(10), heard)


@pytest.mark.parametrize("heard", [[], sounds(10, 0)[:1], [Sound(bytes(1920), EPOCH_NS)] * 100])
def test_silence_is_refused(heard: list[Sound]) -> None:
    with pytest.raises(SelfTestError, match=r"flashes and heard \d+ beeps"):
        measured(pictures(10), heard)


def test_a_dark_camera_is_refused() -> None:
    dark = [(time_ns, 16.0) for time_ns, _ in pictures(10)]
    with pytest.raises(SelfTestError, match="saw 0 flashes"):
        measured(dark, sounds(10, 0))
    with pytest.raises(SelfTestError, match="saw 0 flashes"):
        measured([], sounds(10, 0))


def test_each_microphone_keeps_its_own_latency(tmp_path: Path) -> None:
    path = tmp_path / "latency.json"
    assert latency_ns_of(path, "USB") == 0
    keep(path, "USB", Latency(31 * MS, 2 * MS, 9))
    keep(path, "I2S", Latency(-4 * MS, MS, 7))
    keep(path, "USB", Latency(30 * MS, MS, 8))
    assert (latency_ns_of(path, "USB"), latency_ns_of(path, "I2S")) == (30 * MS, -4 * MS)
    facts = json.loads(path.read_text())
    assert facts["microphones"]["USB"]["pairs"] == 8
    assert [each.name for each in tmp_path.iterdir()] == ["latency.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 2, "microphones": {"USB": {"latency_ns": 5}}}',
        '{"version": 1, "microphones": []}',
        '{"version": 1, "microphones": {"USB": 5}}',
        '{"version": 1, "microphones": {"USB": {"latency_ns": "5"}}}',
        '{"version": 1, "microphones": {"USB": {"latency_ns": 99000000000}}}',
    ],
)
def test_a_file_that_makes_no_sense_is_no_latency(tmp_path: Path, text: str) -> None:
    path = tmp_path / "latency.json"
    path.write_text(text)
    assert latency_ns_of(path, "USB") == 0
    keep(path, "I2S", Latency(MS, 0, 5))
    assert latency_ns_of(path, "I2S") == MS
