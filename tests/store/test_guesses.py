import contextlib
import json
import logging
import os
import random
import re
import resource
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vigbox.model import NS
from vigbox.store.allowance import DAY_NS, HOUR_NS, MINUTE_NS, TOTALS, WEEK_NS, Allowance
from vigbox.store.guesses import (
    Guesses,
    GuessNotKeptError,
    TooManyGuessesError,
    boottime_ns,
    this_boot,
)


class House:
    """A box in a house: real time goes on, boots come and go, wrong guesses are noted."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "guesses.json"
        self.now_ns = 0
        self.wrong_ns: list[int] = []
        self.boots = 0
        self.plug_in()

    def plug_in(self) -> None:
        """Boot: the box's own clock begins at nothing, and takes no time in which to do so."""
        self.boots += 1
        self.booted_ns = self.now_ns
        self.guesses = Guesses(
            self.path, boot=f"boot {self.boots}", boottime_ns=lambda: self.now_ns - self.booted_ns
        )

    def pass_(self, time_ns: int) -> None:
        self.now_ns += time_ns

    def guess_wrong(self) -> bool:
        try:
            self.guesses.take()
        except TooManyGuessesError:
            return False
        self.wrong_ns.append(self.now_ns)
        assert len(self.wrong_ns) < 2000, "nothing stops the guesser"
        return True

    def guess_right(self) -> bool:
        try:
            taken = self.guesses.take()
        except TooManyGuessesError:
            return False
        self.guesses.succeeded(taken)
        return True

    def hold_button(self) -> bool:
        try:
            self.guesses.grant()
        except TooManyGuessesError:
            return False
        return True

    @property
    def wait_ns(self) -> int:
        return self.guesses.standing().wait_ns

    def guess_until_refused(self) -> int:
        count = 0
        while self.guess_wrong():
            count += 1
        return count

    def guess_for(self, time_ns: int) -> int:
        """Guess as soon as it is allowed, for so long; give how many were wrong."""
        end_ns, before = self.now_ns + time_ns, len(self.wrong_ns)
        while True:
            self.guess_until_refused()
            if self.now_ns + self.wait_ns >= end_ns:
                self.now_ns = end_ns
                return len(self.wrong_ns) - before
            self.pass_(self.wait_ns)

    def assert_totals(self) -> None:
        for most, window_ns in TOTALS:
            for end in range(most, len(self.wrong_ns)):
                assert self.wrong_ns[end] - self.wrong_ns[end - most] >= window_ns


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("VIGBOX_SEED", secrets.randbits(32)))
    print(f"VIGBOX_SEED={seed}")  # noqa: T201
    return random.Random(seed)


