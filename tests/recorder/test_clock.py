"""A box without a battery: the floor, the tablet's time, and a film that none of it touches."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.recorder.conftest import Bench
from vigbox.devices.camera import Picture
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.simulated import SimulatedCamera
from vigbox.devices.stage import Curtain
from vigbox.model import NS, TimeSource
from vigbox.recorder.clock import Clock, ImplausibleTimeError, system_witness
from vigbox.recorder.readiness import RefusedError
from vigbox.recorder.scribe import Scribe
from vigbox.store import manifests
from vigbox.store.floor import BORN, Floor

LATER = BORN + timedelta(days=200)
HOUR = timedelta(hours=1)


@dataclass
class System:
    """A board's clocks, as a test sets them."""

    folder: Path
    now: datetime = BORN - timedelta(days=9000)
    witness: TimeSource | None = None
    boottime_ns: int = 5 * NS
    was_set: list[datetime] = field(default_factory=list)
    may_set: bool = True

    def clock(self) -> Clock:
        """A recorder's clock, made anew as after a start of it."""
        return Clock(
            Floor(self.folder / "floor.json"),
            self.folder / "clock.json",
            now=lambda: self.now,
            boottime_ns=lambda: self.boottime_ns,
            witness=lambda _now: self.witness,
            set_system=self.set,
        )

    def set(self, at: datetime) -> None:
        if not self.may_set:
            raise PermissionError(1, "Operation not permitted")
        self.was_set.append(at)

    def passes(self, span: timedelta) -> None:
        self.boottime_ns += int(span.total_seconds() * NS)
        self.now += span

    def reboots(self) -> None:
        (self.folder / "clock.json").unlink(missing_ok=True)
        self.boottime_ns = NS
        self.now = BORN - timedelta(days=9000)


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)


def test_the_networks_time_is_kept_and_is_the_least_after_a_power_cut(system: System) -> None:
    system.now, system.witness = LATER, TimeSource.NETWORK
    clock = system.clock()
    assert (clock.now(), clock.read().source) == (LATER, TimeSource.NETWORK)
    clock.keep()
    system.reboots()
    system.witness = None
    after = system.clock()
    assert (after.now(), after.read().source) == (LATER, TimeSource.UNSURE)
    system.passes(HOUR)
    assert after.now() == LATER + HOUR, "a box that is on knows that time passes"
    after.keep()
    system.reboots()
    assert system.clock().now() == LATER + HOUR


def test_the_floor_never_moves_back(system: System) -> None:
    system.now, system.witness = LATER, TimeSource.NETWORK
    system.clock().keep()
    system.now = LATER - timedelta(days=30)
    clock = system.clock()
    assert (clock.now(), clock.read().source) == (LATER, TimeSource.UNSURE)
    clock.keep()
    assert Floor(system.folder / "floor.json").at == LATER


def test_an_unsure_clock_that_is_ahead_raises_no_floor(system: System) -> None:
    system.now = LATER
    clock = system.clock()
    assert clock.now() == LATER
    clock.keep()
    assert Floor(system.folder / "floor.json").at == BORN


def test_a_tablets_time_is_the_boxs_for_this_boot_and_its_floor_after_it(system: System) -> None:
    clock = system.clock()
    clock.tell(LATER)
    assert system.was_set == [LATER]
    system.passes(HOUR)
    assert (clock.now(), clock.read().source) == (LATER + HOUR, TimeSource.TABLET)
    again = system.clock()
    assert (again.now(), again.read().source) == (LATER + HOUR, TimeSource.TABLET)
    again.keep()
    system.reboots()
    assert (system.clock().now(), system.clock().read().source) == (LATER + HOUR, TimeSource.UNSURE)


def test_setting_the_systems_clock_needs_the_right_and_labels_need_nothing(system: System) -> None:
    system.may_set = False
    clock = system.clock()
    clock.tell(LATER)
    assert (system.was_set, clock.now()) == ([], LATER)


