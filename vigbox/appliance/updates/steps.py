"""Installs a release that was verified, proves that it runs, and goes back when it does not.

A copy of this one file, taken before anything changes, does it (``/usr/bin/python3 -I steps.py``):
the package is replaced meanwhile, and after a power cut may be half there. So it needs Python's own
library alone, and nothing of vigbox.

Every step is durable in ``journal.json`` before it is begun. Whatever is found at a boot:

==============  ============================================================
waiting         nothing was changed: the update is begun anew
installing      installed again; the second time gone back from
proving         proved again, the boot with it; the third time gone back from
going back      gone back again, as often as it takes
==============  ============================================================

``--early`` comes before the recorder at a boot, and makes the package's files whole.

A page that was broken into may lie about everything that is its own: a film that it paused, its
database, names in the data folder, its answers. Nothing of that is followed, or waited for without
an end.
"""

import contextlib
import errno
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import IO, Any, Final, Protocol, Self

FOLDER: Final = Path("/var/lib/vigbox/updates")
HINT: Final = Path("/run/vigbox-update/hint")
"""The lamp's word of updates (``appliance/hint``), which is gone after a boot."""

GONE_BACK: Final = "gone-back"
"""Root's own note of the versions that were gone back from; the word of it is told over."""

WEB: Final = "vigbox-web.service"
RECORDER: Final = "vigbox-recorder.service"
HELPER: Final = "vigbox-net.service"
FRONT: Final = "vigbox-front.service"
RIGHTS: Final = "rights"
WIFI: Final = "wifi"
AROUND: Final = {
    FRONT: "nginx refuses the page's settings.",
    "nginx.service": "nginx does not run well.",
    "vigbox-firewall.service": "The firewall is not loaded.",
    RIGHTS: "The network helper may not switch the Wi-Fi on.",
    # the last: it is waited for when all else is well
    WIFI: "The box's own Wi-Fi does not come up.",
}
"""What the page is reached through, and what is told when it is not well.

What came ill of an update would shut the box for good at its next boot. Whatever was ill before the
update is asked of no version."""

WIFI_STATE: Final = Path("/run/vigbox-net/state.json")
"""What the network helper says (``appliance/wifi_state``); gone when the helper is."""

STEADY_S: Final = 20.0
"""All must have been well for so long."""

PATIENCE_S: Final = 120.0
"""What is not well by then is not well."""

WIFI_S: Final = 120.0
"""So much longer has the Wi-Fi: NetworkManager tries for half a minute, then the helper again."""

BOOTED_S: Final = 180.0
"""A box that was switched on so long ago has brought its Wi-Fi up, or has none."""

LONGEST_FILM_S: Final = 13 * 3600.0
"""No film is longer (``longest_recording_minutes``), but one that is paused and forgotten."""

_MOST_RESTARTS: Final = 4
_LOOK_S: Final = 1.0
_FILM_LOOK_S: Final = 5.0
_ANSWER_S: Final = 10.0
_ANSWER_BYTES: Final = 1 << 20
_SPARE_BYTES: Final = 200_000_000
"""Left beside a copy of the database: the recorder stops films below it."""

_HOLES_BYTES: Final = 1 << 20
_BLOCK_BYTES: Final = 512
_TELL_S: Final = 30.0
"""How often it is told that nobody unlocks, well before what was told runs out."""

_MOST_CUTS: Final = {"installing": 2, "proving": 3}
_LOCKED: Final = ("installing", "proving", "going back")
_WRONG: Final = ("gone back", "refused")
_NO_ILLNESS: Final = ("over", "room")
"""Why a recorder that is well may be ready no more: an arming ran out, a film took the room."""

_LOOKING: Final = "looking"
"""The kind of a recorder that does not know yet whether there is a camera."""

_DATABASE: Final = ("case.db", "case.db-wal", "case.schema")
_WHOLE: Final = ("installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending")
_OPTIONS: Final = ("--force-confdef", "--force-confold")
_SCHEMA_BYTES: Final = 16
_TO_BRING_UP: Final = ("network-control", "wifi.share.protected")
"""What of NetworkManager's the helper needs for it (``config/polkit``)."""


