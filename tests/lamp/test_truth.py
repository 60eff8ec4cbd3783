"""What may shine: lists of what was heard and when, and what is shown for it."""

import random

import pytest

from vigbox.lamp.message import Message
from vigbox.lamp.truth import ALARM_NS, HEARD_NS, SAFE_NS, STARTING_NS, Truth
from vigbox.model import NS, Lamp

MS = 1_000_000
SILENT = [Lamp.DARK, Lamp.READY, Lamp.READY_HINT, Lamp.HINT, Lamp.REFUSED, Lamp.FRAMING]
KEPT = [Lamp.RECORDING, Lamp.REMINDER, Lamp.PAUSED]
OVER_A_FILM = [*KEPT, Lamp.ACKNOWLEDGED, Lamp.PROBLEM]

# (at ms, the word, its safe_at ms) is heard; (at ms, the word) is what must be shown then
Heard = tuple[int, Lamp, int | None]
Shown = tuple[int, Lamp]

LIVES: dict[str, list[Heard | Shown]] = {
    "a recorder that was never heard": [(0, Lamp.DARK), (99_999, Lamp.DARK)],
    "a film from press to stop": [
        (0, Lamp.READY, None),
        (1, Lamp.READY),
        (200, Lamp.ACKNOWLEDGED, None),
        (1500, Lamp.ACKNOWLEDGED),
        (1600, Lamp.RECORDING, 1550),
        (1601, Lamp.RECORDING),
        (1850, Lamp.RECORDING, 1550),
        (2849, Lamp.RECORDING),
        (2900, Lamp.PAUSED, 2860),
        (2901, Lamp.PAUSED),
        (3000, Lamp.READY, None),
        (3001, Lamp.READY),
    ],
    "a recorder killed at red": [
        (0, Lamp.RECORDING, 0),
        (999, Lamp.RECORDING),
        (1000, Lamp.PROBLEM),
        (29_999, Lamp.PROBLEM),
        (30_000, Lamp.DARK),
        (999_999, Lamp.DARK),
    ],
    "one killed at red and started again": [
        (0, Lamp.RECORDING, 0),
        (1000, Lamp.PROBLEM),
        (4000, Lamp.READY, None),
        (4001, Lamp.READY),
    ],
    "one stopped at red that goes on": [
        (0, Lamp.RECORDING, 0),
        (5000, Lamp.PROBLEM),
        (5100, Lamp.RECORDING, 0),
        (5101, Lamp.PROBLEM),
        (5400, Lamp.RECORDING, 5390),
        (5401, Lamp.RECORDING),
    ],
    "a card that takes nothing more": [
        (0, Lamp.RECORDING, 0),
        (900, Lamp.RECORDING, 0),
        (1800, Lamp.RECORDING, 0),
        (1999, Lamp.RECORDING),
        (2000, Lamp.PROBLEM),
        (2500, Lamp.RECORDING, 0),
        (2501, Lamp.PROBLEM),
    ],
    "a pause that reaches no card": [(0, Lamp.PAUSED, None), (1, Lamp.PROBLEM)],
    "a film that was never durable": [(0, Lamp.RECORDING, None), (1, Lamp.PROBLEM)],
    "a fdatasync from the future": [(10, Lamp.RECORDING, 11), (20, Lamp.PROBLEM)],
    "a camera that takes its time to start": [
        (0, Lamp.ACKNOWLEDGED, None),
        (4999, Lamp.ACKNOWLEDGED),
        (5000, Lamp.PROBLEM),
    ],
    "a recorder that ends in order": [
        (0, Lamp.RECORDING, 0),
        (10, Lamp.DARK, None),
        (1500, Lamp.DARK),
    ],
}


def at(message: Heard) -> Message:
    when_ms, lamp, safe_ms = message
    return Message(lamp, None if safe_ms is None else safe_ms * MS, when_ms * MS)


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES.keys())
def test_what_is_shown(life: list[Heard | Shown]) -> None:
    truth = Truth()
    for event in life:
        if len(event) == 3:
            truth.feed(at(event), event[0] * MS)
        else:
            assert (event[0], truth.shown(event[0] * MS)) == event


@pytest.mark.parametrize("lamp", SILENT)
def test_without_a_film_silence_is_dark_at_once(lamp: Lamp) -> None:
    truth = Truth()
    truth.feed(Message(lamp, None, 0), 0)
    assert truth.shown(HEARD_NS - 1) is lamp
    assert truth.shown(HEARD_NS) is Lamp.DARK


@pytest.mark.parametrize("lamp", OVER_A_FILM)
def test_over_a_film_silence_is_a_problem_then_dark(lamp: Lamp) -> None:
    truth = Truth()
    truth.feed(Message(lamp, 0, 0), 0)
    assert truth.shown(STARTING_NS) is Lamp.PROBLEM
    assert truth.shown(ALARM_NS) is Lamp.DARK


def test_every_word_was_thought_of() -> None:
    assert {*SILENT, *OVER_A_FILM} == set(Lamp)


def test_a_message_that_waited_is_as_old_as_its_sending() -> None:
    truth = Truth()
    truth.feed(Message(Lamp.RECORDING, 0, 0), 3 * NS)
    assert truth.shown(3 * NS) is Lamp.PROBLEM


def test_neither_the_past_nor_the_future_is_believed() -> None:
    truth = Truth()
    truth.feed(Message(Lamp.READY, None, 10), 10)
    truth.feed(Message(Lamp.RECORDING, 5, 9), 10)
    truth.feed(Message(Lamp.RECORDING, 5, 10), 10)
    truth.feed(Message(Lamp.RECORDING, 5, 12), 11)
    assert truth.shown(12) is Lamp.READY


def test_red_always_has_a_fresh_heartbeat_and_a_fresh_fdatasync() -> None:
    rng = random.Random(20261123)
    words = list(Lamp)
    reds = 0
    for _ in range(300):
        truth, now_ns, heard = Truth(), 0, list[Message]()
        for _ in range(60):
            now_ns += rng.choice([0, 20, 250, 900, 1100]) * MS
            if rng.random() < 0.6:
                sent_ns = max(0, now_ns + rng.choice([-1500, -20, 0, 0, 0, 5]) * MS)
                safe_ns = rng.choice([None, max(0, sent_ns - rng.randrange(3000) * MS)])
                message = Message(rng.choice([Lamp.RECORDING, *words]), safe_ns, sent_ns)
                heard.append(message)
                truth.feed(message, now_ns)
            if truth.shown(now_ns) in KEPT:
                reds += 1
                assert any(
                    now_ns - HEARD_NS < each.sent_at_ns <= now_ns
                    and each.safe_at_ns is not None
                    and now_ns - each.safe_at_ns < SAFE_NS
                    and each.lamp is truth.shown(now_ns)
                    for each in heard
                )
    assert reds > 500
