"""``keys``, ``recover``, ``withdraw``, ``schema``: what the desk does, from a terminal on the box.

The page must not run on the same folder meanwhile: it holds the database.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vigbox.cli import rights
from vigbox.cli.box import real
from vigbox.cli.rights import Change, DeskUseError
from vigbox.errors import InUseError
from vigbox.store.layout import Layout

if TYPE_CHECKING:
    from vigbox.casework.desk import Desk
    from vigbox.config import Settings
    from vigbox.web.door import Door


# "name" is the command's own
_PLACES: Final = {
    "NAME": "name_",
    "NAMES": "names",
    "CODE": "code",
    "RECIPIENT": "recipient",
    "FILE": "file",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    keys = commands.add_parser("keys", help="who may open what on this box")
    wishes = keys.add_subparsers(required=True, metavar="WISH")
    for name, told, change, words in (
        ("list", "who there is", rights.show, ()),
        ("add", "let a colleague in", rights.add_colleague, ("NAME",)),
        ("remove", "shut a practitioner or supervisor out", rights.remove, ("NAME",)),
        ("passphrase", "get a new passphrase of one's own", rights.renew_own, ()),
        ("supervisor", "make a supervisor known", rights.know_supervisor, ("NAME", "RECIPIENT")),
        ("share", "let exactly these open a case", rights.share, ("CODE", "NAMES")),
        ("sheet", "make a new recovery sheet and prove it", rights.print_sheet, ("FILE",)),
        ("prove", "prove the recovery sheet at hand", rights.prove_sheet, ()),
    ):
        each = _desk_command(wishes.add_parser(name, help=told), change, words)
        if name == "add":
            each.add_argument("--no-cases", action="store_true", help="none of the cases of now")
    told = "a new passphrase for NAME, with the recovery sheet"
    recover = _desk_command(commands.add_parser("recover", help=told), rights.renew, ("NAME",))
    recover.set_defaults(has_sheet=True)
    recover.add_argument("--sheet-file", type=Path, help="a file with the sheet's long text")
    told = "destroy the key of a case and erase all of it"
    withdraw = _desk_command(
        commands.add_parser("withdraw", help=told), rights.withdraw_case, ("CODE",)
    )
    withdraw.add_argument("--yes", action="store_true", help="do not ask again")
    told = "the case database's schema; back to an older one, for an older version"
    schema = _desk_command(commands.add_parser("schema", help=told), rights.show, ())
    schema.add_argument("--to", metavar="NUMBER", help="for example 0007; forgets what is newer")
    schema.set_defaults(command=_run_schema)


def _desk_command(
    parser: argparse.ArgumentParser, change: Change, words: tuple[str, ...]
) -> argparse.ArgumentParser:
    for word in words:
        parser.add_argument(_PLACES[word], metavar=word, nargs="*" if word == "NAMES" else None)
    parser.add_argument("--settings", type=Path, help="instead of the box's own")
    parser.add_argument("--data", type=Path, help="the data folder, instead of the settings'")
    parser.add_argument("--passphrase-file", type=Path, help="its first line, instead of asking")
    parser.set_defaults(command=_run, change=change, has_sheet=False)
    return parser


def _run(given: argparse.Namespace) -> None:
    from vigbox.casework.wraps import settle

    settings, layout = real(given)
    with _unlocked(given, settings, layout) as desk:
        settle(desk)
        change: Change = given.change
        change(desk, given, settings)
        # presses without a case follow who opens the box now
        if problem := rights.presses_of(desk, settings).tried():
            sys.stderr.write(f"vigbox: {problem}\n")


def _run_schema(given: argparse.Namespace) -> None:
    from vigbox.casework.schema import HEAD
    from vigbox.casework.texts import CaseTexts

    settings, layout = real(given)
    with _unlocked(given, settings, layout) as desk:
        if not given.to:
            print(f"The case database has schema {HEAD}.")
            return
        desk.database.bring_down(given.to, CaseTexts(desk.case_identities))
    print(
        f"The case database has schema {given.to} now. Install the older version before anybody "
        "unlocks this box: an unlock brings it up again."
    )


@contextlib.contextmanager
def _unlocked(given: argparse.Namespace, settings: "Settings", layout: Layout) -> Iterator["Desk"]:
    from vigbox.casework import audit
    from vigbox.store.guesses import Guesses
    from vigbox.web.door import Door

    place = _be_the_web(layout)
    door = Door(layout, settings, Guesses(layout.guesses))
    try:
        token = _enter(door, given)
        desk = door.desk(token)
        with desk.session() as casework:
            audit.note(casework, "unlocked in a terminal", desk.me.name)
        yield desk
    finally:
        door.lock()
        os.close(place)


def _enter(door: "Door", given: argparse.Namespace) -> str:
    from vigbox.cli.passphrase import PassphraseSource

    if not given.has_sheet:
        return door.unlock(PassphraseSource(given.passphrase_file).ask("this box"))
    if given.sheet_file:
        return door.recover(given.sheet_file.read_text("ascii"))
    return door.recover(PassphraseSource(None).ask("the recovery sheet (its long text)"))


def _be_the_web(layout: Layout) -> int:
    """Take the web's place on the folder, as its user: a file of another would shut it out."""
    folder = layout.data / "web"
    if not layout.box.exists():
        raise DeskUseError(f"{layout.data} is not set up yet. Run `vigbox setup` first.")
    if folder.stat().st_uid != os.geteuid():
        raise DeskUseError(
            f"{layout.data} belongs to another user: run this as user {folder.stat().st_uid}, "
            "for example with `sudo -u vigbox-web`."
        )
    try:
        return layout.own("web")
    except InUseError:
        raise DeskUseError(
            "the page runs on this folder and holds the database: do it on the page Keys, or "
            "stop the page first (systemctl stop vigbox-web)."
        ) from None
