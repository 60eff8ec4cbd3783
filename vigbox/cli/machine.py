"""``pair``, ``sync`` and ``collect``: what runs on the practitioner's own machine."""

import argparse
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vigbox.errors import VigboxError

if TYPE_CHECKING:
    from vigbox.companion.rounds import SyncSummary


_NOTHING: Final = "Nothing new waits on the box."


class NotAllFetchedError(VigboxError):
    """Some of what waits on a box could not be fetched."""


class CodeMissingError(VigboxError):
    """No code was given and nobody is there to ask."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    pair = commands.add_parser("pair", help="pair this computer with a box")
    pair.add_argument("address", nargs="?", help="of the box (default: looks for it in this Wi-Fi)")
    pair.add_argument("--code", help="as the box's page shows it (default: asks)")
    pair.add_argument("--name", default=socket.gethostname(), help="of this computer")
    pair.set_defaults(command=_run_pair)
    sync = commands.add_parser("sync", help="fetch, verify and open what your boxes have exported")
    sync.add_argument("dest", type=Path, metavar="DEST")
    sync.add_argument("--once", action="store_true", help="look once instead of waiting")
    sync.add_argument("--keep-sealed", action="store_true", help="keep .age files, open nothing")
    sync.set_defaults(command=_run_sync)
    collect = commands.add_parser(
        "collect", help="fetch, verify and open what boxes put on the service's storage"
    )
    collect.add_argument("remote", metavar="REMOTE", help="as rclone names it, for example office:")
    collect.add_argument("dest", type=Path, metavar="DEST")
    collect.add_argument("--keep-sealed", action="store_true", help="keep .age files, open nothing")
    collect.add_argument(
        "--config", type=Path, help="rclone's own configuration when it is missing"
    )
    collect.set_defaults(command=_run_collect)
    for each in (pair, sync, collect):
        each.add_argument("--home", type=Path, help="this computer's own identity and pairing")


def _run_pair(given: argparse.Namespace) -> None:
    from vigbox.companion.finding import the_box
    from vigbox.companion.home import default_home
    from vigbox.companion.pairing import pair

    address = given.address or the_box()
    if not given.address:
        print(f"There is a box at {address}.", flush=True)
    code = given.code or _asked_code()
    box = pair(address, code, given.name, given.home or default_home())
    print(f"Paired with {box.box_name} at {box.address}. Now: vigbox sync FOLDER")


def _asked_code() -> str:
    if not sys.stdin.isatty():
        raise CodeMissingError("the code that the box's page shows is missing; give it with --code")
    print("Hold the box's button for 5 seconds with the page Machines open on the tablet.")
    return input("The code it shows: ")


def _run_sync(given: argparse.Namespace) -> None:
    from vigbox.companion.home import default_home
    from vigbox.companion.progress import bar, quiet
    from vigbox.companion.sync import sync

    # under pythonw, which opens no window, there is neither
    is_watched = sys.stderr is not None and sys.stderr.isatty()
    if is_watched and not given.once:
        print("Waiting for the box; Ctrl-C ends it.", file=sys.stderr)
    summary = sync(
        given.dest,
        given.home or default_home(),
        once=given.once,
        keep_sealed=given.keep_sealed,
        progress=bar if is_watched else quiet,
        when_synced=_tell,
    )
    for sentence in summary.away:
        print(f"vigbox: {sentence}", file=sys.stderr)
    told = "Nothing new waits on the boxes that answered." if summary.away else _NOTHING
    _conclude(summary, told)


def _run_collect(given: argparse.Namespace) -> None:
    from vigbox.companion import home as homes
    from vigbox.companion.collect import Collecting
    from vigbox.delivery.remote import Remote

    home = given.home or homes.default_home()
    remote = Remote(given.remote, given.config)
    boxes, identity = homes.boxes(home), homes.identity(home)
    made = Collecting(remote, given.dest, boxes, identity, keep_sealed=given.keep_sealed)
    _conclude(made.run(), "Nothing new waits on the storage.")


def _conclude(summary: "SyncSummary", otherwise: str) -> None:
    _tell(summary)
    if not summary.files and not summary.problems:
        print(otherwise)
    if summary.problems:
        raise NotAllFetchedError("not everything could be fetched; run it again")


def _tell(summary: "SyncSummary") -> None:
    for path in summary.files:
        print(f"verified  {path}", flush=True)
    for problem in summary.problems:
        # where there is no console there is no stderr to write to: print is then silent
        print(f"vigbox: {problem}", file=sys.stderr)
