"""DEST: owned while a round works in it, known again after it was away, its errors as sentences."""

import errno
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vigbox.companion.lock import owned
from vigbox.companion.transfer import STATE
from vigbox.delivery.manifest import is_id
from vigbox.errors import VigboxError
from vigbox.model import new_id
from vigbox.store import durable

_ID_FILE: Final = "id"
"""In DEST's own state: what tells it from every other folder, wherever its disk is plugged in."""


class DestinationError(VigboxError):
    """DEST cannot be written: no room, no right to, or it is not there."""


class Destination:
    """A folder on this machine, or on a disk that comes and goes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / STATE
        self._device: int | None = None
        self._id = ""

    @property
    def is_begun(self) -> bool:
        """Whether it is there, and a sync has worked in it."""
        try:
            return self.state.exists()
        except OSError:
            return False

    def prepare(self, machine_ids: Iterable[str]) -> None:
        """Find out whether a sync can work in it, and forget pairings that are no more.

        Raises as :meth:`owned` does.
        """
        with self.owned():
            left = {each.name for each in self.state.glob("*") if is_id(each.name)}
            for name in left.difference(machine_ids):
                shutil.rmtree(self.state / name)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Own it, so that no other sync works in it; it is let go with the context.

        It is made when its own folder is there: a disk that is away is not replaced by a folder
        under its name. Raises :class:`DestinationError`, also for every OSError inside, and
        InUseError.
        """
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
            self._know_again()
            with owned(self.state):
                self._remember()
                yield
        except OSError as error:
            raise self._told(error) from error

    def _know_again(self) -> None:
        """Refuse another disk in its place; the same one may come back under another number."""
        device = self.path.stat().st_dev
        if self._device not in (None, device) and self._read_id() != self._id:
            raise DestinationError(
                f"{self.path} lies on another disk than before; plug in the disk that it was on"
            )
        self._device = device

    def _remember(self) -> None:
        """Remember its id, which it gets when it has none."""
        found = self._read_id()
        if found is None:
            found = new_id()
            durable.save(self.state / _ID_FILE, found.encode())
        self._id = found

    def _read_id(self) -> str | None:
        try:
            found = (self.state / _ID_FILE).read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            return None
        return found if is_id(found) else None

    def _told(self, error: OSError) -> DestinationError:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            return DestinationError(
                f"there is no room left in {self.path}; make room and sync again: what was "
                "fetched is kept"
            )
        if error.errno in {errno.ENOENT, errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE}:
            return DestinationError(
                f"{self.path} is not there ({error.strerror}); plug its disk in, or make the "
                "folder it lies in, and sync again"
            )
        return DestinationError(
            f"cannot write in {self.path}: {error.strerror or error}. Choose another folder, or "
            "give yourself the right to write there, and sync again."
        )