def test_five_tries_are_free_and_then_the_waits_grow(house: House) -> None:
    assert house.guess_until_refused() == 5
    waits = []
    for _ in range(8):
        waits.append(house.wait_ns // MINUTE_NS)
        house.pass_(house.wait_ns - 1)
        assert not house.guess_wrong()
        house.pass_(1)
        assert house.guess_wrong()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_patient_guesser_gets_what_the_docstring_says(house: House) -> None:
    assert house.guess_for(HOUR_NS) == 10
    assert house.guess_for(DAY_NS - HOUR_NS) == 23
    assert house.guess_for(WEEK_NS - DAY_NS) == 144
    house.assert_totals()


def test_everything_at_once_stays_inside_the_totals(house: House) -> None:
    # knows one passphrase, holds the button as soon as it helps, for eleven days
    end_ns = house.now_ns + 11 * DAY_NS
    while house.now_ns < end_ns:
        if house.guesses.standing().can_grant:
            house.guesses.grant()
            assert house.guess_until_refused() == 3
        elif house.wait_ns:
            house.pass_(house.wait_ns)
        for _ in range(4):
            house.guess_wrong()
        house.guess_right()
    house.assert_totals()
    assert sum(each < HOUR_NS for each in house.wrong_ns) == 15
    assert sum(each < DAY_NS for each in house.wrong_ns) == 37
    assert sum(each < WEEK_NS for each in house.wrong_ns) == 182


@pytest.mark.parametrize("knows_one", [False, True])
def test_no_guesser_passes_the_totals(
    house: House, chance: random.Random, *, knows_one: bool
) -> None:
    for _ in range(600):
        match chance.choice("gggghrpwwss"):
            case "g":
                house.guess_until_refused()
            case "s" if knows_one:
                house.guess_right()
            case "h":
                house.hold_button()
            case "r":
                house.plug_in()
            case "w":
                house.pass_(house.wait_ns)
            case "p":
                house.pass_(chance.choice([NS, MINUTE_NS, 20 * MINUTE_NS, 3 * HOUR_NS]))
                house.guesses.keep_time()
            case _:
                house.pass_(chance.randrange(MINUTE_NS))
    assert house.wrong_ns
    house.assert_totals()


def test_reboot_never_shortens_a_wait(house: House, chance: random.Random) -> None:
    for _ in range(60):
        house.guess_until_refused()
        said_ns = house.wait_ns
        house.pass_(chance.randrange(said_ns))
        house.guesses.keep_time()
        house.plug_in()
        assert house.wait_ns == said_ns
        house.pass_(said_ns - 1)
        assert not house.guess_wrong()
        house.pass_(1)


def test_reboots_give_not_one_try_more(house: House) -> None:
    assert house.guess_until_refused() == 5
    for _ in range(100):
        house.plug_in()
        house.pass_(30 * NS)
        assert not house.guess_wrong()


def test_time_without_power_does_not_count(house: House) -> None:
    house.guess_until_refused()
    house.pass_(WEEK_NS)
    house.plug_in()
    assert not house.guess_wrong()


def test_time_since_this_boot_counts_before_anybody_asks(house: House) -> None:
    house.guess_until_refused()
    house.plug_in()
    house.pass_(MINUTE_NS)
    assert house.guess_wrong()


def test_slips_on_a_box_that_is_switched_off_each_day_are_forgotten(house: House) -> None:
    # two hours a week, one slip each time: a day of running time is twelve weeks
    for _ in range(100):
        house.plug_in()
        assert house.guess_wrong()
        assert house.guess_right()
        for _ in range(12):
            house.pass_(10 * MINUTE_NS)
            house.guesses.keep_time()


def test_right_passphrase_is_never_refused_however_often(house: House) -> None:
    for _ in range(300):
        assert house.guess_right()
        house.pass_(NS)
    assert house.guess_until_refused() == 5


def test_right_passphrase_ends_the_row_and_forgets_no_wrong_one(house: House) -> None:
    for _ in range(4):
        assert house.guess_wrong()
    assert house.guess_right()
    for _ in range(4):
        assert house.guess_wrong()
    assert house.guess_right()
    assert house.guess_until_refused() == 4  # 12 in the hour, whatever else is known
    assert house.wait_ns == HOUR_NS


def test_try_is_given_back_once(house: House) -> None:
    taken = house.guesses.take()
    house.pass_(1)
    house.guess_wrong()
    for _ in range(3):
        house.guesses.succeeded(taken)
    assert len(json.loads(house.path.read_text())["allowance"]["tries_ns"]) == 1


def test_held_button_gives_three_tries_once_a_day(house: House) -> None:
    house.guess_until_refused()
    assert house.guesses.standing().can_grant
    assert house.hold_button()
    assert house.guess_until_refused() == 3
    assert not house.guesses.standing().can_grant
    assert not house.hold_button()
    with pytest.raises(TooManyGuessesError, match=r"once a day.* in 25 hours"):
        house.guesses.grant()
    house.pass_(DAY_NS + 10 * MINUTE_NS)
    house.guess_until_refused()
    assert house.hold_button()
    assert house.guess_until_refused() == 3


def test_grant_is_not_spent_while_a_try_is_free(house: House) -> None:
    assert house.hold_button()
    house.guess_until_refused()
    assert house.hold_button()
    assert house.guess_wrong()


def test_grant_lasts_ten_minutes(house: House) -> None:
    for _ in range(9):
        house.pass_(house.wait_ns)
        house.guess_until_refused()
    assert house.hold_button()
    assert house.guess_wrong()
    house.pass_(10 * MINUTE_NS)
    assert not house.guess_wrong()


def test_reboot_ends_a_grant(house: House) -> None:
    house.guess_until_refused()
    assert house.hold_button()
    house.plug_in()
    assert not house.guess_wrong()
    assert not house.hold_button()


def test_grant_of_each_day_fits_inside_the_totals() -> None:
    # the worst case: every free try of a week, bunched as late as they may be
    for most, grants, window_ns in ((12, 1, HOUR_NS), (37, 1, DAY_NS), (179, 7, WEEK_NS)):
        assert (most + 3 * grants, window_ns) in TOTALS


def test_refusal_says_how_long_and_that_the_button_helps(house: House) -> None:
    house.guess_until_refused()
    house.pass_(MINUTE_NS // 2)
    with pytest.raises(TooManyGuessesError) as caught:
        house.guesses.take()
    assert caught.value.wait_ns == MINUTE_NS // 2
    assert str(caught.value) == (
        "too many wrong passphrases were tried on this box. Leave it switched on for 30 seconds, "
        "then try again. Or hold the box's button while this page asks for it: that gives three "
        "more tries, once a day. Recording goes on as ever."
    )
    house.hold_button()
    house.guess_until_refused()
    with pytest.raises(TooManyGuessesError) as caught:
        house.guesses.take()
    assert "16 minutes" not in str(caught.value)
    assert "8 minutes" in str(caught.value)
    assert "button" not in str(caught.value)


def test_try_is_on_the_card_before_it_is_given(house: House) -> None:
    house.guesses.take()
    facts = json.loads(house.path.read_text())
    assert facts["allowance"]["tries_ns"] == [0]
    assert house.path.stat().st_mode & 0o077 == 0


def test_try_reaches_the_card_with_fsync(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from vigbox.store.guesses import Guesses;"
        "Guesses(Path(sys.argv[1])).take(); print('derives now', flush=True)"
    )
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-e", "trace=fsync,rename,write", "-o", str(trace)]
    subprocess.run(
        [*command, sys.executable, "-c", program, str(tmp_path / "g.json")],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
    )
    calls = re.findall(r"(fsync|rename|derives now)", trace.read_text())
    assert calls == ["fsync", "rename", "fsync", "derives now"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 60_000,
        b'{"allowance": []}',
        b'{"allowance": {"tries_ns": 1}}',
    ],
)
def test_damaged_file_is_taken_for_a_week_used_up(
    house: House, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    house.path.write_bytes(data)
    with caplog.at_level(logging.ERROR):
        assert not house.guess_wrong()
    assert "damaged" in caplog.text
    assert not house.hold_button()
    house.pass_(DAY_NS + 10 * MINUTE_NS)
    assert not house.guess_wrong()
    assert house.hold_button()
    assert house.guess_until_refused() == 3
    house.pass_(5 * DAY_NS)
    assert house.guess_until_refused() == 5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("boot", 5),
        ("boottime_ns", -1),
        ("boottime_ns", True),
        ("running_ns", "1"),
        ("running_ns", -5),
        ("tries_ns", [5, 3]),
        ("tries_ns", [WEEK_NS]),
        ("tries_ns", "12"),
        ("tries_ns", [1.5]),
        ("row", -1),
        ("granted_ns", WEEK_NS),
        ("granted_left", 4),
        ("granted_left", None),
        ("more", 1),
    ],
)
def test_figures_that_cannot_be_are_damage(house: House, key: str, value: object) -> None:
    house.pass_(5 * NS)
    house.guess_wrong()
    facts = json.loads(house.path.read_text())
    inner = facts["allowance"]
    (inner if key in inner else facts)[key] = value
    house.path.write_text(json.dumps(facts))
    assert not house.guess_wrong()


