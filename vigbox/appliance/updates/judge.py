"""Whether a release may be installed on this box: each reason against it is one sentence."""

from dataclasses import dataclass
from typing import Final

from vigbox.appliance.updates.release import Release, UpdateRefusedError
from vigbox.appliance.updates.versions import is_newer

SPARE_BYTES: Final = 300_000_000
"""Left on each file system beside what an update takes: the recorder stops films below 200 MB."""


class AlreadyInstalledError(UpdateRefusedError):
    """This version is the one that runs."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What is on the box: its version and architecture, and the schema of the case database."""

    version: str
    arch: str
    schema: str


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes are left where programs and where data lie; ``is_one``: the same ones."""

    system_bytes: int
    data_bytes: int
    is_one: bool = False


def judge(release: Release, here: Installed, *, allow_older: bool = False) -> None:
    """Raise :class:`UpdateRefusedError` when a release does not belong on this box."""
    if release.arch != here.arch:
        raise UpdateRefusedError(
            f"The update is for {release.arch}, and this box is {here.arch}. Get the other one."
        )
    if release.version == here.version:
        raise AlreadyInstalledError(f"Version {here.version} is installed already.")
    is_older = not is_newer(release.version, here.version)
    if is_older and not allow_older:
        raise UpdateRefusedError(
            f"Version {release.version} is older than {here.version}, which is installed."
        )
    if is_newer(release.replaces, here.version) and not is_older:
        raise UpdateRefusedError(
            f"Version {release.version} follows {release.replaces} or later, and this box has "
            f"{here.version}. Install {release.replaces} first."
        )
    if release.schema < here.schema:
        raise UpdateRefusedError(
            f"Version {release.version} does not know the case database of this box. Run "
            f"`vigbox schema --to {release.schema}` first, and unlock nothing in between."
        )


def check_room(release: Release, room: Room, going_back_bytes: int) -> None:
    """Raise :class:`UpdateRefusedError` when the card is too full to install and to go back."""
    # dpkg unpacks the new files beside the old ones
    system_bytes, data_bytes = release.room_bytes, release.size_bytes + going_back_bytes
    if room.is_one:
        check_room_for(system_bytes + data_bytes, min(room.system_bytes, room.data_bytes))
        return
    check_room_for(system_bytes, room.system_bytes)
    check_room_for(data_bytes, room.data_bytes)


def check_room_for(size_bytes: int, room_bytes: int) -> None:
    """Raise :class:`UpdateRefusedError` when so much would leave too little on the card."""
    missing = size_bytes + SPARE_BYTES - room_bytes
    if missing > 0:
        raise UpdateRefusedError(
            f"The card is too full for the update: {missing // 1_000_000 + 1} MB are missing. "
            "Export and erase older recordings first."
        )
