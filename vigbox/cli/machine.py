"""``pair`` and ``sync``: what runs on the practitioner's own machine."""

import argparse
import socket
import sys
from pathlib import Path

from vigbox.errors import VigboxError


class NotAllFetchedError(VigboxError):
    """Some of what waits on the box could not be fetched."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    pair = commands.add_parser("pair", help="pair this computer with a box")
    pair.add_argument("address", help="as the box's page shows it")
    pair.add_argument("--code", required=True, help="as the box's page shows it")
    pair.add_argument("--name", default=socket.gethostname(), help="of this computer")
    pair.set_defaults(command=_run_pair)
    sync = commands.add_parser("sync", help="fetch, verify and open what the box has exported")
    sync.add_argument("dest", type=Path, metavar="DEST")
    sync.add_argument("--once", action="store_true", help="look once instead of waiting")
    sync.add_argument("--keep-sealed", action="store_true", help="keep .age files, open nothing")
    sync.set_defaults(command=_run_sync)
    for each in (pair, sync):
        each.add_argument("--home", type=Path, help="this computer's own identity and pairing")


def _run_pair(given: argparse.Namespace) -> None:
    from vigbox.companion.home import default_home
    from vigbox.companion.pairing import pair

    box = pair(given.address, given.code, given.name, given.home or default_home())
    print(f"Paired with the box at {box.address}. Now: vigbox sync FOLDER")


def _run_sync(given: argparse.Namespace) -> None:
    from vigbox.companion.home import default_home
    from vigbox.companion.progress import bar, quiet
    from vigbox.companion.rounds import SyncSummary
    from vigbox.companion.sync import sync

    def tell(summary: SyncSummary) -> None:
        for path in summary.files:
            print(f"verified  {path}", flush=True)
        for problem in summary.problems:
            print(f"vigbox: {problem}", file=sys.stderr, flush=True)

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
        when_synced=tell,
    )
    tell(summary)
    if not summary.files and not summary.problems:
        print("Nothing new waits on the box.")
    if summary.problems:
        raise NotAllFetchedError("not everything could be fetched; run it again")