class NotPlainError(OSError):
    """Under a name lies a link, a pipe or a folder, and no file."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as systemd tells it."""

    is_active: bool
    pid: int
    restarts: int


@dataclass(frozen=True, slots=True)
class Journal:
    """Where an update stands, and what is needed to go on with it."""

    step: str
    version: str
    before: str
    schema: str
    units: tuple[str, ...] = ()
    was_ready: bool = False
    boot: str = ""
    recorder_pid: int = 0
    socket: str = "/run/vigbox/recorder.sock"
    host: str = "localhost"
    source: str = ""
    cuts: int = 0
    why: str = ""
    is_put_back: bool = False
    around: tuple[str, ...] = ()
    """What of ``AROUND`` was well before; nothing where an older version wrote it."""

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """Read one that another version may have written: what it does not know stays out."""
        known = {each.name: found[each.name] for each in fields(cls) if each.name in found}
        lists = {each: tuple(found.get(each, ())) for each in ("units", "around")}
        return cls(**known | lists)


class Machine(Protocol):
    """What an update does to a machine, and asks of it."""

    def package(self) -> tuple[str, str]:
        """Give the package's state and version, as dpkg has them."""

    def dpkg(self, *words: str, meanwhile: Callable[[], object]) -> str:
        """Run dpkg, and do ``meanwhile`` now and then; gives why it failed, or nothing."""

    def unit(self, name: str) -> Unit:
        """Tell how a unit is."""

    def systemctl(self, *words: str) -> None:
        """Ask systemd; whether it did shows in the units."""

    def recorder(self, socket: str) -> dict[str, Any] | None:
        """Give the recorder's status; none when it does not answer."""

    def end_film(self, socket: str) -> None:
        """Ask the recorder to end its film, which is kept whole."""

    def has_page(self, host: str) -> bool:
        """Tell whether the web answers with its page."""

    def is_well(self, name: str) -> bool:
        """Tell whether something of ``AROUND`` is well."""

    def boot(self) -> str:
        """Name this boot."""

    def seconds(self) -> float:
        """Give a time that only grows."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""


@dataclass(slots=True)
class Update:
    """One update on one machine. ``folder`` is root's; its parent is the data folder."""

    folder: Path
    machine: Machine
    say: Callable[[str], object] = field(default=print)
    hint: Path = HINT
    _told_s: float = field(default=0.0, init=False)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder.parent

    def read(self) -> Journal | None:
        """Read the journal; none when no update is under way."""
        try:
            return Journal.of(json.loads((self.folder / "journal.json").read_text("ascii")))
        except FileNotFoundError:
            return None

    def write(self, journal: Journal, why: str = "") -> Journal:
        """Make a step durable, and tell it."""
        save(self.folder / "journal.json", json.dumps(asdict(journal)).encode())
        self.tell(journal.step, journal, why)
        return journal

    def tell(self, state: str, journal: Journal, why: str = "") -> None:
        """Write what the page and the terminal show. Never raises.

        Until it is proved nobody unlocks: the case database would be brought up to a schema that
        the version before does not know.
        """
        told: dict[str, Any] = {
            "state": state,
            "version": journal.version,
            "before": journal.before,
            "source": journal.source,
            "why": why,
            "is_database_put_back": journal.is_put_back,
        }
        if state in _LOCKED:
            self._told_s = self.machine.seconds()
            told |= {"boot": self.machine.boot(), "locked_until_s": self._told_s + PATIENCE_S}
        self.say(f"{state}: {journal.version}{' ' if why else ''}{why}")
        with contextlib.suppress(OSError):
            save(self.data / "update.json", json.dumps(told).encode(), 0o644)
        tell_lamp(self.hint, state)

    def _tell_again(self, journal: Journal) -> None:
        if self.machine.seconds() - self._told_s >= _TELL_S:
            self.tell(journal.step, journal, journal.why)

    def early(self) -> None:
        """After a cut: make the files whole before the recorder starts, in one direction."""
        journal = self.read()
        if journal is None or journal.step == "waiting":
            return
        journal = replace(journal, cuts=journal.cuts + 1)
        if journal.cuts >= _MOST_CUTS.get(journal.step, sys.maxsize):
            why = "The power went again and again while it was installed."
            journal = replace(journal, step="going back", why=why)
        self.write(journal)
        if journal.step != "proving":
            deb, version = self._aim(journal)
            state, now = self.machine.package()
            is_whole = state.split()[-1] in _WHOLE and "reinstreq" not in state
            if not is_whole or now != version:
                self._dpkg(journal, "--unpack", *_OPTIONS, str(self.folder / deb))

    def go_on(self) -> None:
        """Do what is left of an update; nothing when there is none."""
        journal = self.read()
        if journal is None:
            return
        if journal.step == "waiting":
            try:
                journal = self._begin(journal)
            except OSError as error:
                self._start(journal)
                why = f"The card failed before anything was changed: {error.strerror}."
                self._end("refused", journal, why)
                return
        else:  # after a boot: nobody unlocks before the end of this either
            self.tell(journal.step, journal, journal.why)
            if journal.step == "installing" and WEB in journal.units:
                self.machine.systemctl("stop", WEB)
        problem = ""
        if journal.step == "installing":
            problem = self._install(journal)
            journal = journal if problem else self.write(replace(journal, step="proving", cuts=0))
        if journal.step == "proving" and not problem:
            problem = self._prove(journal)
        if problem:
            journal = self.write(replace(journal, step="going back", why=problem), problem)
        if journal.step == "going back":
            self._go_back(journal)
        else:
            self._end("done", journal)

    def _begin(self, journal: Journal) -> Journal:
        """Wait until nothing is filmed; then nobody can unlock any more, and the copy is taken."""
        self._await_booted()
        self._await_no_film(journal)
        around = tuple(each for each in AROUND if self.machine.is_well(each))
        pid = self.machine.unit(RECORDER).pid
        # whoever took the update in may not have been let to the recorder's socket
        status = self._settled(journal) if RECORDER in journal.units else None
        was_ready = status is not None and not status.get("not_ready")
        now = replace(
            journal,
            boot=self.machine.boot(),
            recorder_pid=pid,
            was_ready=was_ready,
            around=around,
        )
        self.tell("installing", now)
        self.machine.systemctl("stop", WEB)
        self._copy_database()
        return self.write(replace(now, step="installing", cuts=0))

    def _settled(self, journal: Journal) -> dict[str, Any] | None:
        """Give the recorder's status; one that began a moment ago still looks for its camera."""
        began = self.machine.seconds()
        while True:
            status = self.machine.recorder(journal.socket)
            is_looking = status is not None and status.get("not_ready_kind") == _LOOKING
            if not is_looking or self.machine.seconds() - began > PATIENCE_S:
                return status
            self.machine.wait(_LOOK_S)

    def _await_booted(self) -> None:
        """Wait for what a boot still brings up: what is not well yet would not be proved."""
        machine = self.machine
        while machine.seconds() < BOOTED_S and not all(map(machine.is_well, AROUND)):
            machine.wait(_FILM_LOOK_S)

    def _copy_database(self) -> None:
        """For the way back. What lies there and is no database of ours keeps no update off."""
        try:
            check_room([self.data / each for each in _DATABASE], self.folder)
            for name in _DATABASE:
                copy(self.data / name, self.folder / name)
        except NotPlainError as error:
            self.say(f"no copy of the case database is taken: {error.strerror}")
            for name in _DATABASE:
                (self.folder / name).unlink(missing_ok=True)

    def _await_no_film(
        self, journal: Journal, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        """Wait until nothing is filmed. A film longer than any may be is ended, and kept.

        The page may pause a film, and whoever broke into it leaves it so.
        """
        began = self.machine.seconds()
        while self._is_filming(journal):
            if self.machine.seconds() - began > LONGEST_FILM_S:
                self.machine.end_film(journal.socket)
                return
            meanwhile()
            self.machine.wait(_FILM_LOOK_S)

    def _is_filming(self, journal: Journal) -> bool:
        status = self.machine.recorder(journal.socket)
        return status is not None and status.get("mode") != "idle"

    def _aim(self, journal: Journal) -> tuple[str, str]:
        if journal.step == "going back":
            return "before.deb", journal.before
        return "next.deb", journal.version

    def _install(self, journal: Journal) -> str:
        """Bring the package to where the journal says it shall be; gives why it is not."""
        deb, version = self._aim(journal)
        state, now = self.machine.package()
        if now == version and state == "install ok installed":
            problem = ""
        elif now == version and state.split()[-1] in _WHOLE and "reinstreq" not in state:
            problem = self._dpkg(journal, "--configure", *_OPTIONS, "vigbox")
        else:
            problem = self._dpkg(journal, "--install", *_OPTIONS, str(self.folder / deb))
        if not problem:
            self._start(journal)
        return problem

    def _dpkg(self, journal: Journal, *words: str) -> str:
        # a slow card takes minutes, and the page may run
        return self.machine.dpkg(*words, meanwhile=lambda: self._tell_again(journal))

    def _start(self, journal: Journal) -> None:
        for name in journal.units:
            if not self.machine.unit(name).is_active:
                # not waited for: what cannot start is found ill below
                self.machine.systemctl("reset-failed", name)
                self.machine.systemctl("start", "--no-block", name)

    def _prove(self, journal: Journal) -> str:
        """Watch until all was well for long enough; gives what was ill when patience was over."""
        machine = self.machine
        began, steady, seen = machine.seconds(), machine.seconds(), ""
        latest, wifi_until = began + LONGEST_FILM_S, began + WIFI_S
        first = {each: machine.unit(each).restarts for each in journal.units}
        while True:
            now = machine.seconds()
            units = {each: machine.unit(each) for each in journal.units}
            if self._is_old(journal, units) and self._is_filming(journal):
                if now < latest:
                    began = now
                else:  # see _await_no_film
                    machine.end_film(journal.socket)
            problem = self._problem(journal, units)
            if problem == AROUND[WIFI] and now < wifi_until:
                began = now  # all else is well
            pids = str([each.pid for each in units.values()])
            if problem or pids != seen:
                steady, seen = now, pids
            falls = [
                name
                for name, each in units.items()
                if each.restarts - first[name] >= _MOST_RESTARTS
            ]
            if falls:
                return f"{falls[0]} fell over {_MOST_RESTARTS} times."
            if problem and now - began > PATIENCE_S:
                return problem
            if not problem and now - steady >= STEADY_S:
                return ""
            self._tell_again(journal)
            machine.wait(_LOOK_S)

    def _is_old(self, journal: Journal, units: Mapping[str, Unit]) -> bool:
        """Tell whether the recorder of before still runs: it is renewed when it is idle."""
        is_same_boot = journal.boot == self.machine.boot()
        pid = units[RECORDER].pid if RECORDER in units else None
        return is_same_boot and journal.recorder_pid != 0 and pid == journal.recorder_pid

    def _problem(self, journal: Journal, units: Mapping[str, Unit]) -> str:
        state, version = self.machine.package()
        if (state, version) != ("install ok installed", self._aim(journal)[1]):
            return f"dpkg says {state} of version {version}."
        for name, each in units.items():
            if not each.is_active:
                return f"{name} does not run."
        if RECORDER in units and (problem := self._problem_of_recorder(journal, units)):
            return problem
        if WEB in units and not self.machine.has_page(journal.host):
            return "The page does not answer."
        return next((AROUND[each] for each in journal.around if not self._is_well(each)), "")

    def _is_well(self, name: str) -> bool:
        # what a journal names and this does not know was noted by another version
        return name not in AROUND or self.machine.is_well(name)

    def _problem_of_recorder(self, journal: Journal, units: Mapping[str, Unit]) -> str:
        status = self.machine.recorder(journal.socket)
        if self._is_old(journal, units) or status is None:
            return "The recorder does not answer."
        if not journal.was_ready:
            return ""
        if status.get("not_ready") and status.get("not_ready_kind") not in _NO_ILLNESS:
            return str(status["not_ready"])
        return str(status.get("camera") or "")  # of two reasons not to be ready it tells the first

    def _go_back(self, journal: Journal) -> None:
        self._await_no_film(journal, lambda: self._tell_again(journal))
        self.machine.systemctl("stop", WEB)
        former = self._former(journal)
        failed = self._install(replace(journal, units=()))
        if not failed:
            try:
                journal = self._put_database_back(journal)
            except OSError as error:
                failed = f"The card cannot be written: {error.strerror}. What came before is kept."
        # the recorder of the newer version is idle: it left when it was told to
        self._start(journal)
        if failed:  # tried again at the next boot
            self.tell("going back", journal, failed)
        else:
            # who reads that it is gone back presses: a recorder that is about to leave hears nobody
            why, ill = journal.why, self._prove(former)
            if ill:
                why = f"{why} Version {journal.before} does not run well either: {ill}"
            self._end("gone back", journal, why)

    def _former(self, journal: Journal) -> Journal:
        """Give what is to be proved after the way back; the recorder of now leaves when idle."""
        is_there = self.machine.package() == ("install ok installed", journal.before)
        pid = 0 if is_there else self.machine.unit(RECORDER).pid
        return replace(journal, boot=self.machine.boot(), recorder_pid=pid, was_ready=False)

    def _put_database_back(self, journal: Journal) -> Journal:
        """Only when the newer version changed its schema, for which somebody had to unlock it."""
        if noted(self.data) <= journal.schema or not (self.folder / "case.db").exists():
            return journal
        if not journal.is_put_back:
            for name in _DATABASE:  # what was written since is not thrown away
                with contextlib.suppress(NotPlainError):
                    copy(self.data / name, self.folder / f"newer-{name}")
            journal = self.write(replace(journal, is_put_back=True), journal.why)
        # a log that outlived its database would be played into the other one
        for name in ("case.db-wal", "case.db-shm"):
            take_away(self.data / name)
        sync(self.data)
        # what tells the schema comes last: a cut before it begins this anew
        for name in _DATABASE:
            copy(self.folder / name, self.data / name)
        return journal

    def _end(self, state: str, journal: Journal, why: str = "") -> None:
        self.tell(state, journal, why)
        self._remember(state, journal.version)
        (self.folder / "journal.json").unlink()
        sync(self.folder)
        kept = {"done": "next.deb", "gone back": "before.deb"}.get(state)
        if kept:  # the release that runs now is what the next update goes back to
            with contextlib.suppress(FileNotFoundError):
                (self.folder / kept).replace(self.folder / "kept.deb")
        # what a version wrote that was gone back from lies there until one stays
        newer = [f"newer-{each}" for each in _DATABASE] if state == "done" else []
        for name in ("next.deb", "before.deb", *_DATABASE, *newer):
            (self.folder / name).unlink(missing_ok=True)

    def _remember(self, state: str, version: str) -> None:
        """Note what was gone back from, until a version stays: a stick may still be in the box."""
        path = self.folder / GONE_BACK
        with contextlib.suppress(OSError):  # a full card keeps no update from its end
            if state == "done":
                path.unlink(missing_ok=True)
            elif state == "gone back":
                save(path, "\n".join(sorted({*gone_back(self.folder), version})).encode())


class Box:
    """The machine this runs on."""

    def package(self) -> tuple[str, str]:
        """See :class:`Machine`."""
        told = self._run("dpkg-query", "-W", "-f", "${Status}|${Version}", "vigbox").stdout
        state, _, version = told.partition("|")
        return state or "unknown ok not-installed", version

    def dpkg(self, *words: str, meanwhile: Callable[[], object]) -> str:
        """See :class:`Machine`."""
        pipe, code, told = subprocess.PIPE, None, ("", "")
        with subprocess.Popen(
            ["dpkg", *words], env=_environ(), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe,
            text=True,
        ) as process:  # fmt: skip
            while code is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    told = process.communicate(timeout=_TELL_S)
                meanwhile()
                code = process.returncode
        sys.stdout.write(told[0])
        lines = told[1].strip().splitlines() or ["dpkg failed"]
        return "" if code == 0 else f"It cannot be installed: {lines[0]}"

    def unit(self, name: str) -> Unit:
        """See :class:`Machine`."""
        keys = ("ActiveState", "MainPID", "NRestarts")
        found = self._show(name, *keys)
        numbers = (int(found.get(each) or 0) for each in keys[1:])
        return Unit(found.get("ActiveState") in ("active", "reloading"), *numbers)

    def systemctl(self, *words: str) -> None:
        """See :class:`Machine`."""
        self._run("systemctl", *words)

    def recorder(self, socket: str) -> dict[str, Any] | None:
        """See :class:`Machine`."""
        try:
            found = json.loads(_answer(socket, b'{"do":"status"}\n'))
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and "mode" in found else None

    def end_film(self, socket: str) -> None:
        """See :class:`Machine`."""
        with contextlib.suppress(OSError):
            _answer(socket, b'{"do":"stop"}\n')

    def has_page(self, host: str) -> bool:
        """See :class:`Machine`."""
        return is_page("/run/vigbox-web/web.sock", host)

    def is_well(self, name: str) -> bool:
        """See :class:`Machine`."""
        if name == WIFI:
            return is_up(WIFI_STATE)
        if name == RIGHTS:
            return self._may_bring_up()
        keys = ("ActiveState", "Result", "ReloadResult")
        found = self._show(name, *keys)
        # the front is over when nginx has taken the settings; what was reloaded in vain still runs
        wanted = ["inactive" if name == FRONT else "active", "success", "success"]
        return [found.get(each) for each in keys] == wanted

    def _may_bring_up(self) -> bool:
        # a Wi-Fi that is up stays up without these, until the next boot; polkit may not answer
        pid = self.unit(HELPER).pid
        ask = ("timeout", str(_ANSWER_S), "pkcheck", "--process", str(pid), "--action-id")
        names = (f"org.freedesktop.NetworkManager.{each}" for each in _TO_BRING_UP)
        return pid != 0 and all(self._run(*ask, each).returncode == 0 for each in names)

    def boot(self) -> str:
        """See :class:`Machine`."""
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()

    def seconds(self) -> float:
        """See :class:`Machine`."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """See :class:`Machine`."""
        time.sleep(seconds)

    def _show(self, name: str, *keys: str) -> dict[str, str]:
        told = self._run("systemctl", "show", name, *(f"--property={each}" for each in keys)).stdout
        return dict(each.split("=", 1) for each in told.splitlines() if "=" in each)

    def _run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        nothing = subprocess.DEVNULL
        return subprocess.run(
            words, env=_environ(), stdin=nothing, capture_output=True, text=True, check=False
        )


def _environ() -> dict[str, str]:
    return dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")


def is_page(path: str, host: str, within_s: float = _ANSWER_S) -> bool:
    """Tell whether the web at a socket answers with its page, and soon."""
    asked = f"GET /unlock HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        said = _answer(path, asked.encode(), within_s)
    except OSError:
        return False
    return said.startswith(b"HTTP/") and said.split(b" ", 2)[1:2] == [b"200"]


def is_up(path: Path) -> bool:
    """Tell whether the network helper says that the Wi-Fi is up."""
    try:
        with plain(path) as file:
            found = json.loads(file.read(_ANSWER_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("is_up") is True


def _answer(path: str, question: bytes, within_s: float = _ANSWER_S) -> bytes:
    """Ask at a socket, and give the first line. Raises OSError.

    The time is for all of it: who answers byte by byte would hold an update up for ever.
    """
    until, said = time.monotonic() + within_s, b""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(within_s)
        link.connect(path)
        link.sendall(question)
        while b"\n" not in said and len(said) < _ANSWER_BYTES:
            link.settimeout(max(until - time.monotonic(), 0.001))
            part = link.recv(_ANSWER_BYTES)
            if not part:
                break
            said += part
    return said.partition(b"\n")[0]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one who changes root's folder; waits for whoever is. Raises OSError."""
    import fcntl  # not on Windows, where no box runs but this module is imported

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, f"{folder} is somebody else's")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def plain(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to be read where others may make names: nothing is followed or waited for.

    Raises :class:`NotPlainError`, OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
            raise _not_plain(path) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_plain(path)
    with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor
        yield file


def _not_plain(path: Path) -> NotPlainError:
    return NotPlainError(errno.EINVAL, f"{path.name} is no plain file")


def noted(folder: Path) -> str:
    """Tell which schema the case database of a folder has; nothing when it is not noted."""
    try:
        with plain(folder / "case.schema") as file:
            return file.read(_SCHEMA_BYTES).decode("ascii", "replace").strip()
    except OSError:
        return ""


def gone_back(folder: Path) -> set[str]:
    """Tell which versions were gone back from since one last stayed."""
    try:
        return set((folder / GONE_BACK).read_bytes().decode("utf-8", "replace").splitlines())
    except OSError:
        return set()


def save(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a small file durably. Raises OSError."""
    with _replacing(path, mode) as file:
        file.write(data)


def tell_lamp(hint: Path, state: str) -> None:
    """Ask for a look at an update that went wrong, until the box is switched off. Never raises."""
    with contextlib.suppress(OSError):
        save(hint, b"look\n" if state in _WRONG else b"well\n", 0o644)


def copy(source: Path, target: Path) -> None:
    """Copy a file durably, and its owner; one that is not there takes the copy away.

    One that is mostly holes was written by no database, and its copy would fill the card. Raises
    :class:`NotPlainError`, OSError.
    """
    with contextlib.ExitStack() as closing:
        try:
            old = closing.enter_context(plain(source))
        except FileNotFoundError:
            take_away(target)
            return
        told = os.fstat(old.fileno())
        if told.st_size - 2 * told.st_blocks * _BLOCK_BYTES > _HOLES_BYTES:
            raise _not_plain(source)
        pour(old, target, told)


def pour(old: IO[bytes], target: Path, owner: os.stat_result | None = None) -> None:
    """Copy an open file durably, and give it an owner. Raises OSError."""
    with _replacing(target, 0o600) as new:
        shutil.copyfileobj(old, new)
        if owner is not None:
            os.fchown(new.fileno(), owner.st_uid, owner.st_gid)


@contextlib.contextmanager
def _replacing(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """Make a file beside a name, and give it the name once it is whole. Raises OSError.

    In the data folder the web may make names too: nobody can have made one that is drawn now.
    """
    for old in path.parent.glob(f".{path.name}.*new"):  # of a cut
        with contextlib.suppress(OSError):
            old.unlink()
    making = _beside(path, "new")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor
            os.fchmod(descriptor, mode)
            yield file
            file.flush()
            os.fsync(descriptor)
        _set_aside(path)
        making.replace(path)
    except OSError:
        making.unlink(missing_ok=True)
        raise
    sync(path.parent)


def take_away(path: Path) -> None:
    """Take a file away, and whatever else may lie under its name. Raises OSError."""
    _set_aside(path)
    path.unlink(missing_ok=True)


def _set_aside(path: Path) -> None:
    """Give a folder under a file's name another one: no file can be given the name of a folder."""
    if path.is_dir() and not path.is_symlink():
        path.rename(_beside(path, "odd"))


def _beside(path: Path, end: str) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(8).hex()}.{end}")


def check_room(files: Iterable[Path], folder: Path) -> None:
    """Refuse what would fill the card before a byte of it is copied. Raises OSError."""
    size_bytes = 0
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            size_bytes += path.lstat().st_blocks * _BLOCK_BYTES
    card = os.statvfs(folder)
    if size_bytes + _SPARE_BYTES > card.f_bavail * card.f_frsize:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def sync(folder: Path) -> None:
    """Make a folder's names durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main(words: list[str], update: Update | None = None) -> None:
    """Go on with the update under way."""
    update = update or Update(FOLDER, Box())
    with locked(update.folder):
        if "--early" in words:
            update.early()
        else:
            update.go_on()


if __name__ == "__main__":
    main(sys.argv[1:])
