import pytest

from tests.web.conftest import Place
from vigbox.config import Settings
from vigbox.model import NS
from vigbox.seal.errors import LockedError, WrongPassphraseError
from vigbox.store.guesses import Guesses
from vigbox.web.door import Door


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(place: Place, clock: Clock) -> Door:
    return Door(place.layout, Settings(), Guesses(place.layout.guesses), clock)


def test_ten_idle_minutes_lock(place: Place, door: Door, clock: Clock) -> None:
    token = door.unlock(place.secrets.passphrase)
    clock.now_ns += 599 * NS
    door.desk(token)
    clock.now_ns += 599 * NS
    assert door.is_open_to(token), "work at the desk keeps the door open"
    clock.now_ns += 2 * NS
    assert not door.is_open_to(token)
    with pytest.raises(LockedError):
        door.desk(token)


def test_looking_at_the_door_keeps_nothing_open(place: Place, door: Door, clock: Clock) -> None:
    token = door.unlock(place.secrets.passphrase)
    for _ in range(61):
        door.is_open_to(token)
        clock.now_ns += 10 * NS
    assert not door.is_open_to(token)


def test_four_hours_lock_in_any_case(place: Place, door: Door, clock: Clock) -> None:
    token = door.unlock(place.secrets.passphrase)
    for _ in range(4 * 60):
        clock.now_ns += 60 * NS
        if door.is_open_to(token):
            door.desk(token)
    clock.now_ns += NS
    assert not door.is_open_to(token)


def test_a_wrong_passphrase_leaves_it_locked(door: Door) -> None:
    with pytest.raises(WrongPassphraseError, match="Check each word"):
        door.unlock("abacus-abdomen-abide-ability-able-abrasion")
    with pytest.raises(LockedError):
        door.desk("")


def test_films_leave_the_shelf_when_it_locks(place: Place, clock: Clock) -> None:
    locked: list[str] = []
    guesses = Guesses(place.layout.guesses)
    door = Door(place.layout, Settings(), guesses, clock, lambda: locked.append("locked"))
    token = door.unlock(place.secrets.passphrase)
    clock.now_ns += 601 * NS
    assert not door.is_open_to(token)
    assert locked == ["locked"]


def test_nobody_is_let_in_without_a_token(place: Place, door: Door) -> None:
    door.unlock(place.secrets.passphrase)
    assert not door.is_open_to(None)
    assert not door.is_open_to("")
    door.lock()


@pytest.mark.parametrize("damage", ["empty", "zeros", "cut", "no file"])
def test_a_damaged_identity_shuts_no_colleague_out(
    place: Place, door: Door, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    (whole,) = place.layout.practitioners.glob("*.age")
    sealed = whole.read_bytes()
    damaged = place.layout.practitioner("0" * 32)
    assert damaged < whole, "it is tried first"
    if damage == "no file":
        damaged.mkdir()
    else:
        damaged.write_bytes({"zeros": bytes(len(sealed)), "cut": sealed[:40]}.get(damage, b""))
    try:
        assert door.is_open_to(door.unlock(place.secrets.passphrase))
        assert damaged.name in caplog.text
        with pytest.raises(WrongPassphraseError, match="does not unlock this box"):
            door.unlock("abacus-abdomen-abide-ability-able-abrasion")
    finally:
        door.lock()
        damaged.rmdir() if damage == "no file" else damaged.unlink()
