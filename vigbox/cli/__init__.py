"""The commands. Each ends with 0, or with 1 and one clear line on standard error.

Only what a command needs is imported: ``sync``, ``pair``, ``open``, ``seal``, ``keygen``
and ``salvage`` run on a practitioner's machine that has none of the box's libraries.
"""

import argparse
import sys
from collections.abc import Callable

from vigbox import __version__
from vigbox.cli import age, box, desk, machine, report, salvage, setup, update
from vigbox.cli.usage import OneLineParser
from vigbox.errors import VigboxError


def main(words: list[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    given = _parser().parse_args(words)
    command: Callable[[argparse.Namespace], None] = given.command
    try:
        command(given)
    except VigboxError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        return _fail(_missing(given.name, error))
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        return _fail(f"cannot {given.name}{where}: {error.strerror or error}")
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(line: str) -> int:
    print(f"vigbox: {line}", file=sys.stderr)
    return 1


def _missing(command: str, error: ModuleNotFoundError) -> str:
    if error.name is None or error.name.startswith("vigbox"):
        raise error
    extra = "demo" if command == "demo" else "box"
    return (
        f"`vigbox {command}` needs {error.name}, which is not installed. "
        f"Run: pip install 'vigbox[{extra}]'"
    )


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser("vigbox", description="One small box for Video Interaction Guidance.")
    parser.add_argument("--version", action="version", version=f"vigbox {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="name")
    for group in (box, setup, desk, report, update, age, salvage, machine):
        group.add(commands)
    return parser
