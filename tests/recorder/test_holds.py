"""A hold is one thing only: three tries while the unlock page asks for it, pairing otherwise."""

from tests.recorder.conftest import Bench
from vigbox.model import NS
from vigbox.recorder.holds import Holds


def test_a_hold_asks_for_pairing_for_two_minutes() -> None:
    holds = Holds()
    assert not holds.is_pairing_asked(0)
    holds.add(10 * NS)
    assert holds.count == 1
    assert holds.is_pairing_asked(129 * NS)
    assert not holds.is_pairing_asked(131 * NS)


def test_a_hold_that_the_unlock_page_asks_for_is_counted_and_opens_no_pairing() -> None:
    holds = Holds()
    assert holds.ask(8 * NS) == 0
    holds.add(10 * NS)
    assert holds.ask(11 * NS) == 1
    assert not holds.is_pairing_asked(10 * NS)


def test_a_page_that_was_left_keeps_no_hold_for_itself() -> None:
    holds = Holds()
    holds.ask(4 * NS)
    holds.add(10 * NS)
    assert holds.is_pairing_asked(10 * NS)


def test_the_box_takes_the_next_hold_for_what_the_page_asks(bench: Bench) -> None:
    assert bench.box.await_hold() == 0
    bench.press(5_500)
    status = bench.box.status()
    assert (status["holds"], status["pairing_asked"]) == (1, False)


def test_without_a_page_that_asks_the_same_hold_is_for_pairing(bench: Bench) -> None:
    bench.press(5_500)
    status = bench.box.status()
    assert (status["holds"], status["pairing_asked"]) == (1, True)
