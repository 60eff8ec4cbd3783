"""What each word looks like, on gpiozero's own simulated pins."""

from collections.abc import Iterator
from itertools import groupby, pairwise

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from vigbox.devices.lights import (
    BLINK_NS,
    LAMP_PINS,
    RGB,
    ROUND_NS,
    TWO,
    Lights,
    Shown,
)
from vigbox.model import NS, Lamp

STEP_NS = 40_000_000
BOTH_KINDS = pytest.mark.parametrize("is_two", [False, True], ids=["rgb", "two"])


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.close()


def film(pins: MockFactory, lamp: Lamp, *, is_two: bool, seconds: int = 6) -> list[list[float]]:
    """What the pins do while a word is shown: one picture every 40 ms."""
    lights = Lights(pins, is_two=is_two)
    used = LAMP_PINS[:2] if is_two else LAMP_PINS
    seen = []
    for now_ns in range(7 * NS, (7 + seconds) * NS, STEP_NS):
        lights.show(lamp, now_ns)
        seen.append([float(pins.pin(pin).state) for pin in used])
        assert lights.levels == seen[-1]
    lights.close()
    return seen


def longest_lit(seen: list[list[float]]) -> int:
    """How many pictures in a row the red one was fully lit."""
    longest = run = 0
    for levels in seen:
        run = run + 1 if levels[0] == 1 else 0
        longest = max(longest, run)
    return longest


def test_every_word_has_a_pattern() -> None:
    assert set(RGB) == set(TWO) == set(Lamp)


@BOTH_KINDS
def test_steady_red_is_a_film_and_nothing_else_is(pins: MockFactory, *, is_two: bool) -> None:
    for lamp in Lamp:
        seen = film(pins, lamp, is_two=is_two)
        if lamp is Lamp.RECORDING:
            assert {tuple(levels) for levels in seen} == {(1.0, *(0.0 for _ in seen[0][1:]))}
        elif lamp is Lamp.REMINDER:  # also a film
            assert {levels[1] > 0 for levels in seen} == {False, True}
        elif lamp is not Lamp.ACKNOWLEDGED or is_two:
            assert longest_lit(seen) * STEP_NS <= 300_000_000, lamp
        else:
            assert {tuple(levels) for levels in seen} == {(1, 1, 1)}


@BOTH_KINDS
def test_no_red_at_all_while_the_lamp_says_ready_or_dark(
    pins: MockFactory, *, is_two: bool
) -> None:
    for lamp in (Lamp.READY, Lamp.DARK):
        assert {levels[0] for levels in film(pins, lamp, is_two=is_two)} == {0}


HINTS = (Lamp.READY_HINT, Lamp.HINT)


def blinks(seen: list[list[float]]) -> list[tuple[int, int]]:
    """Where the red one was lit, from which picture on and for how many, in any colour."""
    runs: list[tuple[int, int]] = []
    for at, levels in enumerate(seen):
        if levels[0] > 0:
            start, length = runs[-1] if runs and sum(runs[-1]) == at else (at, 0)
            runs[len(runs) - (length > 0) :] = [(start, length + 1)]
    return runs


