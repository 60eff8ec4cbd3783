"""What the web knows of updates: it spools what is given, shows it, and asks root to install it.

Root verifies all of it anew (``appliance/updates``): what is checked here is checked so that a
person learns of it at once.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from vigbox.appliance.updates.dpkg import InstalledPackage
from vigbox.appliance.updates.judge import Installed, check_room_for, judge
from vigbox.appliance.updates.place import UNDER_WAY, Place, this_boot
from vigbox.appliance.updates.release import (
    LARGEST_BYTES,
    MAGIC,
    Release,
    UpdateRefusedError,
    read_head,
    read_package,
)
from vigbox.appliance.updates.staging import digest
from vigbox.appliance.updates.trusted import trusted_keys
from vigbox.casework.schema import HEAD, noted
from vigbox.errors import VigboxError
from vigbox.seal.signing import VerifyKey
from vigbox.store.durable import save
from vigbox.store.layout import room_bytes
from vigbox.store.uploads import PART_BYTES, MisplacedPartError


class BeingUpdatedError(VigboxError):
    """The box is being updated: it stays locked until the new version has proved itself."""


@dataclass(frozen=True, slots=True)
class Updating:
    """Updates of the box that this data folder belongs to."""

    place: Place
    trusted: Callable[[], Sequence[VerifyKey]] = trusted_keys
    installed: Callable[[str], Installed] = InstalledPackage().facts

    @property
    def here(self) -> Installed:
        """What is installed. Raises UpdateRefusedError where there is no package."""
        return self.installed(noted(self.place.data) or HEAD)

    @property
    def status(self) -> dict[str, Any]:
        """How the last update stands, as root tells it."""
        return self.place.status()

    @property
    def is_under_way(self) -> bool:
        """Tell whether root is at it, or was asked to be."""
        return self.place.is_told_under_way() or self.place.wish.exists()

    def refuse_while_proving(self) -> None:
        """Keep the box locked until a new version is proved. Raises :class:`BeingUpdatedError`.

        An unlock brings the case database up, to a schema that the version before does not know.
        """
        told = self.status
        until_s = told.get("locked_until_s", 0)
        if (
            told.get("state") in UNDER_WAY
            and told.get("boot") == this_boot()
            and isinstance(until_s, int | float)
            and time.monotonic() < until_s
        ):
            raise BeingUpdatedError(
                "The box was updated just now, and makes sure that all is well. Unlock it in two "
                "minutes; it films already."
            )

    @property
    def size_bytes(self) -> int:
        """How much of an update is here."""
        try:
            return self.place.arrived.stat().st_size
        except FileNotFoundError:
            return 0

    def add(self, offset: int, data: bytes) -> int:
        """Take the part that belongs at an offset; gives how much is here now.

        One at 0 begins anew. Raises MisplacedPartError, UpdateRefusedError, OSError.
        """
        place = self.place
        if self.is_under_way:
            raise UpdateRefusedError("An update is under way already. Wait until it is over.")
        if offset == 0:
            self.forget()
            if not data.startswith(MAGIC):
                raise UpdateRefusedError(
                    "This is no update of vigbox. Choose the file that ends in .update."
                )
        if offset != self.size_bytes:
            raise MisplacedPartError(f"{offset} is not the end of what is here")
        if offset + len(data) > LARGEST_BYTES + PART_BYTES:
            self.forget()
            raise UpdateRefusedError("This is no update of vigbox: it is too large, or no file.")
        # twice: root takes a copy of its own
        check_room_for(2 * len(data), room_bytes(place.data))
        place.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place.arrived.open("ab") as file:
            file.write(data)
        return offset + len(data)

    def forget(self) -> None:
        """Let what was given be."""
        self.place.arrived.unlink(missing_ok=True)

    def arrived(self) -> Release | None:
        """Give what was given, once its header says that all of it is here.

        Raises UpdateRefusedError when it may not be installed here.
        """
        try:
            with self.place.arrived.open("rb") as file:
                release = self._head(file)
                is_whole = self.size_bytes >= file.tell() + release.size_bytes
        except FileNotFoundError:
            return None
        return release if is_whole else None

    def ask(self, source: str, shown: str) -> Release | None:
        """Ask root to install what was shown; gives the release that was given on the page.

        Raises UpdateRefusedError when it is not what was shown any more, or is damaged; OSError.
        """
        release = None
        if self.is_under_way:
            raise UpdateRefusedError("An update is under way already. Wait until it is over.")
        if source == "page":
            with self._whole() as file:
                release = self._head(file)
                read_package(file, release, lambda _: None)
                os.fsync(file.fileno())
        now = digest(release) if release else self.status.get("digest")
        if not shown or now != shown:
            raise UpdateRefusedError("Another update is here than was shown. Look at it again.")
        save(self.place.wish, json.dumps({"install": source, "digest": shown}).encode())
        return release

    def _whole(self) -> IO[bytes]:
        try:
            return self.place.arrived.open("rb")
        except FileNotFoundError:
            raise UpdateRefusedError("There is no update here. Choose its file first.") from None

    def _head(self, file: IO[bytes]) -> Release:
        release = read_head(file, self.trusted())
        judge(release, self.here)
        return release
