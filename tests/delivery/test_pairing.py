import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from vigbox.delivery import handshake
from vigbox.delivery.handshake import Ask, Handshake, WrongCodeError
from vigbox.delivery.pairing import OPEN_NS, PairingClosedError, PairingWindow


class Clock:
    """A clock that stands until it is told."""

    def __init__(self) -> None:
        self.now_ns = 5

    def __call__(self) -> int:
        return self.now_ns


def ask_with(code: str) -> Ask:
    ask = Ask("laptop", "age1x", handshake.new_nonce())
    return dataclasses.replace(ask, mac=Handshake(code, ask.nonce).mac(ask))


def other_than(code: str) -> str:
    return ("B" if code[0] == "A" else "A") + code[1:]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(clock: Clock) -> PairingWindow:
    return PairingWindow(clock)


def test_it_is_closed_at_first(window: PairingWindow) -> None:
    assert not window.is_open
    with pytest.raises(PairingClosedError):
        window.claim(ask_with("ABCD-2345"))


def test_the_right_code_pairs_one_machine(window: PairingWindow) -> None:
    code = window.open()
    ask = ask_with(code)
    assert window.claim(ask).mac(ask) == ask.mac
    with pytest.raises(PairingClosedError):
        window.claim(ask)


def test_it_closes_by_itself_after_two_minutes(window: PairingWindow, clock: Clock) -> None:
    code = window.open()
    clock.now_ns += OPEN_NS - 1
    assert window.left_ns == 1
    clock.now_ns += 1
    assert window.left_ns == 0
    with pytest.raises(PairingClosedError):
        window.claim(ask_with(code))


def test_two_wrong_codes_leave_it_open_and_the_third_closes_it(window: PairingWindow) -> None:
    code = window.open()
    for left_open in (True, True, False):
        with pytest.raises(WrongCodeError):
            window.claim(ask_with(other_than(code)))
        assert window.is_open is left_open
    with pytest.raises(PairingClosedError):
        window.claim(ask_with(code))


def test_after_a_wrong_code_the_right_one_still_pairs(window: PairingWindow) -> None:
    code = window.open()
    with pytest.raises(WrongCodeError):
        window.claim(ask_with(other_than(code)))
    window.claim(ask_with(code))


def test_opening_again_makes_the_old_code_wrong_and_counts_anew(window: PairingWindow) -> None:
    old = window.open()
    for _ in range(2):
        with pytest.raises(WrongCodeError):
            window.claim(ask_with(other_than(old)))
    new = window.open()
    with pytest.raises(WrongCodeError):
        window.claim(ask_with(old))
    window.claim(ask_with(new))


def test_closing_forgets_the_code(window: PairingWindow) -> None:
    code = window.open()
    window.close()
    with pytest.raises(PairingClosedError):
        window.claim(ask_with(code))


def test_of_many_that_claim_at_once_one_is_paired(window: PairingWindow) -> None:
    ask = ask_with(window.open())

    def is_paired(_number: int) -> bool:
        try:
            window.claim(ask)
        except PairingClosedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(is_paired, range(8))) == 1
