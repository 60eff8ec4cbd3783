"""The button without its chatter, on gpiozero's own simulated pins."""

import random
import time
from collections.abc import Iterator

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from vigbox.devices.panel import BUTTON_PIN, Debounce, Edge, Panel
from vigbox.model import NS

MS = 1_000_000


def presses_in(debounce: Debounce, edges: list[Edge], end_ns: int) -> list[Edge]:
    seen = [change for edge in edges for change in debounce.feed(edge)]
    return seen + list(debounce.settle(end_ns))


def train(rng: random.Random, *, is_down: bool, at_ns: int) -> list[Edge]:
    """One change as a contact makes it: chatter within 25 ms, then the level stays."""
    times = sorted(rng.uniform(0, 25 * MS) for _ in range(2 * rng.randrange(6)))
    levels = [is_down, *(is_down ^ (n % 2 == 0) for n in range(len(times)))]
    return [
        Edge(level, at_ns + int(after)) for level, after in zip(levels, [0.0, *times], strict=True)
    ]


def test_chatter_never_makes_or_loses_a_press() -> None:
    rng = random.Random(20261121)
    for _ in range(1000):
        edges, clock, meant = [], 0, []
        for _ in range(rng.randrange(1, 5)):
            clock += rng.randrange(80, 900) * MS
            meant.append(clock)
            edges += train(rng, is_down=True, at_ns=clock)
            clock += rng.randrange(60, 900) * MS
            edges += train(rng, is_down=False, at_ns=clock)
        seen = presses_in(Debounce(), edges, clock + 1000 * MS)
        assert [each.is_down for each in seen] == [True, False] * len(meant)
        assert [each.time_ns for each in seen if each.is_down] == meant


def test_a_contact_that_ends_up_open_was_let_go() -> None:
    debounce = Debounce()
    assert [each.is_down for each in debounce.feed(Edge(is_down=True, time_ns=0))] == [True]
    assert list(debounce.feed(Edge(is_down=False, time_ns=5 * MS))) == []
    assert list(debounce.settle(2000 * MS)) == [Edge(is_down=False, time_ns=30 * MS)]


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.close()


@pytest.fixture
def panel(pins: MockFactory) -> Iterator[Panel]:
    panel = Panel(pins)
    yield panel
    panel.close()


def test_the_button_closes_to_ground(panel: Panel, pins: MockFactory) -> None:
    pins.pin(BUTTON_PIN).drive_low()
    assert [each.is_down for each in panel.changes(1 << 62)] == [True]
    assert list(panel.changes(1 << 62)) == []


def test_a_press_is_as_long_as_its_edges_tell_however_late_they_are_heard(
    panel: Panel,
) -> None:
    began_ns = time.monotonic_ns()
    for is_down, ago_ns in ((True, 3000 * MS), (False, 2700 * MS)):
        panel._button.pin.when_changed((began_ns - ago_ns) / NS, int(not is_down))
    down, up = panel.changes(time.monotonic_ns())
    assert (down.is_down, up.is_down) == (True, False)
    assert up.time_ns - down.time_ns == pytest.approx(300 * MS, abs=1000)
    assert down.time_ns == pytest.approx(began_ns - 3000 * MS, abs=1000)


def test_a_time_of_another_clock_is_no_time_of_a_press(panel: Panel) -> None:
    before_ns = time.monotonic_ns()
    panel._button.pin.when_changed(time.time(), 0)
    (down,) = panel.changes(time.monotonic_ns())
    assert before_ns <= down.time_ns <= time.monotonic_ns()


def test_a_finger_that_has_let_go_unheard_is_told(panel: Panel, pins: MockFactory) -> None:
    pins.pin(BUTTON_PIN).drive_low()
    assert [each.is_down for each in panel.changes(time.monotonic_ns())] == [True]
    told, pin = [panel.is_heard], pins.pin(BUTTON_PIN)
    hears, pin.when_changed = pin.when_changed, None
    pin.drive_high()  # the edge is on its way
    told.append(panel.is_heard)
    pin.when_changed = hears
    hears(time.monotonic(), 1)
    told.append(panel.is_heard)  # it was not taken yet
    assert [each.is_down for each in panel.changes(time.monotonic_ns())] in ([], [False])
    told.append(panel.is_heard)
    assert told == [True, False, False, True]