def test_clock_that_goes_back_within_a_boot_is_damage(house: House) -> None:
    house.pass_(HOUR_NS)
    assert house.guess_wrong()
    house.pass_(-1)
    assert not house.guess_wrong()


def test_missing_file_is_a_new_box(house: House) -> None:
    assert house.guesses.standing().wait_ns == 0
    house.guesses.keep_time()
    assert not house.path.exists()


@contextlib.contextmanager
def full_card() -> Iterator[None]:
    """No file may grow any more, for root too, nor what pytest writes: be quick."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_card_allows_no_try_and_says_that_recording_goes_on(house: House) -> None:
    with full_card():
        with pytest.raises(GuessNotKeptError, match="Recording goes on"):
            house.guesses.take()
        house.guesses.succeeded(0)  # a box that is being unlocked is unlocked all the same
    assert not house.path.exists()


def test_folder_that_is_not_there_allows_no_try(tmp_path: Path) -> None:
    with pytest.raises(GuessNotKeptError):
        Guesses(tmp_path / "gone" / "guesses.json").take()


def test_threads_and_processes_share_one_count(tmp_path: Path) -> None:
    path = tmp_path / "guesses.json"
    program = (
        "import sys; from pathlib import Path; from vigbox.store.guesses import *\n"
        "for _ in range(6):\n"
        "    try: Guesses(Path(sys.argv[1])).take(); print('taken')\n"
        "    except TooManyGuessesError: pass\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    guesses, taken = Guesses(path), []

    def guess() -> None:
        with contextlib.suppress(TooManyGuessesError):
            taken.append(guesses.take())

    threads = [threading.Thread(target=guess) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out, _ = other.communicate(timeout=30)
    assert len(taken) + out.count("taken") == 5


def test_kernel_tells_the_boot_and_its_time() -> None:
    assert this_boot() == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    assert abs(boottime_ns() / NS - uptime_s) < 1


def test_cautious_allowance_fills_every_window_of_the_free_ones() -> None:
    spent = Allowance.spent(0)
    assert len(spent.tries_ns) == 179
    assert list(spent.tries_ns) == sorted(spent.tries_ns)
    assert spent.free_wait_ns(0) == 6 * DAY_NS


@pytest.mark.parametrize(("most", "window_ns"), TOTALS)
def test_nothing_goes_past_a_total_a_grant_neither(most: int, window_ns: int) -> None:
    # cannot come about by trying: the second lock on the same door
    now_ns = window_ns
    granted = Allowance(granted_ns=now_ns, granted_left=3)
    assert replace(granted, tries_ns=(1,) * (most - 1)).wait_ns(now_ns) == 0
    full = replace(granted, tries_ns=(1,) * most)
    assert full.wait_ns(now_ns) == 1
    assert replace(full, granted_ns=None).grant_wait_ns(now_ns) == 1
