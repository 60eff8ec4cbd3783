"""A card that answers late: the box answers, the lamp's heartbeat goes on and claims nothing."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from tests.recorder.conftest import Bench
from vigbox.model import NS, Lamp, Life
from vigbox.recorder.scribe import STUCK_NS, Scribe
from vigbox.store import manifests

HANGS_S = 5.0
BLOCKED_S = 60.0
ANSWERS_NS = int(BLOCKED_S / 2 * NS)
"""Whoever waits for the card waits twice as long; a machine with much else to do does not."""


class SlowCard:
    """Holds up the one thread that makes things durable, as an fsync that hangs does."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._answers = threading.Event()

    def hangs(self) -> None:
        self._answers.clear()
        self._bench.scribe.do(lambda: self._answers.wait(BLOCKED_S))

    def answers(self) -> None:
        self._answers.set()

    def watch(self, lamp: Lamp) -> None:
        """Tick for five seconds: no status waits for the card, every word is the right one."""
        end_ns = time.monotonic_ns() + int(HANGS_S * NS)
        before_ns = time.monotonic_ns()
        over = threading.Event()
        while before_ns < end_ns:
            self._bench.box.tick()
            status = self._bench.box.status()
            now_ns = time.monotonic_ns()
            assert now_ns - before_ns < ANSWERS_NS
            assert status["lamp"] == lamp, status
            assert self._bench.box.is_progressing()
            before_ns = now_ns
            over.wait(0.02)


@pytest.fixture
def card(bench: Bench) -> Iterator[SlowCard]:
    card = SlowCard(bench)
    bench.arm()
    yield card
    card.answers()


def test_a_manifest_that_hangs_at_the_start_is_acknowledged_and_begins_no_film(
    bench: Bench, card: SlowCard
) -> None:
    bench.until("it is ready", lambda: bench.panel.lamps[-1:] == [Lamp.READY])
    card.hangs()
    bench.press(200)
    card.watch(Lamp.ACKNOWLEDGED)
    assert not list(bench.layout.recordings.iterdir())
    card.answers()
    bench.until("it is red", lambda: bench.panel.lamps[-1] is Lamp.RECORDING)


def test_a_manifest_that_hangs_at_the_stop_is_acknowledged_until_it_is_on_the_card(
    bench: Bench, card: SlowCard
) -> None:
    bench.press(200)
    bench.until("it is red", lambda: bench.box.status()["length_ns"] > NS)
    recording = bench.box.status()["recording"]
    card.hangs()
    bench.box.ask("stop")
    card.watch(Lamp.ACKNOWLEDGED)
    assert bench.box.status()["recording"] == recording
    assert manifests.read(bench.layout.manifest(recording)).life is Life.RECORDING
    card.answers()
    bench.until("it is green", lambda: bench.panel.lamps[-1] is Lamp.READY)
    assert manifests.read(bench.layout.manifest(recording)).life is Life.FINISHED


def test_a_film_that_ends_by_itself_is_not_green_before_its_manifest(
    bench: Bench, card: SlowCard
) -> None:
    bench.press(200)
    bench.until("it is red", lambda: bench.box.status()["length_ns"] > NS)
    making = bench.box._making
    assert making is not None
    assert making.recording is not None
    card.hangs()
    making.recording._film.length_ns = 10**15  # longer than the longest
    bench.until("it is over", lambda: bool(making.recording and making.recording.is_over))
    card.watch(Lamp.ACKNOWLEDGED)
    card.answers()
    bench.until("it is green", lambda: bench.panel.lamps[-1] is Lamp.READY)


def test_a_command_that_must_be_durable_holds_up_nobody_else(bench: Bench, card: SlowCard) -> None:
    card.hangs()
    asked = threading.Thread(target=lambda: bench.arm(counter=2))
    asked.start()
    card.watch(Lamp.READY)
    assert asked.is_alive(), "what is not durable is not told as done"
    card.answers()
    asked.join(60)
    assert not asked.is_alive()


def test_what_is_asked_is_done_in_order_and_errors_are_told_where_it_was_asked() -> None:
    scribe, done = Scribe(), list[int]()

    def fails() -> None:
        raise OSError(5, "Input/output error")

    first: Future[None] = scribe.do(lambda: done.append(1))
    second = scribe.do(fails)
    scribe.do(lambda: done.append(2))
    scribe.close()
    assert first.done()
    assert isinstance(second.exception(), OSError)
    assert done == [1, 2]


def test_a_card_that_never_answers_is_told_after_ten_seconds() -> None:
    scribe, answers = Scribe(), threading.Event()
    begun = threading.Event()

    def hangs() -> None:
        begun.set()
        answers.wait(60)

    scribe.do(hangs)
    assert begun.wait(60)
    assert not scribe.is_stuck(time.monotonic_ns())
    assert scribe.is_stuck(time.monotonic_ns() + STUCK_NS + NS)
    answers.set()
    scribe.close()
    assert not scribe.is_stuck(time.monotonic_ns() + 2 * STUCK_NS)


def test_a_card_that_never_answers_makes_the_box_say_so(bench: Bench, card: SlowCard) -> None:
    card.hangs()
    begun = bench.scribe
    bench.until("it hangs", lambda: begun.is_stuck(time.monotonic_ns() + 2 * STUCK_NS))
    told = bench.box._card.problem(time.monotonic_ns() + 2 * STUCK_NS)
    assert told == "The card does not answer. Wait a moment; replace it if this stays."