@pytest.mark.parametrize(
    "at", [BORN - HOUR, BORN + timedelta(days=3655)], ids=["before the floor", "far beyond it"]
)
def test_a_time_that_cannot_be_is_refused_and_changes_nothing(system: System, at: datetime) -> None:
    clock = system.clock()
    before = clock.read()
    with pytest.raises(ImplausibleTimeError, match="Set the tablet's date"):
        clock.tell(at)
    assert (clock.read(), system.was_set) == (before, [])


def test_a_tablet_that_is_years_ahead_raises_no_floor_for_good(system: System) -> None:
    clock = system.clock()
    clock.tell(BORN + timedelta(days=2000))
    clock.keep()
    assert Floor(system.folder / "floor.json").at < BORN + HOUR
    clock.tell(LATER)
    assert clock.now() == LATER, "the next tablet sets it right"


@pytest.mark.parametrize("witness", [TimeSource.NETWORK, TimeSource.CHIP])
def test_a_witness_that_is_years_ahead_is_not_believed_and_raises_no_floor(
    system: System, witness: TimeSource
) -> None:
    system.now, system.witness = BORN + timedelta(days=9000), witness
    clock = system.clock()
    assert (clock.now(), clock.read().source) == (BORN, TimeSource.UNSURE)
    clock.tell(LATER)  # the tablet says otherwise, and is believed in its place
    assert (clock.now(), clock.read().source) == (LATER, TimeSource.TABLET)
    clock.keep()
    system.reboots()
    system.witness = None
    assert system.clock().now() == LATER


def test_a_witness_that_is_years_ahead_is_believed_once_a_tablet_says_the_same(
    system: System,
) -> None:
    years = BORN + timedelta(days=1500)  # a box that lay in a drawer
    system.now, system.witness = years, TimeSource.NETWORK
    clock = system.clock()
    clock.tell(years + HOUR)
    assert (clock.now(), clock.read().source) == (years, TimeSource.NETWORK)
    clock.keep()
    system.reboots()
    system.witness = None
    assert system.clock().now() == years, "two that agree raise the floor"


def test_a_witness_within_a_year_needs_nobody(system: System) -> None:
    system.now, system.witness = BORN + timedelta(days=365), TimeSource.CHIP
    assert system.clock().read().source is TimeSource.CHIP


def test_a_better_clock_than_a_tablets_is_kept(system: System) -> None:
    system.now, system.witness = LATER, TimeSource.CHIP
    clock = system.clock()
    clock.tell(LATER + HOUR)
    assert (clock.read().source, clock.now(), system.was_set) == (TimeSource.CHIP, LATER, [])


def test_the_floor_is_written_at_the_start_and_every_ten_minutes(system: System) -> None:
    system.now, system.witness = LATER, TimeSource.NETWORK
    clock, scribe = system.clock(), Scribe()
    first = clock.keep_when_due(scribe)
    assert first is not None
    first.result()
    system.passes(timedelta(minutes=9))
    assert clock.keep_when_due(scribe) is None
    system.passes(timedelta(minutes=2))
    second = clock.keep_when_due(scribe)
    assert second is not None
    second.result()
    scribe.close()
    assert Floor(system.folder / "floor.json").at == LATER + timedelta(minutes=11)


@pytest.mark.parametrize("chip", [None, "0", "x", "99999999999999999999"])
def test_without_network_and_with_no_chip_that_agrees_nobody_is_sure(
    tmp_path: Path, chip: str | None
) -> None:
    if chip is not None:
        _chip(tmp_path, chip)
    assert system_witness(LATER, tmp_path) is None


def test_what_stands_behind_the_systems_clock_is_read_from_the_system(tmp_path: Path) -> None:
    _chip(tmp_path, f"{LATER.timestamp():.0f}\n")
    assert system_witness(LATER, tmp_path) is TimeSource.CHIP
    assert system_witness(LATER + HOUR, tmp_path) is None
    told = tmp_path / "run/systemd/timesync/synchronized"
    told.parent.mkdir(parents=True)
    told.touch()
    assert system_witness(LATER + HOUR, tmp_path) is TimeSource.NETWORK


