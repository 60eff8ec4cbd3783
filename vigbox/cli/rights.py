"""What can be changed at the desk from a terminal: each shows what came of it.

Late imports keep the box's libraries away from the commands of the practitioner's machine.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vigbox.errors import VigboxError

if TYPE_CHECKING:
    from vigbox.casework.desk import Desk
    from vigbox.casework.tables import Recipient
    from vigbox.config import Settings
    from vigbox.web.unarmed import Presses

_SHOWN_ONCE: Final = "Shown this once and kept nowhere on the box. Write it down now."

Change = Callable[["Desk", argparse.Namespace, "Settings"], None]


class DeskUseError(VigboxError):
    """A command at the desk cannot be done like that; nothing was changed."""


def show(desk: "Desk", _given: argparse.Namespace, _settings: "Settings") -> None:
    """List who opens, and what waits for whom."""
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


def add_colleague(desk: "Desk", given: argparse.Namespace, settings: "Settings") -> None:
    """Let a colleague in; shows the passphrase once."""
    from vigbox.casework.practitioners import add_practitioner

    cases = not given.no_cases
    passphrase = add_practitioner(desk, given.name_, cases=cases, work_factor=settings.work_factor)
    print(f"Passphrase of {given.name_}:  {passphrase}\n{_SHOWN_ONCE}")


def remove(desk: "Desk", given: argparse.Namespace, _settings: "Settings") -> None:
    """Shut a practitioner or supervisor out."""
    from vigbox.casework.practitioners import remove_practitioner, remove_supervisor

    who = _who(desk, given.name_)
    (remove_supervisor if who.kind == "supervisor" else remove_practitioner)(desk, who.id)
    print(f"{who.name} opens nothing on this box any more.")


def renew_own(desk: "Desk", _given: argparse.Namespace, settings: "Settings") -> None:
    """Give whoever unlocked a new passphrase."""
    _show_renewed(desk, desk.me.id, settings)


def renew(desk: "Desk", given: argparse.Namespace, settings: "Settings") -> None:
    """Give somebody a new passphrase, with the recovery sheet."""
    _show_renewed(desk, _who(desk, given.name_).id, settings)


def _show_renewed(desk: "Desk", who: str, settings: "Settings") -> None:
    from vigbox.casework.practitioners import renew_practitioner

    welcome = presses_of(desk, settings).welcome
    new = renew_practitioner(desk, who, welcome, work_factor=settings.work_factor)
    print(f"New passphrase:  {new.passphrase}\n{_SHOWN_ONCE} The one of before opens nothing now.")
    _tell(new.problem)


def presses_of(desk: "Desk", settings: "Settings") -> "Presses":
    """Give what this desk can say about presses without a case."""
    from vigbox.casework.service_file import ServiceFile
    from vigbox.store.identity import read_box
    from vigbox.web.recorder_link import RecorderLink
    from vigbox.web.unarmed import Presses

    layout, link = desk.layout, RecorderLink(settings.run / "recorder.sock")
    return Presses(layout, read_box(layout), link, ServiceFile(layout, settings), desk)


def know_supervisor(desk: "Desk", given: argparse.Namespace, _settings: "Settings") -> None:
    """Make a supervisor known."""
    from vigbox.casework.practitioners import add_supervisor

    add_supervisor(desk, given.name_, given.recipient)
    print(f"{given.name_} is known. Share cases with: vigbox keys share CODE {given.name_}")


def share(desk: "Desk", given: argparse.Namespace, _settings: "Settings") -> None:
    """Let exactly these open a case."""
    from vigbox.casework.practitioners import share_case

    share_case(desk, _case(desk, given.code), [_who(desk, each).id for each in given.names])
    print(f"{given.code} is opened by you{''.join(f', {each}' for each in given.names)}.")


def print_sheet(desk: "Desk", given: argparse.Namespace, _settings: "Settings") -> None:
    """Make a new recovery sheet, have it printed and proved."""
    from vigbox.casework.kind import is_post_quantum
    from vigbox.casework.recovery import replace_sheet
    from vigbox.casework.sheet import new_sheet
    from vigbox.cli.paper import asked_word, printed

    with desk.session() as casework:
        sheet = new_sheet(post_quantum=is_post_quantum(casework))
    with printed(sheet, Path(given.file), desk.layout):
        problem = replace_sheet(desk, sheet, asked_word(sheet.asked))
    _tell(problem)
    print("The new sheet counts; the one of before opens nothing now. Its file is erased.")


def prove_sheet(desk: "Desk", _given: argparse.Namespace, _settings: "Settings") -> None:
    """Prove the sheet at hand."""
    from vigbox.casework.recovery import asked_of, current, prove
    from vigbox.cli.paper import asked_word

    with desk.session() as casework:
        number = asked_of(current(casework))
    prove(desk, number, asked_word(number))
    print("The recovery sheet is proved.")


def withdraw_case(desk: "Desk", given: argparse.Namespace, settings: "Settings") -> None:
    """Destroy the key of a case and erase all of it."""
    from vigbox.casework.withdrawal import copies, withdraw
    from vigbox.web.erasing import Erasing
    from vigbox.web.services import build

    case = _case(desk, given.code)
    erasing = Erasing(build(settings, desk.layout), desk)  # learns what was fetched meanwhile
    with desk.session() as casework:
        left = copies(casework, case)
    for copy in left:
        print(f"A copy left the box: {copy.machine}, {copy.verified_at}. Ask for it to be erased.")
    if not given.yes:
        _ask_for(given.code)
    withdraw(desk, case, erasing)
    print(f"{given.code}: its key is destroyed; films, clips, exports and words are erased.")


def _tell(problem: str) -> None:
    if problem:
        sys.stderr.write(f"vigbox: {problem}\n")


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
