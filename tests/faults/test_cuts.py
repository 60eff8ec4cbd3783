"""Killed and without power at any moment of a recording: a second is lost at most.

``VIGBOX_SOAK=1`` takes 1,000 kills and 200 power cuts, ordinary runs a tenth of them by a seed of
their own; VIGBOX_SEED brings a run's moments back. Half of the folders film a lit room, half a dark
one. Every life begins with what the last one left, so the next press is proved each time; a
folder's last film is stopped by the button.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults import injection
from tests.faults.card import LoopCard, why_not
from tests.faults.chain import Chain
from tests.faults.kept import Tally, read
from tests.faults.rig import Rig
from vigbox.model import NS, Lamp

SOAK = os.environ.get("VIGBOX_SOAK") == "1"
SEED = int(os.environ.get("VIGBOX_SEED", time.time_ns() % 1_000_000))
KILLS = 1000 if SOAK else 100
POWER_CUTS = 200 if SOAK else 20
AT_ONCE = 4
PER_FOLDER = 25


Place = Callable[[], AbstractContextManager[tuple[Path, Callable[[Rig], None]]]]


@contextmanager
def folder() -> Iterator[tuple[Path, Callable[[Rig], None]]]:
    """A plain folder, where a cut is a SIGKILL."""
    with TemporaryDirectory(prefix="kills") as home:
        yield Path(home) / "data", Rig.kill


@contextmanager
def card() -> Iterator[tuple[Path, Callable[[Rig], None]]]:
    """A card, where a cut takes the power from it and from the recorder."""
    with LoopCard(256) as loop:

        def cut(rig: Rig) -> None:
            loop.cut_power()
            rig.kill()
            loop.pull_out()
            loop.put_in()

        yield loop.folder / "data", cut


def _chain(place: Place, lives: int, number: int) -> Tally:
    tally, rng = Tally(), random.Random(SEED * 1000 + number)
    with place() as (data, cut):
        chain = Chain(data, cut, rng, is_dark=_is_dark(number))
        for _ in range(lives):
            chain.live()
        chain.last_press()
        chain.judge(tally)
    return tally


def _is_dark(number: int) -> bool:
    return bool(number % 2)


def _all(place: Place, count: int) -> list[str]:
    """Run all chains; gives what is wrong with their films, and prints the figures."""
    folders = max(AT_ONCE, count // PER_FOLDER)
    totals = {False: Tally(), True: Tally()}
    print(f"seed {SEED}, {count} cuts")  # noqa: T201  # what brings the same moments back
    with ThreadPoolExecutor(AT_ONCE) as pool:
        each = pool.map(lambda number: _chain(place, count // folders, number), range(folders))
        for number, tally in enumerate(each):
            totals[_is_dark(number)].take(tally)
    print(f"a lit room: {totals[False]}; a dark one: {totals[True]}")  # noqa: T201
    return totals[False].faults + totals[True].faults


def test_killed_at_any_moment_a_second_is_lost_at_most() -> None:
    assert _all(folder, KILLS) == [], f"seed {SEED}"


@pytest.mark.skipif(bool(why_not()), reason=str(why_not()))
def test_without_power_at_any_moment_a_second_is_lost_at_most() -> None:
    assert _all(card, POWER_CUTS) == [], f"seed {SEED}"


@pytest.mark.skipif(bool(why_not() or injection.why_not()), reason="needs loop devices and strace")
def test_a_card_that_only_claims_to_be_safe_is_seen_to_lose_more() -> None:
    """The proof of the proof: without fdatasync the same cut and the same judge find a loss."""
    tally = Tally()
    with card() as (data, cut):
        chain = Chain(data, cut, random.Random(SEED))
        with Rig(data) as rig, injection.injected(rig, "fdatasync", "retval=0"):
            rig.until_lamp(Lamp.READY)
            rig.press()
            rig.until_lamp(Lamp.RECORDING)
            rig.until_time(time.monotonic_ns() + 4 * NS)
            cut_ns = time.monotonic_ns()
            cut(rig)
        (recording,) = chain.recordings()
        tally.add(rig.filmed_ns(cut_ns), read(chain.layout, recording, chain.identity), recording)
    assert len(tally.faults) == 1, str(tally)
