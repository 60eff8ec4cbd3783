"""Takes an update in: copied to root's folder, verified whole, with the way back beside it.

Nothing of the installed box is changed here. The journal is written last: before it, a cut leaves
nothing but files that the next update clears away.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Final

from vigbox.appliance.updates import steps
from vigbox.appliance.updates.dpkg import InstalledPackage, check_package
from vigbox.appliance.updates.judge import Installed, Room, check_room, judge
from vigbox.appliance.updates.place import Place
from vigbox.appliance.updates.release import (
    Release,
    UpdateRefusedError,
    read_head,
    read_package,
)
from vigbox.appliance.updates.repack import Repacked
from vigbox.appliance.updates.steps import RECORDER, WEB, Journal, Machine, Update
from vigbox.seal.signing import VerifyKey
from vigbox.store.durable import sync_folder
from vigbox.store.layout import room_bytes

UNITS: Final = (RECORDER, WEB, "vigbox-lamp.service")


class UnderWayError(UpdateRefusedError):
    """An update is under way already."""


@dataclass(frozen=True, slots=True)
class Staging:
    """What an update is taken in on. ``root`` is / on a box."""

    place: Place
    trusted: list[VerifyKey]
    machine: Machine
    host: str = "localhost"
    socket: str = "/run/vigbox/recorder.sock"
    package: InstalledPackage = field(default_factory=InstalledPackage)
    root: Path = Path("/")
    check: Callable[[Path, Release], None] = check_package

    def take(
        self, file: IO[bytes], source: str, *, allow_older: bool = False, shown: str | None = None
    ) -> Journal:
        """Verify an update and lay it ready, with the way back; it is not begun.

        ``shown`` is the digest of what somebody agreed to. Raises :class:`UpdateRefusedError`;
        then nothing is left of it. OSError.
        """
        with self.alone():
            return self.lay_ready(file, source, allow_older=allow_older, shown=shown)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one in root's folder, with no update under way.

        Raises :class:`UnderWayError`, OSError.
        """
        place = self.place
        _refuse_second(place)  # not waited for: it takes minutes
        place.folder.mkdir(mode=0o700, exist_ok=True)
        with steps.locked(place.folder):
            _refuse_second(place)
            yield

    def lay_ready(
        self, file: IO[bytes], source: str, *, allow_older: bool = False, shown: str | None = None
    ) -> Journal:
        """Do what :meth:`take` does, within :meth:`alone`."""
        place = self.place
        release = read_head(file, self.trusted)
        if shown not in (None, digest(release)):
            raise UpdateRefusedError("Another update is here than was shown. Look at it again.")
        here = self.here()
        judge(release, here, allow_older=allow_older)
        check_room(release, self._room(), self._back_bytes(here))
        try:
            self._copy(file, release)
            self._keep_back(here)
        except (UpdateRefusedError, OSError):
            self._clear()
            raise
        shutil.copyfile(steps.__file__, place.folder / "steps.py")
        _durable(place.folder / "steps.py")
        journal = self._journal(release, here, source, allow_older=allow_older)
        update = Update(place.folder, self.machine, lambda _: None, place.hint)
        return update.write(journal)

    def look(self, file: IO[bytes], *, allow_older: bool = False) -> Release:
        """Verify an update from its first to its last byte, and keep nothing of it.

        Raises as :meth:`take`.
        """
        release = read_head(file, self.trusted)
        judge(release, self.here(), allow_older=allow_older)
        read_package(file, release, lambda _: None)
        return release

    def here(self) -> Installed:
        """Tell what is installed. Raises :class:`UpdateRefusedError`."""
        return self.package.facts(schema_of(self.place.data))

    def _copy(self, file: IO[bytes], release: Release) -> None:
        making = self.place.folder / "next.deb.new"
        with making.open("wb") as new:
            os.fchmod(new.fileno(), 0o600)
            read_package(file, release, new.write)
            new.flush()
            os.fsync(new.fileno())
        self.check(making, release)
        making.replace(self.place.folder / "next.deb")
        sync_folder(self.place.folder)

    def _keep_back(self, here: Installed) -> None:
        before = self.place.folder / "before.deb"
        if self._is_kept(here):
            before.unlink(missing_ok=True)
            before.hardlink_to(self.place.folder / "kept.deb")
        else:
            making = before.with_name("before.deb.new")
            with making.open("wb") as new:
                Repacked(self.package, self.root).write(new)
                new.flush()
                os.fsync(new.fileno())
            self.check(making, _as_release(here))
            making.replace(before)
        sync_folder(self.place.folder)

    def _is_kept(self, here: Installed) -> bool:
        kept = self.place.folder / "kept.deb"
        if not kept.exists():
            return False
        try:
            self.check(kept, _as_release(here))
        except UpdateRefusedError:
            return False
        return True

    def _back_bytes(self, here: Installed) -> int:
        return 0 if self._is_kept(here) else Repacked(self.package, self.root).size_bytes

    def _room(self) -> Room:
        programs, data = self.root / "usr", self.place.data
        # the image has a file system for each, a plain Debian one for both
        is_one = programs.stat().st_dev == data.stat().st_dev
        return Room(room_bytes(programs), room_bytes(data), is_one)

    def _clear(self) -> None:
        for name in ("next.deb", "next.deb.new", "before.deb", "before.deb.new"):
            (self.place.folder / name).unlink(missing_ok=True)

    def _journal(
        self, release: Release, here: Installed, source: str, *, allow_older: bool
    ) -> Journal:
        # whoever goes to an older version stopped the page, to take the schema back
        wanted = (WEB,) if allow_older else ()
        running = tuple(
            each for each in UNITS if each in wanted or self.machine.unit(each).is_active
        )
        return Journal(
            "waiting",
            release.version,
            here.version,
            here.schema,
            running,
            socket=self.socket,
            host=self.host,
            source=source,
        )


def schema_of(data: Path) -> str:
    """Tell which schema the case database of a data folder has; this version's when not known.

    The web notes it, and one that this version cannot have made is not believed: no update would
    ever know it.
    """
    from vigbox.casework.schema import HEAD  # sqlalchemy is slow to load on a small board

    # the steps' own: root follows no link of the web's
    return min(steps.noted(data) or HEAD, HEAD)


def facts_of(release: Release, source: str) -> dict[str, object]:
    """Give what a page shows of a release."""
    return asdict(release) | {"source": source}


def digest(release: Release) -> str:
    """Name a release: what the page was shown is what is installed."""
    return hashlib.sha256(release.line()).hexdigest()


def _refuse_second(place: Place) -> None:
    if place.is_under_way():
        raise UnderWayError("An update is under way already. Wait until it is over.")


def _as_release(here: Installed) -> Release:
    return Release(here.version, here.arch, "", 1, 1, here.version, here.schema, "")


def _durable(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)
