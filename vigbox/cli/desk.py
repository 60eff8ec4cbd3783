"""``keys``, ``recover`` and ``withdraw``: what the page Keys does, from a terminal on the box.

The page must not run on the same folder meanwhile: it holds the database.
"""

import argparse
import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vigbox.cli.box import real
from vigbox.cli.passphrase import PassphraseSource
from vigbox.errors import InUseError, VigboxError
from vigbox.store.layout import Layout

if TYPE_CHECKING:
    from vigbox.casework.desk import Desk
    from vigbox.casework.tables import Recipient
    from vigbox.config import Settings
    from vigbox.web.door import Door

_SHOWN_ONCE: Final = "Shown this once and kept nowhere on the box. Write it down now."

# "name" is the command's own
_PLACES: Final = {
    "NAME": "name_",
    "NAMES": "names",
    "CODE": "code",
    "RECIPIENT": "recipient",
    "FILE": "file",
}

Change = Callable[["Desk", argparse.Namespace, "Settings"], None]


class DeskUseError(VigboxError):
    """A command at the desk cannot be done like that; nothing was changed."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    keys = commands.add_parser("keys", help="who may open what on this box")
    wishes = keys.add_subparsers(required=True, metavar="WISH")
    for name, told, change, words in (
        ("list", "who there is", _list, ()),
        ("add", "let a colleague in", _add, ("NAME",)),
        ("remove", "shut a practitioner or supervisor out", _remove, ("NAME",)),
        ("passphrase", "get a new passphrase of one's own", _renew_own, ()),
        ("supervisor", "make a supervisor known", _supervisor, ("NAME", "RECIPIENT")),
        ("share", "let exactly these open a case", _share, ("CODE", "NAMES")),
        ("sheet", "make a new recovery sheet and prove it", _sheet, ("FILE",)),
        ("prove", "prove the recovery sheet at hand", _prove, ()),
    ):
        each = _desk_command(wishes.add_parser(name, help=told), change, words)
        if name == "add":
            each.add_argument("--no-cases", action="store_true", help="none of the cases of now")
    told = "a new passphrase for NAME, with the recovery sheet"
    recover = _desk_command(commands.add_parser("recover", help=told), _renew, ("NAME",))
    recover.set_defaults(has_sheet=True)
    recover.add_argument("--sheet-file", type=Path, help="a file with the sheet's long text")
    told = "destroy the key of a case and erase all of it"
    withdraw = _desk_command(commands.add_parser("withdraw", help=told), _withdraw, ("CODE",))
    withdraw.add_argument("--yes", action="store_true", help="do not ask again")


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


def _list(desk: "Desk", _given: argparse.Namespace, _settings: "Settings") -> None:
    from vigbox.casework.practitioners import listed
    from vigbox.casework.recovery import current
    from vigbox.casework.wraps import waiting

    with desk.session() as casework:
        for each in listed(casework, "practitioner", "supervisor"):
            print(f"{each.kind:13} {each.name}{' (you)' if each.id == desk.me.id else ''}")
        sheet = current(casework)
        print(f"recovery      {f'proved {sheet.proved_at}' if sheet.proved_at else 'not proved'}")
        for case in waiting(casework):
            print(f"waiting       {case.code}: until somebody who opens it unlocks the box")


def _add(desk: "Desk", given: argparse.Namespace, settings: "Settings") -> None:
    from vigbox.casework.practitioners import add_practitioner

    cases = not given.no_cases
    passphrase = add_practitioner(desk, given.name_, cases=cases, work_factor=settings.work_factor)
    print(f"Passphrase of {given.name_}:  {passphrase}\n{_SHOWN_ONCE}")


def _remove(desk: "Desk", given: argparse.Namespace, _settings: "Settings") -> None:
    from vigbox.casework.practitioners import remove_practitioner, remove_supervisor

    who = _who(desk, given.name_)
    (remove_supervisor if who.kind == "supervisor" else remove_practitioner)(desk, who.id)
    print(f"{who.name} opens nothing on this box any more.")


def _renew_own(desk: "Desk", _given: argparse.Namespace, settings: "Settings") -> None:
    _show_renewed(desk, desk.me.id, settings)


def _renew(desk: "Desk", given: argparse.Namespace, settings: "Settings") -> None:
    _show_renewed(desk, _who(desk, given.name_).id, settings)


def _show_renewed(desk: "Desk", who: str, settings: "Settings") -> None:
    from vigbox.casework.practitioners import renew_practitioner

    passphrase = renew_practitioner(desk, who, work_factor=settings.work_factor)
    print(f"New passphrase:  {passphrase}\n{_SHOWN_ONCE} The one of before opens nothing now.")


def _supervisor(desk: "Desk", given: argparse.Namespace, _settings: "Settings") -> None:
    from vigbox.casework.practitioners import add_supervisor

    add_supervisor(desk, given.name_, given.recipient)
    print(f"{given.name_} is known. Share cases with: vigbox keys share CODE {given.name_}")


def _share(desk: "Desk", given: argparse.Namespace, _settings: "Settings") -> None:
    from vigbox.casework.practitioners import share_case

    share_case(desk, _case(desk, given.code), [_who(desk, each).id for each in given.names])
    print(f"{given.code} is opened by you{''.join(f', {each}' for each in given.names)}.")


def _sheet(desk: "Desk", given: argparse.Namespace, _settings: "Settings") -> None:
    from vigbox.casework.kind import is_post_quantum
    from vigbox.casework.recovery import replace_sheet
    from vigbox.casework.sheet import new_sheet
    from vigbox.cli.paper import asked_word, printed

    with desk.session() as casework:
        sheet = new_sheet(post_quantum=is_post_quantum(casework))
    with printed(sheet, Path(given.file), desk.layout):
        replace_sheet(desk, sheet, asked_word(sheet.asked))
    print("The new sheet counts; the one of before opens nothing now. Its file is erased.")


def _prove(desk: "Desk", _given: argparse.Namespace, _settings: "Settings") -> None:
    from vigbox.casework.recovery import asked_of, current, prove
    from vigbox.cli.paper import asked_word

    with desk.session() as casework:
        number = asked_of(current(casework))
    prove(desk, number, asked_word(number))
    print("The recovery sheet is proved.")


def _withdraw(desk: "Desk", given: argparse.Namespace, settings: "Settings") -> None:
    from vigbox.casework.withdrawal import copies, withdraw
    from vigbox.web.after_unlock import Erasing
    from vigbox.web.services import build

    case = _case(desk, given.code)
    with desk.session() as casework:
        left = copies(casework, case)
    for copy in left:
        print(f"A copy left the box: {copy.machine}, {copy.verified_at}. Ask for it to be erased.")
    if not given.yes:
        _ask_for(given.code)
    withdraw(desk, case, Erasing(build(settings, desk.layout), desk))
    print(f"{given.code}: its key is destroyed; films, clips, exports and words are erased.")


def _ask_for(code: str) -> None:
    from vigbox.cli.paper import typed

    if typed(f"Nobody will open it again. Type {code} to be sure: ").strip().upper() != code:
        raise DeskUseError("nothing was withdrawn: the code was not typed")


def _who(desk: "Desk", name: str) -> "Recipient":
    from vigbox.casework.practitioners import listed

    with desk.session() as casework:
        for each in listed(casework, "practitioner", "supervisor"):
            if each.name.casefold() == name.casefold():
                return each
    raise DeskUseError(f"there is nobody called {name!r} here. `vigbox keys list` shows who is.")


def _case(desk: "Desk", code: str) -> str:
    from sqlalchemy import select

    from vigbox.casework.tables import Case

    with desk.session() as casework:
        found = casework.scalar(select(Case.id).where(Case.code == code.upper()))
    if found is None:
        raise DeskUseError(f"there is no case {code!r} on this box.")
    return found
