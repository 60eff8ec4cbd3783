"""Where an update lies on a box, and what of it is told.

=============================== ======================================= ============
path under the data folder      what                                    writer
=============================== ======================================= ============
update.json                     how it stands, for page and terminal    root
updates/journal.json            the step it is at                       root
updates/next.deb, before.deb    what is installed, what is gone back to root
updates/kept.deb                the release that runs                   root
updates/offered.update          what was found on a USB stick           root
updates/gone-back               which versions were gone back from      root
web/update/arrived.update       what was given on the page              web
web/update/wish.json            what the page asks for                  web
=============================== ======================================= ============
"""

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from vigbox.appliance.updates.release import LARGEST_BYTES, UpdateRefusedError
from vigbox.appliance.updates.steps import HINT, plain

UNDER_WAY: Final = ("waiting", "installing", "proving", "going back")
NO_UPDATE: Final = "This is no update of vigbox: it is too large, or no file."
_HEAD_BYTES: Final = 1 << 17
_WISH_BYTES: Final = 4096
_TOLD_BYTES: Final = 1 << 17
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Place:
    """Paths only; nothing is opened. ``data`` is the data folder, ``hint`` the lamp's word."""

    data: Path
    hint: Path = HINT

    @property
    def folder(self) -> Path:
        """Root's own folder."""
        return self.data / "updates"

    @property
    def offered(self) -> Path:
        """What was found on a stick."""
        return self.folder / "offered.update"

    @property
    def told(self) -> Path:
        """What the page and the terminal show."""
        return self.data / "update.json"

    @property
    def spool(self) -> Path:
        """The web's folder for what is given on the page."""
        return self.data / "web" / "update"

    @property
    def arrived(self) -> Path:
        """What was given on the page."""
        return self.spool / "arrived.update"

    @property
    def wish(self) -> Path:
        """What the page asks root for."""
        return self.spool / "wish.json"

    def is_under_way(self) -> bool:
        """Tell whether an update has begun and not ended; root knows."""
        return (self.folder / "journal.json").exists()

    def status(self) -> dict[str, Any]:
        """Read what is told; nothing when there was none, or it cannot be read."""
        try:
            with plain(self.told) as file:
                found = json.loads(file.read(_TOLD_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def is_told_under_way(self) -> bool:
        """Tell the same by what is told, for whoever may not look into root's folder.

        What was told in another boot is over: an update that is not is told anew at each boot,
        before the web starts (``steps.py --early``). One that waits has changed nothing, and names
        no boot.
        """
        told, now = self.status(), this_boot()
        return told.get("state") in UNDER_WAY and told.get("boot", now) == now


def this_boot() -> str:
    """Name this boot, as what is told names it; nothing where that cannot be read."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return ""


@contextlib.contextmanager
def opened(place: Place, name: str) -> Iterator[IO[bytes]]:
    """Open a file of the web's spool as root, and follow no link of the web's anywhere.

    Raises :class:`UpdateRefusedError` for what is no plain file or too large; OSError.
    """
    with contextlib.ExitStack() as closing:
        folder = _folder(place, closing)
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor
            refuse_strange(file)
            yield file


def take_wish(place: Place) -> dict[str, Any]:
    """Read what the page asks for, and take it away; nothing when it cannot be read."""
    try:
        with opened(place, place.wish.name) as file:
            found = json.loads(file.read(_WISH_BYTES))
    except (OSError, ValueError, RecursionError, UpdateRefusedError):
        found = {}
    with contextlib.suppress(OSError), contextlib.ExitStack() as closing:
        os.unlink(place.wish.name, dir_fd=_folder(place, closing))
    return found if isinstance(found, dict) else {}


def forget_arrived(place: Place) -> None:
    """Take away what was given on the page: it is in root's folder now."""
    with contextlib.suppress(OSError), contextlib.ExitStack() as closing:
        os.unlink(place.arrived.name, dir_fd=_folder(place, closing))


def refuse_strange(file: IO[bytes]) -> None:
    """Raise :class:`UpdateRefusedError` for what is no plain file, or larger than any update."""
    told = os.fstat(file.fileno())
    if not stat.S_ISREG(told.st_mode) or told.st_size > LARGEST_BYTES + _HEAD_BYTES:
        raise UpdateRefusedError(NO_UPDATE)


def _folder(place: Place, closing: contextlib.ExitStack) -> int:
    at = os.open(place.data, os.O_RDONLY | os.O_DIRECTORY)
    closing.callback(os.close, at)
    for name in place.spool.relative_to(place.data).parts:
        at = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
        closing.callback(os.close, at)
    return at
