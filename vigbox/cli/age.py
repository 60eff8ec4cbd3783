"""``keygen``, ``seal`` and ``open``: like age-keygen and age."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vigbox.cli.usage import UsageError

if TYPE_CHECKING:
    from vigbox.seal.recipients import Recipient

_KEYGEN = """\
Make an identity: a secret that opens what is sealed to its recipient. Keep it to yourself; give
the recipient (age1...) to whoever shall seal for you. A file that exists is never replaced.

  vigbox keygen -o identity.txt      make one; its recipient is shown
  vigbox keygen -y identity.txt      show the recipients of a file of identities
"""
_SEAL = """\
Seal a file as age does; `age -d` or `vigbox open` opens it.

  vigbox seal -r age1... -o film.mp4.age film.mp4
  vigbox seal -p -o letter.txt.age letter.txt
"""
_OPEN = """\
Open a file that `vigbox seal`, `age` or a box has sealed, armored or not. Without -i the
passphrase it is sealed to is asked for on the terminal. With -o there is a whole file in the end,
or none; on standard output what comes before damage was given already when the command fails.

  vigbox open -i identity.txt -o film.mp4 film.mp4.age
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    _add_keygen(_command(commands, "keygen", "make an identity", _KEYGEN))
    _add_seal(_command(commands, "seal", "seal a file", _SEAL))
    _add_open(_command(commands, "open", "open a sealed file", _OPEN))


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    told: str,
    description: str,
) -> argparse.ArgumentParser:
    looks = argparse.RawDescriptionHelpFormatter
    return commands.add_parser(name, help=told, description=description, formatter_class=looks)


def _add_keygen(keygen: argparse.ArgumentParser) -> None:
    keygen.add_argument("--pq", action="store_true", help="one that a quantum computer cannot use")
    keygen.add_argument("-y", dest="is_asked", action="store_true", help="show IN's recipients")
    keygen.add_argument("input", metavar="IN", nargs="?", type=Path, help="identities, for -y")
    _add_output(keygen)
    add_passphrase_file(keygen)
    keygen.set_defaults(command=_run_keygen)


def _add_seal(seal: argparse.ArgumentParser) -> None:
    whom = seal.add_argument_group("to whom (several may be given)")
    whom.add_argument(
        "-r", "--recipient", dest="recipients", metavar="RECIPIENT", action="append", default=[]
    )
    whom.add_argument(
        "-R", "--recipients-file", dest="lists", metavar="RECIPIENTSFILE", action="append",
        type=Path, default=[], help="one recipient a line, # begins a comment",
    )  # fmt: skip
    add_identities(whom, "seal to these identities' own recipients")
    whom.add_argument(
        "-p", "--passphrase", dest="has_passphrase", action="store_true",
        help="to a passphrase alone: it is asked for twice, or made up and shown",
    )  # fmt: skip
    add_passphrase_file(whom)
    seal.add_argument(
        "-a", "--armor", dest="is_armored", action="store_true", help="as text (armor)"
    )
    _add_output(seal)
    _add_input(seal)
    seal.set_defaults(command=_run_seal)


def _add_open(opening: argparse.ArgumentParser) -> None:
    add_identities(opening, "may itself be sealed to a passphrase; several may be given")
    add_passphrase_file(opening)
    _add_output(opening)
    _add_input(opening)
    opening.set_defaults(command=_run_open)


def add_identities(to: "argparse._ActionsContainer", told: str, *, is_needed: bool = False) -> None:
    """Add ``-i`` to a command."""
    to.add_argument(
        "-i", "--identity", dest="identities", metavar="IDENTITYFILE", action="append", type=Path,
        default=None if is_needed else [], required=is_needed, help=told,
    )  # fmt: skip


def add_passphrase_file(to: "argparse._ActionsContainer") -> None:
    """Add ``--passphrase-file`` to a command."""
    to.add_argument(
        "--passphrase-file", metavar="FILE", type=Path,
        help="for scripts: its first line is the passphrase, and none is asked for",
    )  # fmt: skip


def _add_output(to: argparse.ArgumentParser) -> None:
    to.add_argument("-o", "--output", metavar="OUT", type=Path, help="default: standard output")


def _add_input(to: argparse.ArgumentParser) -> None:
    to.add_argument("input", metavar="IN", nargs="?", type=Path, help="default: standard input")


def _run_keygen(given: argparse.Namespace) -> None:
    from vigbox.cli.keygen import make, show_recipients

    if given.is_asked:
        show_recipients(given.input, given.output, given.passphrase_file)
    elif given.input or given.passphrase_file:
        raise UsageError("cannot make an identity from a file: did you mean -y?")
    else:
        make(given.output, is_post_quantum=given.pq)


def _run_seal(given: argparse.Namespace) -> None:
    from vigbox.cli.files import check_apart, is_terminal, reading
    from vigbox.cli.outputs import writing
    from vigbox.cli.sealed import seal

    if given.output is None and is_terminal() and not given.is_armored:
        raise UsageError(
            "a sealed file would upset the terminal: give -o FILE, or -a for text, or -o -"
        )
    keys = [*given.lists, *given.identities]
    check_apart(given.output, [given.input, *keys, *_passphrase_file(given)])
    recipients = _recipients(given)
    with reading(given.input) as source, writing(given.output) as output:
        seal(source, output, recipients, is_armored=given.is_armored)


def _recipients(given: argparse.Namespace) -> "list[Recipient]":
    """Give all that the options name. Raises UsageError when they do not go together."""
    from vigbox.cli.keys import listed_recipients, named_recipients, read_identities
    from vigbox.cli.passphrase import PassphraseSource
    from vigbox.seal.passphrases import ScryptRecipient

    passphrases = PassphraseSource(given.passphrase_file)
    has_keys = bool(given.recipients or given.lists or given.identities)
    if given.has_passphrase == has_keys:
        raise UsageError(
            "cannot seal to a passphrase and to others: give -p alone"
            if has_keys
            else "cannot seal for nobody: give -r, -R, -i or -p"
        )
    if given.passphrase_file and not given.identities and not given.has_passphrase:
        raise UsageError("--passphrase-file goes with -p, or with an -i that is sealed")
    if given.has_passphrase:
        return [ScryptRecipient(passphrases.choose())]
    found = named_recipients(given.recipients)
    for path in given.lists:
        found += listed_recipients(path)
    for path in given.identities:
        found += [each.recipient for each in read_identities(path, passphrases)]
    return found


def _run_open(given: argparse.Namespace) -> None:
    from vigbox.cli.files import check_apart, is_standard, reading
    from vigbox.cli.keys import opening_identities
    from vigbox.cli.outputs import writing
    from vigbox.cli.passphrase import PassphraseSource
    from vigbox.seal.opening import open_stream

    check_apart(given.output, [given.input, *given.identities, *_passphrase_file(given)])
    what = "standard input" if is_standard(given.input) else str(given.input)
    source = PassphraseSource(given.passphrase_file)
    identities = opening_identities(given.identities, source, what)
    with reading(given.input) as file:
        opened = open_stream(file, identities)
        with writing(given.output, must_be_text=True) as output:
            opened.read_into(output)


def _passphrase_file(given: argparse.Namespace) -> list[Path]:
    return [given.passphrase_file] if given.passphrase_file else []
