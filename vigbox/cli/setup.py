"""``setup``: the keys of a new box, its first passphrase, its recovery sheet; and its label."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vigbox.cli.box import real
from vigbox.store.layout import Layout

if TYPE_CHECKING:
    from vigbox.casework.setup import MadeKeys, Secrets
    from vigbox.cli.dialog import Dialog

_SHOWN: Final = Path("-")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    setup = commands.add_parser(
        "setup", help="make the keys of a new box; shows passphrase and recovery sheet once"
    )
    setup.add_argument("--settings", type=Path, help="instead of the box's own")
    setup.add_argument("--data", type=Path, help="the data folder, instead of the settings'")
    setup.add_argument("--practitioner", default="Practitioner", help="the first one's name")
    setup.add_argument("--sheet", type=Path, help="write the recovery sheet there, as a PDF")
    setup.add_argument(
        "--label", type=Path, nargs="?", const=_SHOWN, metavar="FILE",
        help="nothing is set up: show the label with Wi-Fi, page and authority, "
        "or write it to FILE, a .pdf or .png",
    )  # fmt: skip
    setup.add_argument("--page", action="store_true", help="on a page, until it is done")
    setup.add_argument("--socket", type=Path, help="where nginx asks for the page")
    setup.add_argument("--settle", action="store_true", help="as root, after --page is done")
    setup.set_defaults(command=_run)


def _run(given: argparse.Namespace) -> None:
    from vigbox.cli import setup_page
    from vigbox.cli.label import show, write_label

    if given.settle:
        setup_page.put_in_place(real(given)[1])
    elif given.page:
        setup_page.serve(*real(given), given.socket)
    elif given.label is None:
        _set_up(given)
    elif given.label == _SHOWN:
        show(*real(given))
    else:
        write_label(given.label, *real(given))


def _set_up(given: argparse.Namespace) -> None:
    from vigbox.appliance.authority import name_of
    from vigbox.appliance.certificates import authority_fingerprint
    from vigbox.appliance.setup import setting_up
    from vigbox.casework.service_file import ServiceFile
    from vigbox.casework.setup import Making

    settings, layout = real(given)
    dialog = _dialog(layout)
    service = dialog.service(settings) if dialog else None
    name = dialog.name(given.practitioner) if dialog else given.practitioner
    making = Making(name, settings.work_factor, settings.post_quantum)
    with setting_up(layout, [settings.address], making) as made:
        print(f"Page:        https://{name_of(made.public.box)}/")
        print(f"Authority:   {authority_fingerprint(layout)}")
        print("Trust a certificate authority of this box only if it shows this SHA-256.\n")
        _show(made, given.sheet, layout)
        if dialog:
            dialog.prove_words(made.secrets.passphrase)
        if service:
            file = ServiceFile(layout, settings)
            file.save(service, file.version)
        # now: once the files are those of the services' users, root itself is kept from some
        _prove(layout, made.secrets)
    print("This box is set up.")


def _dialog(layout: Layout) -> "Dialog | None":
    """Give who asks, where somebody sits at a terminal; a box that is set up asks nothing."""
    from vigbox.appliance.settling import refuse_again
    from vigbox.cli.dialog import Dialog, is_at_terminal

    refuse_again(layout)
    return Dialog() if is_at_terminal() else None


def _show(made: "MadeKeys", path: Path | None, layout: Layout) -> None:
    from vigbox.cli.paper import told, write

    print(f"Passphrase:  {made.secrets.passphrase}")
    print("Shown this once and kept nowhere on the box. Write it down now.\n")
    if path:
        write(made.secrets.sheet, path, layout, made.public.box)
        print(f"The recovery sheet is in {path}. Print it, then erase the file.")
    else:
        print(told(made.secrets.sheet))


def _prove(layout: Layout, secrets: "Secrets") -> None:
    from vigbox.casework.desk import Desk
    from vigbox.casework.recovery import NotProvedError, asked_of, current, prove
    from vigbox.cli.paper import PaperError, asked_word, can_ask
    from vigbox.seal.identities import parse_identity
    from vigbox.seal.keyring import Keyring

    if not can_ask():
        print("It is not proved yet: the page Keys asks for one of its words.")
        return
    keyring = Keyring()
    keyring.hold(parse_identity(secrets.recovery))
    desk = Desk(layout, keyring)
    try:
        with desk.session() as casework:
            number = asked_of(current(casework))
        prove(desk, number, asked_word(number))
        print("The recovery sheet is proved.")
    except (NotProvedError, PaperError) as error:
        print(f"{error} The page Keys asks for it again.")
    finally:
        desk.close()
        keyring.lock()
