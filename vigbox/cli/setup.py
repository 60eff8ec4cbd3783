"""``setup``: the keys of a new box, its first passphrase, its recovery sheet."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vigbox.cli.box import real
from vigbox.store.layout import Layout

if TYPE_CHECKING:
    from vigbox.casework.setup import Secrets


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    setup = commands.add_parser(
        "setup", help="make the keys of a new box; shows passphrase and recovery sheet once"
    )
    setup.add_argument("--settings", type=Path, help="instead of the box's own")
    setup.add_argument("--data", type=Path, help="the data folder, instead of the settings'")
    setup.add_argument("--practitioner", default="Practitioner", help="the first one's name")
    setup.add_argument("--sheet", type=Path, help="write the recovery sheet there, as a PDF")
    setup.set_defaults(command=_run)


def _run(given: argparse.Namespace) -> None:
    from vigbox.appliance.authority import name_of
    from vigbox.appliance.certificates import authority_fingerprint, begin
    from vigbox.casework.setup import set_up
    from vigbox.cli.paper import can_ask, told, write
    from vigbox.store.identity import read_box
    from vigbox.store.owners import hand_over, private

    settings, layout = real(given)
    with private():
        secrets = set_up(
            layout,
            name=given.practitioner,
            work_factor=settings.work_factor,
            post_quantum=settings.post_quantum,
        )
        begin(layout, secrets, [settings.address])
    hand_over(layout)
    print(f"Page:        https://{name_of(read_box(layout).box)}/")
    print(f"Authority:   {authority_fingerprint(layout)}")
    print("Trust a certificate authority of this box only if it shows this SHA-256.\n")
    print(f"Passphrase:  {secrets.passphrase}")
    print("Shown this once and kept nowhere on the box. Write it down now.\n")
    if given.sheet:
        write(secrets.sheet, given.sheet, layout)
        print(f"The recovery sheet is in {given.sheet}. Print it, then erase the file.")
    else:
        print(told(secrets.sheet))
    if can_ask():
        _prove(layout, secrets)
    else:
        print("It is not proved yet: the page Keys asks for one of its words.")
    hand_over(layout)


def _prove(layout: Layout, secrets: "Secrets") -> None:
    from vigbox.casework.desk import Desk
    from vigbox.casework.recovery import NotProvedError, asked_of, current, prove
    from vigbox.cli.paper import asked_word
    from vigbox.seal.identities import parse_identity
    from vigbox.seal.keyring import Keyring

    keyring = Keyring()
    keyring.hold(parse_identity(secrets.recovery))
    desk = Desk(layout, keyring)
    try:
        with desk.session() as casework:
            number = asked_of(current(casework))
        prove(desk, number, asked_word(number))
        print("The recovery sheet is proved.")
    except NotProvedError as error:
        print(f"{error} The page Keys asks for it again.")
    finally:
        desk.close()
        keyring.lock()
