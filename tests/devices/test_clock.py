"""Samples placed on CLOCK_MONOTONIC by a line through what the sound card says."""

import random
from itertools import pairwise

import pytest

from vigbox.devices.clock import SampleClock, Timestamper
from vigbox.devices.microphone import BLOCK_SAMPLES, SAMPLES_PER_SECOND
from vigbox.model import NS

MS = NS // 1000
BLOCK_NS = NS // 50
EPOCH_NS = 5_000 * NS
SILENCE = bytes(2 * BLOCK_SAMPLES)


def true_ns(sample: int, ppm: float = 0) -> int:
    return EPOCH_NS + round(sample * NS / SAMPLES_PER_SECOND * (1 + ppm / 1e6))


def fed(
    clock: SampleClock, blocks: range, ppm: float = 0, late_ns: int = 0, shake_ns: int = 0
) -> None:
    rng = random.Random(4)
    for block in blocks:
        sample = block * BLOCK_SAMPLES
        clock.feed(sample, true_ns(sample, ppm) + late_ns + rng.randint(0, shake_ns))


def is_settled(clock: SampleClock) -> bool:
    return clock.is_settled


@pytest.mark.parametrize("ppm", [-300, -100, 0, 100, 300])
def test_a_crystal_that_drifts_is_followed(ppm: int) -> None:
    clock = SampleClock()
    worst = 0
    for block in range(50 * 120):
        sample = block * BLOCK_SAMPLES
        clock.feed(sample, true_ns(sample, ppm) + (block * 7919 % 400) * 1000)
        if clock.is_settled:
            worst = max(worst, abs(clock.time_ns(sample) - true_ns(sample, ppm)))
    assert worst < 0.8 * MS
    assert clock.drift_ppm == pytest.approx(ppm, abs=8)
    assert clock.steps == 0


def test_the_first_blocks_are_not_believed() -> None:
    clock = SampleClock()
    fed(clock, range(11), late_ns=-220 * MS)
    assert not is_settled(clock)
    fed(clock, range(11, 40))
    assert is_settled(clock)
    assert clock.time_ns(0) == pytest.approx(true_ns(0), abs=0.1 * MS)


def test_a_block_that_is_told_late_moves_nothing() -> None:
    clock = SampleClock()
    fed(clock, range(100))
    clock.feed(100 * BLOCK_SAMPLES, true_ns(100 * BLOCK_SAMPLES) + 80 * MS)
    assert not is_settled(clock)
    assert clock.time_ns(100 * BLOCK_SAMPLES) == true_ns(100 * BLOCK_SAMPLES)
    fed(clock, range(101, 102))
    assert is_settled(clock)
    assert clock.steps == 0


@pytest.mark.parametrize("lost_ns", [-15 * MS, 7 * MS, 500 * MS, 86_400 * NS])
def test_samples_lost_unsaid_begin_a_new_line(lost_ns: int) -> None:
    clock = SampleClock()
    fed(clock, range(500), ppm=90)
    fed(clock, range(500, 505), ppm=90, late_ns=lost_ns)
    assert clock.is_settled
    assert clock.steps == 1
    sample = 502 * BLOCK_SAMPLES
    assert clock.time_ns(sample) == pytest.approx(true_ns(sample, 90) + lost_ns, abs=0.1 * MS)
    assert clock.drift_ppm == pytest.approx(90, abs=1), "the crystal is still the same"


def test_a_clock_that_never_agrees_is_believed_in_the_middle() -> None:
    clock = SampleClock()
    fed(clock, range(60), shake_ns=40 * MS)
    assert clock.has_line
    assert clock.time_ns(0) == pytest.approx(true_ns(0) + 20 * MS, abs=10 * MS)


def test_a_clock_that_heard_nothing_knows_nothing() -> None:
    assert SampleClock().time_ns(0) == 0
    assert not SampleClock().is_settled


def test_blocks_wait_until_their_time_is_known() -> None:
    stamper = Timestamper(latency_ns=30 * MS)
    given = [
        stamper.take(SILENCE, true_ns(n * BLOCK_SAMPLES) - (200 * MS if n < 11 else 0))
        for n in range(40)
    ]
    sounds = [sound for each in given for sound in each]
    assert given[0] == []
    assert len(sounds) == 40
    assert sounds[0].time_ns == pytest.approx(true_ns(0) - 30 * MS, abs=0.1 * MS)
    steps = [after.time_ns - before.time_ns for before, after in pairwise(sounds)]
    assert steps == pytest.approx([BLOCK_NS] * 39, abs=0.1 * MS)


def test_no_block_waits_longer_than_a_second() -> None:
    stamper, rng = Timestamper(), random.Random(9)
    taken = given = 0
    for n in range(2_000):
        late_ns = rng.randrange(0, 300 * MS)
        given += len(stamper.take(SILENCE, true_ns(n * BLOCK_SAMPLES) + late_ns))
        taken += 1
        assert taken - given <= 51
    assert given + len(stamper.rest()) == taken


def test_a_loss_that_is_said_is_placed_from_its_first_block() -> None:
    stamper = Timestamper()
    sounds = []
    for n in range(200):
        lost_ns = 130 * MS if n >= 100 else 0
        time_ns = true_ns(n * BLOCK_SAMPLES) + lost_ns
        sounds += stamper.take(SILENCE, time_ns, is_broken=n == 100)
    assert len(sounds) == 200
    for n, sound in enumerate(sounds):
        lost_ns = 130 * MS if n >= 100 else 0
        assert sound.time_ns == pytest.approx(true_ns(n * BLOCK_SAMPLES) + lost_ns, abs=0.1 * MS)