@BOTH_KINDS
@pytest.mark.parametrize("lamp", HINTS)
def test_a_hint_is_one_short_amber_blink_in_a_round(
    pins: MockFactory, *, lamp: Lamp, is_two: bool
) -> None:
    seen = film(pins, lamp, is_two=is_two, seconds=12)
    rounds = ROUND_NS // STEP_NS
    assert blinks(seen) == [(85 + n * rounds, BLINK_NS // STEP_NS) for n in range(3)]
    amber = {tuple(levels) for levels in seen if levels[0] > 0}
    assert amber == ({(1.0, 1.0)} if is_two else {(1.0, 0.45, 0.0)})
    # the blink stands alone: without colours too it is told from what it interrupts
    for start, length in blinks(seen):
        beside = seen[start - 10 : start] + seen[start + length : start + length + 10]
        assert not any(map(any, beside))


@BOTH_KINDS
def test_between_two_blinks_a_hint_is_ready_or_dark(pins: MockFactory, *, is_two: bool) -> None:
    for lamp, rest in ((Lamp.READY_HINT, Lamp.READY), (Lamp.HINT, Lamp.DARK)):
        hinted = film(pins, lamp, is_two=is_two, seconds=3)
        assert hinted == film(pins, rest, is_two=is_two, seconds=3)


@BOTH_KINDS
def test_who_sees_no_colours_tells_a_hint_from_every_other_word(
    pins: MockFactory, *, is_two: bool
) -> None:
    """By rhythm: long and short light in turn, or short light and long dark; no other has it."""
    both, alone = set(), set()
    for lamp in Lamp:
        seen = film(pins, lamp, is_two=is_two, seconds=20)
        # the ends of the film cut what is shown there
        runs = [(on, len([*each])) for on, each in groupby(max(each) > 0.3 for each in seen)][1:-1]
        lit = {length for on, length in runs if on}
        if lit and min(lit) <= BLINK_NS // STEP_NS < 8 * min(lit) <= max(lit):
            both.add(lamp)
        dark = [length for on, length in runs if not on]
        if dark and min(dark) * STEP_NS > 3 * NS:
            alone.add(lamp)
    assert (both, alone) == ({Lamp.READY_HINT}, {Lamp.HINT})


@BOTH_KINDS
def test_who_sees_no_colours_tells_a_pause_from_ready(pins: MockFactory, *, is_two: bool) -> None:
    """Ready swells once in three seconds, a pause twice; then it is dark for longer than not."""

    def swells(lamp: Lamp) -> list[tuple[bool, int]]:
        seen = (max(each) > 0 for each in film(pins, lamp, is_two=is_two, seconds=9))
        return [(on, len([*each])) for on, each in groupby(seen)]

    assert [length for on, length in swells(Lamp.READY) if on] == [74, 74, 74]
    assert [length for on, length in swells(Lamp.PAUSED) if on] == [14] * 6
    assert sum(length >= 45 for on, length in swells(Lamp.PAUSED) if not on) == 3


@BOTH_KINDS
def test_a_hint_after_a_refusal_is_no_fourth_blink(pins: MockFactory, *, is_two: bool) -> None:
    lights = Lights(pins, is_two=is_two)
    lit = []
    for now_ns in range(0, 5 * NS, STEP_NS):
        lights.show(Lamp.REFUSED if now_ns < 3 * NS // 2 else Lamp.HINT, now_ns)
        lit.append(lights.levels[0] > 0)
    lights.close()
    ends = max(at for at, is_lit in enumerate(lit[:60]) if is_lit)
    assert not any(lit[ends + 1 : ends + 1 + 3 * NS // STEP_NS])
    assert any(lit[ends + 1 :])


@BOTH_KINDS
def test_ready_breathes_slowly_from_dark(pins: MockFactory, *, is_two: bool) -> None:
    green = [levels[1] for levels in film(pins, Lamp.READY, is_two=is_two, seconds=3)]
    assert green[0] == 0
    assert green.index(max(green)) in (37, 38)
    assert max(green) > 0.97
    assert max(abs(a - b) for a, b in pairwise(green)) < 0.04


@BOTH_KINDS
def test_a_refusal_is_three_blinks_and_then_dark(pins: MockFactory, *, is_two: bool) -> None:
    lit = [levels[0] > 0 and levels[1] > 0 for levels in film(pins, Lamp.REFUSED, is_two=is_two)]
    starts = sum(now and not before for before, now in zip([False, *lit], lit, strict=False))
    assert starts == 3
    assert not any(lit[38:])


def test_on_two_leds_white_alternates(pins: MockFactory) -> None:
    seen = film(pins, Lamp.ACKNOWLEDGED, is_two=True)
    assert {tuple(levels) for levels in seen} == {(1, 0), (0, 1)}


def test_two_leds_leave_the_third_pin_alone(pins: MockFactory) -> None:
    Lights(pins, is_two=True).close()
    assert LAMP_PINS[2] not in {info.name for info in pins.pins}
    assert len(pins.pins) == 2


@BOTH_KINDS
def test_it_is_dark_from_the_start_and_after_the_end(pins: MockFactory, *, is_two: bool) -> None:
    red = pins.pin(LAMP_PINS[0])
    red.function = "output"
    red.state = 1.0  # as another process left it
    lights = Lights(pins, is_two=is_two)
    assert red.state == 0
    lights.show(Lamp.RECORDING, 0)
    assert red.state == 1
    lights.close()
    assert red.state == 0


def test_a_pattern_starts_anew_with_its_word(pins: MockFactory) -> None:
    lights = Lights(pins)
    lights.show(Lamp.REFUSED, 0)
    lights.show(Lamp.READY, 2 * NS)
    lights.show(Lamp.REFUSED, 3 * NS)
    assert lights.levels == [1, 0.45, 0]
    lights.close()


@pytest.mark.parametrize("pattern", [*RGB.values(), *TWO.values()])
def test_levels_are_levels(pattern: Shown) -> None:
    for since_ns in range(0, 7 * NS, 7_000_001):
        assert all(0 <= level <= 1 for level in pattern.at(since_ns))
