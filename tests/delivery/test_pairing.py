from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from vigbox.delivery.certificates import key_of_request, new_key, request_for
from vigbox.delivery.handshake import Hello, MachineSide, Proof, WrongCodeError
from vigbox.delivery.pairing import OPEN_NS, Claim, PairingClosedError, PairingWindow

REQUEST = request_for(new_key())


class Clock:
    """A clock that stands until it is told."""

    def __init__(self) -> None:
        self.now_ns = 5

    def __call__(self) -> int:
        return self.now_ns


@dataclass
class Issuer:
    """An authority that signs nothing."""

    box_key: bytes = b"the box's key"
    authority: str = "authority"
    box_name: str = "vb-test.home.arpa"
    issued: list[str] = field(default_factory=list)

    def issue(self, key: bytes, machine_id: str) -> str:
        self.issued.append(machine_id)
        return key.hex()


def begun(window: PairingWindow, code: str) -> Proof:
    """Begin a try; gives the proof that is to be sent."""
    side = MachineSide(code, key_of_request(REQUEST), b"the box's key")
    reply = window.begin(Hello(side.element, REQUEST))
    return side.finish(reply.element).sign(Proof(reply.run, "laptop", "age1x"))


def try_with(window: PairingWindow, code: str) -> Claim:
    return window.prove(begun(window, code))


def other_than(code: str) -> str:
    return ("1" if code[0] == "0" else "0") + code[1:]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(clock: Clock) -> PairingWindow:
    return PairingWindow(clock)


def test_it_is_closed_at_first(window: PairingWindow) -> None:
    assert not window.is_open
    with pytest.raises(PairingClosedError):
        try_with(window, "123 456")


def test_the_right_code_pairs_one_machine(window: PairingWindow) -> None:
    code = window.open(Issuer())
    claim = try_with(window, code)
    assert claim.key == key_of_request(REQUEST)
    with pytest.raises(PairingClosedError):
        try_with(window, code)


def test_it_closes_by_itself_after_two_minutes(window: PairingWindow, clock: Clock) -> None:
    code = window.open(Issuer())
    proof = begun(window, code)
    clock.now_ns += OPEN_NS - 1
    assert window.left_ns == 1
    clock.now_ns += 1
    assert window.left_ns == 0
    with pytest.raises(PairingClosedError, match="hold the box's button"):
        window.prove(proof)
    with pytest.raises(PairingClosedError):
        begun(window, code)


def test_two_wrong_codes_leave_it_open_and_the_third_closes_it(window: PairingWindow) -> None:
    code = window.open(Issuer())
    for left_open in (True, True, False):
        with pytest.raises(WrongCodeError):
            try_with(window, other_than(code))
        assert window.is_open is left_open
    with pytest.raises(PairingClosedError):
        try_with(window, code)


def test_after_a_wrong_code_the_right_one_still_pairs(window: PairingWindow) -> None:
    code = window.open(Issuer())
    with pytest.raises(WrongCodeError):
        try_with(window, other_than(code))
    try_with(window, code)


def test_a_try_is_for_one_proof(window: PairingWindow) -> None:
    code = window.open(Issuer())
    wrong = begun(window, other_than(code))
    with pytest.raises(WrongCodeError):
        window.prove(wrong)
    with pytest.raises(PairingClosedError, match="run vigbox pair again"):
        window.prove(wrong)
    assert window.is_open, "a guess that was judged is not judged again"


def test_what_is_begun_and_not_proved_costs_no_try_and_is_forgotten(window: PairingWindow) -> None:
    code = window.open(Issuer())
    first = begun(window, code)
    for _ in range(8):
        begun(window, other_than(code))
    with pytest.raises(PairingClosedError, match="run vigbox pair again"):
        window.prove(first)
    try_with(window, code)


def test_opening_again_makes_the_old_code_wrong_and_counts_anew(window: PairingWindow) -> None:
    old = window.open(Issuer())
    for _ in range(2):
        with pytest.raises(WrongCodeError):
            try_with(window, other_than(old))
    new = window.open(Issuer())
    if new != old:
        with pytest.raises(WrongCodeError):
            try_with(window, old)
    try_with(window, new)


def test_closing_forgets_the_code(window: PairingWindow) -> None:
    code = window.open(Issuer())
    window.close()
    with pytest.raises(PairingClosedError):
        try_with(window, code)


def test_of_many_that_prove_at_once_one_is_paired(window: PairingWindow) -> None:
    code = window.open(Issuer())
    proofs = [begun(window, code) for _ in range(8)]

    def is_paired(proof: Proof) -> bool:
        try:
            window.prove(proof)
        except PairingClosedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(is_paired, proofs)) == 1
