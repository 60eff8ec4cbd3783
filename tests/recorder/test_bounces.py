"""Twenty thousand bounce trains, in a soak ten times as many: the box does what the presses meant.

Each change of the button chatters for up to 25 ms and some of that chatter is missed by the
kernel. It goes through the panel's guard into the state machine, look by look, as in the box;
what the presses meant is told apart from both, by :func:`meant`.
"""

import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal, TypeAlias

import pytest

from vigbox.devices.panel import Debounce, Edge
from vigbox.recorder.state import Act, Pressed, Released, State, Tick

SEED = int(os.environ.get("VIGBOX_SEED", time.time_ns() % 1_000_000))
SOAK = os.environ.get("VIGBOX_SOAK") == "1"
TRAINS = 100_000 if SOAK else 10_000
MS = 1_000_000
CHATTER_MS = 25
LOOK_NS = 20 * MS
LATE_NS = 400 * MS
STALLED_NS = 4000 * MS
LENGTHS_MS = [(60, 399), (60, 399), (401, 999), (1001, 1450), (1550, 2500), (5050, 5200)]

Start: TypeAlias = Literal["idle", "recording", "paused"]


@dataclass(frozen=True)
class Press:
    """What a person did, in ns."""

    down_ns: int
    up_ns: int

    @property
    def length_ms(self) -> float:
        return (self.up_ns - self.down_ns) / MS


def pressed(rng: random.Random) -> list[Press]:
    """Make presses and holds of all lengths, as fast as fingers go, or seconds apart."""
    made, clock = [], 1000 * MS
    for _ in range(rng.randrange(1, 5)):
        shortest, longest = rng.choice(LENGTHS_MS)
        up_ns = clock + rng.randrange(shortest * MS, longest * MS)
        made.append(Press(clock, up_ns))
        pause = (70, 330) if rng.random() < 0.6 else (500, 1200)
        clock = up_ns + rng.randrange(pause[0] * MS, pause[1] * MS)
    return made


def bounced(rng: random.Random, press: Press) -> Iterator[Edge]:
    """Give a press as a contact makes it: first touch, chatter, then the level stays."""
    for is_down, at_ns in ((True, press.down_ns), (False, press.up_ns)):
        yield Edge(is_down, at_ns)
        times = sorted(rng.randrange(1, CHATTER_MS * MS) for _ in range(2 * rng.randrange(8)))
        for number, after_ns in enumerate(times, 1):
            if number == len(times) or rng.random() < 0.9:  # the kernel misses a few
                yield Edge(is_down ^ bool(number % 2), at_ns + after_ns)


def looks(rng: random.Random, edges: Sequence[Edge], longest_ns: int) -> Iterator[int]:
    """Give the moments at which the box looks at its button."""
    now_ns, end_ns = edges[0].time_ns, edges[-1].time_ns + 2 * max(LATE_NS, longest_ns)
    while now_ns < end_ns:
        now_ns += rng.randrange(LOOK_NS // 2, longest_ns + 1)
        yield now_ns


def acted(
    state: State, edges: Sequence[Edge], moments: Iterator[int]
) -> tuple[list[Edge], list[Act]]:
    """Do as ``Box.tick`` does: the edges so far, then the time; gives presses felt and acts."""
    debounce, next_edge = Debounce(), 0
    felt: list[Edge] = []
    acts: list[Act] = []
    for now_ns in moments:
        fresh: list[Edge] = []
        while next_edge < len(edges) and edges[next_edge].time_ns <= now_ns:
            fresh += debounce.feed(edges[next_edge])
            next_edge += 1
        fresh += debounce.settle(now_ns)
        felt += fresh
        for each in fresh:
            event = Pressed(each.time_ns) if each.is_down else Released(each.time_ns)
            state, more = state.step(event)
            acts += more
        state, more = state.step(Tick(now_ns))
        acts += more
    return felt, acts


def meant(start: Start, presses: list[Press]) -> list[tuple[str, int]]:
    """Tell what a person wants who knows the panel's rules; times in ns."""
    if start == "idle":
        return _meant_idle(presses)
    wanted: list[tuple[str, int]] = []
    rest = list(presses)
    if start == "paused":
        wanted.append(("resume", rest.pop(0).down_ns))
    while rest:
        press = rest.pop(0)
        soon = bool(rest) and rest[0].down_ns - press.down_ns <= 400 * MS
        if press.length_ms >= 1500:
            return [*wanted, ("stop", press.down_ns + 1500 * MS)]
        if press.length_ms <= 400 and soon:
            rest.pop(0)
            wanted.append(("pause", press.down_ns))
            wanted += [("resume", rest.pop(0).down_ns)] if rest else []
        elif press.length_ms < 1000:
            wanted.append(("mark", press.down_ns))
    return wanted


def _meant_idle(presses: list[Press]) -> list[tuple[str, int]]:
    wanted: list[tuple[str, int]] = []
    for press in presses:
        if press.length_ms < 1000:
            return [*wanted, ("start", press.down_ns)]
        if press.length_ms >= 5000:
            wanted.append(("pair", press.down_ns + 5000 * MS))
    return wanted


def prove(seed: int, longest_ns: int) -> int:
    """Play some presses and compare; gives how many bounce trains they made."""
    rng = random.Random(seed)
    start: Start = rng.choice(["idle", "recording", "recording", "paused"])
    presses = pressed(rng)
    edges = [edge for press in presses for edge in bounced(rng, press)]
    felt, acts = acted(State(start), edges, looks(rng, edges, longest_ns))
    told = f"seed {seed}: {start}, {presses}"
    assert felt == [
        edge
        for press in presses
        for edge in (
            Edge(is_down=True, time_ns=press.down_ns),
            Edge(is_down=False, time_ns=press.up_ns),
        )
    ], told
    wanted = meant(start, presses)
    assert [act.what for act in acts] == [what for what, _ in wanted], told
    for act, (what, at_ns) in zip(acts, wanted, strict=True):
        late_ns = longest_ns if what in ("stop", "pair") else 0  # a hold acts at the next look
        assert at_ns <= act.at_ns <= at_ns + late_ns, told
    return 2 * len(presses)


def prove_all(trains: int, longest_ns: int) -> None:
    done = 0
    print(f"seed {SEED}, {trains} bounce trains")  # noqa: T201  # what brings them back
    for number in count():
        done += prove(SEED * trains + number, longest_ns)
        if done >= trains:
            return


def test_exactly_what_a_person_pressed() -> None:
    prove_all(TRAINS, LOOK_NS)


def test_exactly_what_a_person_pressed_on_a_busy_machine() -> None:
    prove_all(TRAINS // 2, LATE_NS)


def test_exactly_what_a_person_pressed_on_a_machine_that_stalls_for_seconds() -> None:
    prove_all(TRAINS // 2, STALLED_NS)


@pytest.mark.parametrize(
    ("start", "length_ms", "what"), [("recording", 1600, "stop"), ("idle", 5100, "pair")]
)
def test_a_hold_that_was_looked_at_only_after_its_end_still_counts(
    start: Start, length_ms: int, what: str
) -> None:
    edges = [Edge(is_down=True, time_ns=0), Edge(is_down=False, time_ns=length_ms * MS)]
    _, acts = acted(State(start), edges, iter([10 * MS, 7000 * MS]))
    assert [act.what for act in acts] == [what]
