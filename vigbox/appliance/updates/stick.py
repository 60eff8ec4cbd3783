"""Looks for an update on a USB stick: mounted for reading alone, for as long as it is copied.

Only FAT and exFAT are mounted, the two that sticks come with: every other file system a stranger's
stick could bring is more of the kernel to attack. What verifies is copied to root's own folder, so
that the stick may be pulled out; the page then offers it.
"""

import contextlib
import functools
import itertools
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from vigbox.appliance.updates.judge import AlreadyInstalledError, check_room_for
from vigbox.appliance.updates.place import NO_UPDATE, Place, refuse_strange
from vigbox.appliance.updates.release import UpdateRefusedError, read_head
from vigbox.appliance.updates.staging import Staging, UnderWayError, digest
from vigbox.appliance.updates.steps import (
    NotPlainError,
    gone_back,
    plain,
    pour,
    save,
    tell_lamp,
)
from vigbox.appliance.updates.versions import is_newer
from vigbox.store.layout import room_bytes

TYPES: Final = "vfat,exfat"
_OPTIONS: Final = "ro,nosuid,nodev,noexec"
_MOST_FILES: Final = 64


def look_on(device: Path, staging: Staging, *, is_by_itself: bool) -> None:
    """Look on a stick, and offer or lay ready the newest update there is. Raises OSError.

    A device that cannot be mounted, or holds no update, changes nothing.
    """
    with _mounted(device) as folder:
        if folder is not None:
            look_in(folder / "vigbox", staging, is_by_itself=is_by_itself)


def look_in(folder: Path, staging: Staging, *, is_by_itself: bool) -> None:
    """Look in a folder; see :func:`look_on`.

    A stick that stayed in is looked on at every boot: what was gone back from is not taken again.
    """
    with contextlib.suppress(UnderWayError), staging.alone():
        place = staging.place
        found, refusals = _newest_first(folder, staging)
        past = gone_back(place.folder)
        paths = [path for version, path in found if version not in past]
        if found and not paths:  # that it was gone back from stays the word about it
            return
        for path in paths:
            try:
                _copy(path, place)
                _offer(staging, is_by_itself=is_by_itself)
            except AlreadyInstalledError:  # the stick that it came from, still in the box
                forget(place)
            except (UpdateRefusedError, OSError) as error:
                forget(place)
                refusals.append(str(error))
                continue
            return
        if refusals:
            _tell(place, "refused", why=refusals[0])


def forget(place: Place) -> None:
    """Let what was found be."""
    place.offered.unlink(missing_ok=True)


def _newest_first(folder: Path, staging: Staging) -> tuple[list[tuple[str, Path]], list[str]]:
    """Give what a trusted key signed, by the versions of the heads, and why not the others."""
    found, refusals = list[tuple[str, Path]](), list[str]()
    for path in itertools.islice(sorted(folder.glob("*.update")), _MOST_FILES):
        try:
            with _opened(path) as file:
                found.append((read_head(file, staging.trusted).version, path))
        except (UpdateRefusedError, OSError) as error:
            refusals.append(NO_UPDATE if isinstance(error, NotPlainError) else str(error))
    found.sort(key=functools.cmp_to_key(_order), reverse=True)
    return found, refusals


def _order(one: tuple[str, Path], other: tuple[str, Path]) -> int:
    return is_newer(one[0], other[0]) - is_newer(other[0], one[0])


def _offer(staging: Staging, *, is_by_itself: bool) -> None:
    place = staging.place
    with place.offered.open("rb") as file:
        if is_by_itself:
            staging.lay_ready(file, "stick")
            forget(place)
        else:
            release = staging.look(file)
            facts = {"changes": release.changes, "digest": digest(release)}
            _tell(place, "offered", version=release.version, **facts)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with plain(path) as file:
        refuse_strange(file)
        yield file


def _copy(path: Path, place: Place) -> None:
    with _opened(path) as file:
        check_room_for(os.fstat(file.fileno()).st_size, room_bytes(place.data))
        pour(file, place.offered)


def _tell(place: Place, state: str, **facts: str) -> None:
    told = {"state": state, "source": "stick", "why": "", **facts}
    save(place.told, json.dumps(told).encode(), 0o644)
    tell_lamp(place.hint, state)


@contextlib.contextmanager
def _mounted(device: Path) -> Iterator[Path | None]:
    with tempfile.TemporaryDirectory(prefix="vigbox-stick-") as folder:
        words = ["mount", "--types", TYPES, "--options", _OPTIONS, str(device), folder]
        if subprocess.run(words, stdin=subprocess.DEVNULL, check=False).returncode != 0:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=False)