def _chip(root: Path, seconds: str) -> None:
    path = root / "sys/class/rtc/rtc0/since_epoch"
    path.parent.mkdir(parents=True)
    path.write_text(seconds)


def test_an_arming_that_was_over_before_the_floor_is_refused(bench: Bench, system: System) -> None:
    Floor(system.folder / "floor.json").raise_to(LATER)
    bench.use_clock(system.clock())
    bench.arm(until=(LATER - HOUR).isoformat())
    with pytest.raises(RefusedError, match="time the box was armed for is over"):
        bench.box.ask("start")


def test_an_unsure_box_films_and_its_manifest_says_so(bench: Bench, system: System) -> None:
    bench.use_clock(system.clock())
    bench.arm(until=(BORN + HOUR).isoformat())
    manifest = manifests.read(bench.layout.manifest(bench.record(NS)), bench.key.verify_key)
    assert (manifest.clock, manifest.started_at) == ("unsure", BORN.isoformat())


def test_the_tablets_time_needs_a_grant_and_is_told_in_the_status(
    bench: Bench, system: System
) -> None:
    bench.use_clock(system.clock())
    bench.box.granted.tell_time(bench.request("clock", at=LATER.isoformat()))
    assert bench.box.status()["clock"] == {"at": LATER.isoformat(), "source": "tablet"}


class TimedCamera(SimulatedCamera):
    """Notes when each picture was taken."""

    def __init__(self) -> None:
        super().__init__(DrawnStage(320, 180, 25), Curtain(), 300_000)
        self.times_ns: list[int] = []

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        def note(picture: Picture) -> None:
            self.times_ns.append(picture.time_ns)
            when_picture(picture)

        super().start(note)


@pytest.mark.parametrize("step", [timedelta(days=1), -timedelta(days=1)], ids=["on", "back"])
def test_a_clock_that_steps_in_the_middle_changes_no_film(
    bench: Bench, system: System, tmp_path: Path, step: timedelta
) -> None:
    camera = TimedCamera()
    system.now, system.witness = LATER, TimeSource.NETWORK
    bench.use_clock(system.clock())
    bench.use_camera(camera)
    bench.arm()
    bench.press(200)
    bench.until("it films", lambda: bench.box.status()["length_ns"] > NS)
    recording = bench.box.status()["recording"]
    system.now += step
    bench.until("it goes on", lambda: bench.box.status()["length_ns"] > 3 * NS)
    bench.box.ask("stop")
    bench.until("it is over", lambda: bench.box.status()["mode"] == "idle")
    manifest = manifests.read(bench.layout.manifest(recording), bench.key.verify_key)
    assert manifest.started_at == LATER.isoformat(timespec="seconds")
    filmed_s = (camera.times_ns[-1] - camera.times_ns[0]) / NS + 1 / 25
    assert abs(_played_s(bench, recording, tmp_path) - filmed_s) < 0.05


def _played_s(bench: Bench, recording: str, folder: Path) -> float:
    """What stock age and ffprobe say of the picture's length."""
    identity = folder / "id.txt"
    identity.write_text(bench.identity.secret_text())
    with subprocess.Popen(
        ["age", "-d", "-i", identity, bench.layout.film(recording)], stdout=subprocess.PIPE
    ) as opened:
        told = subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
             "packet=pts_time,duration_time", "-of", "csv=p=0", "-"],
            stdin=opened.stdout, check=True, capture_output=True, text=True,
        )  # fmt: skip
    pts = [float(line.split(",")[0]) for line in told.stdout.split() if line]
    return max(pts) - min(pts) + 1 / 25


def test_now_is_utc_on_this_machine(tmp_path: Path) -> None:
    clock = Clock(Floor(tmp_path / "floor.json"), tmp_path / "clock.json")
    assert abs(clock.now().timestamp() - time.time()) < 2
    assert clock.now().tzinfo is UTC
