"""``update`` and ``release-key``: another version onto the box, and the key that signs it."""

import argparse
import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from vigbox.cli.box import real, running
from vigbox.cli.usage import UsageError
from vigbox.errors import VigboxError

if TYPE_CHECKING:
    from vigbox.appliance.updates.place import Place
    from vigbox.appliance.updates.staging import Staging
    from vigbox.config import Settings
    from vigbox.store.layout import Layout

UNIT: Final = "vigbox-update.service"
_LOOK_S: Final = 1.0
_PATIENCE: Final = 15
"""Looks at a unit that is not at it, before it is believed to have ended."""


class NotUpdatedError(VigboxError):
    """The box has the version it had before."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    update = commands.add_parser("update", help="install a signed update on this box")
    which = update.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", type=Path, metavar="FILE")
    # what the units run
    which.add_argument("--wished", action="store_true", help=argparse.SUPPRESS)
    which.add_argument("--stick", type=Path, metavar="DEVICE", help=argparse.SUPPRESS)
    update.add_argument("--check", action="store_true", help="verify it, and change nothing")
    told = "an older version too; after `vigbox schema --to`"
    update.add_argument("--allow-older", action="store_true", help=told)
    update.add_argument("--settings", type=Path, help="instead of the box's own")
    update.add_argument("--data", type=Path, help="the data folder, instead of the settings'")
    update.set_defaults(command=_run)
    key = commands.add_parser("release-key", help="make a key that signs updates")
    key.add_argument("file", type=Path, metavar="FILE", help="FILE is secret, FILE.pub is public")
    key.set_defaults(command=_make_key)


def _run(given: argparse.Namespace) -> None:
    from vigbox.appliance.updates.place import Place

    settings, layout = _read(given)
    if os.geteuid() != 0 and not given.check:
        raise UsageError("an update is installed by root. Run: sudo vigbox update FILE")
    place = Place(layout.data)
    if given.wished:
        from vigbox.appliance.updates.wished import serve

        serve(place, lambda: _staging(given))
    elif given.stick:
        from vigbox.appliance.updates.stick import look_on

        staging = _staging(given)
        look_on(given.stick, staging, is_by_itself=settings.update_from_stick)
        if place.is_under_way():
            begin()
    else:
        _install(given, place, _staging(given))


def _read(given: argparse.Namespace) -> "tuple[Settings, Layout]":
    if given.wished or given.stick:  # nobody is there to put a mistake right
        # the recorder's folder, as the web can plant nothing in it
        reading, layout = running(given, "recorder", is_keeping=False)
        return reading.settings, layout
    return real(given)


def _staging(given: argparse.Namespace) -> "Staging":
    from vigbox.appliance.authority import name_of
    from vigbox.appliance.updates.place import Place
    from vigbox.appliance.updates.staging import Staging
    from vigbox.appliance.updates.steps import Box
    from vigbox.appliance.updates.trusted import trusted_keys
    from vigbox.store.identity import read_box

    settings, layout = _read(given)
    host = name_of(read_box(layout).box) if layout.box.exists() else settings.address
    where = str(settings.run / "recorder.sock")
    return Staging(Place(layout.data), trusted_keys(), Box(), host, where)


def _install(given: argparse.Namespace, place: "Place", staging: "Staging") -> None:
    with _opened(given.file) as file:
        if given.check:
            release = staging.look(file, allow_older=given.allow_older)
            print(f"vigbox {release.version} for {release.arch}: it may be installed here.")
            return
        journal = staging.take(file, "terminal", allow_older=given.allow_older)
    print(f"vigbox {journal.version} is verified and is installed now.", flush=True)
    begin()
    state, idle = "", 0
    while (place.is_under_way() or state == "") and idle < _PATIENCE:
        time.sleep(_LOOK_S)
        idle = 0 if _is_at_it() else idle + 1
        if (now := str(place.status().get("state", ""))) != state:
            state = now
            print(state, flush=True)
    told = place.status()
    if told.get("state") != "done":
        raise NotUpdatedError(f"the update was not kept ({told.get('state')}): {told.get('why')}")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    from vigbox.appliance.updates.place import refuse_strange

    with path.open("rb") as file:
        refuse_strange(file)
        yield file


def _is_at_it() -> bool:
    words = ["systemctl", "--quiet", "is-active", UNIT]
    return subprocess.run(words, stdin=subprocess.DEVNULL, check=False).returncode == 0


def begin() -> None:
    """Start what installs, however often the page asked for it before. Raises NotUpdatedError."""
    # what was started too often is not started again: a page may wish and wish
    with contextlib.suppress(NotUpdatedError):
        _systemctl("reset-failed", UNIT)
    _systemctl("start", "--no-block", UNIT)


def _systemctl(*words: str) -> None:
    done = subprocess.run(
        ["systemctl", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NotUpdatedError(
            f"systemd does not begin the update ({done.stderr.strip()}). It is laid ready, and is "
            "installed at the next boot."
        )


def _make_key(given: argparse.Namespace) -> None:
    from vigbox.appliance.updates.trusted import SUFFIX, public_text
    from vigbox.seal.signing import SigningKey

    path: Path = given.file
    public = path.with_name(path.name + SUFFIX)
    for each in (path, public):
        if each.exists():
            raise UsageError(f"{each} exists already, and a key is never written over")
    key = SigningKey.generate()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123  # a descriptor
        file.write(f"# secret: signs updates of vigbox. Keep it off every box.\n{key.to_text()}\n")
    public.write_text(public_text(key.verify_key), "ascii")
    print(f"The secret key is in {path}. Boxes that shall trust it get {public}.")
