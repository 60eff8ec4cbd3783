"""``salvage``: every whole fragment of a film that was cut or damaged."""

import argparse
from pathlib import Path

from vigbox.cli.age import add_identities, add_passphrase_file

_SALVAGE = """\
Bring back what is left of a film that does not open or play any more. A damaged film keeps all
whole parts of 0.2 s each; what is missing stays missing at its own time, and is told at the end.

  vigbox salvage film.mp4.age -i identity.txt -o film.mp4
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    salvage = commands.add_parser(
        "salvage",
        help="bring back what is left of a damaged film",
        description=_SALVAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    salvage.add_argument("input", metavar="IN", type=Path, help="the sealed film")
    add_identities(salvage, "what opens it; several may be given", is_needed=True)
    salvage.add_argument("-o", "--output", metavar="OUT.mp4", type=Path, required=True)
    salvage.add_argument(
        "--index", metavar="FILE", type=Path,
        help="the film's .index.age, for a film whose beginning is lost (default: beside it)",
    )  # fmt: skip
    add_passphrase_file(salvage)
    salvage.set_defaults(command=_run_salvage)


def _run_salvage(given: argparse.Namespace) -> None:
    from vigbox.cli.salvaging import run

    run(given.input, given.output, given.identities, given.index, given.passphrase_file)
