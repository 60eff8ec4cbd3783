"""The recovery sheet from a terminal: written for the printer, proved, and its file erased."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from vigbox.casework.sheet import Sheet
from vigbox.errors import VigboxError
from vigbox.store.durable import save, sync_folder
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout


class PaperError(VigboxError):
    """A sheet cannot be written there, or nobody can be asked."""


def told(sheet: Sheet) -> str:
    """Give a sheet as lines for a terminal, to be written down by hand."""
    numbered = [f"{number:2} {word:14}" for number, word in enumerate(sheet.words, 1)]
    lines = "\n  ".join(
        " ".join(numbered[at : at + 4]).rstrip() for at in range(0, len(numbered), 4)
    )
    return (
        f"Recovery sheet:\n  {sheet.secret}\n  {lines}\nWrite all of it down; it opens every film."
    )


@contextlib.contextmanager
def printed(sheet: Sheet, path: Path, layout: Layout) -> Iterator[None]:
    """Put a sheet's PDF in a new file, and erase that when the block ends well or not.

    Raises :class:`PaperError` for a place inside the data folder or a file that is there, OSError.
    """
    write(sheet, path, layout, read_box(layout).box)
    try:
        print(f"Print {path} now; the file is erased afterwards.", flush=True)
        yield
    finally:
        erase(path)


def write(sheet: Sheet, path: Path, layout: Layout, box: str) -> None:
    """Put a sheet's PDF in a new file that only this user reads; ``box`` is the box's id.

    Raises as :func:`printed`.
    """
    from vigbox.export.sheet import SheetFacts, recovery_sheet

    if path.exists():
        raise PaperError(f"{path} is there already. Name a new file.")
    if path.resolve().is_relative_to(layout.data.resolve()):
        raise PaperError(f"{path} is on the box itself: whoever takes it has both. Name another.")
    save(path, recovery_sheet(SheetFacts.of(sheet, box)))


def erase(path: Path) -> None:
    """Take a sheet's file away."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def can_ask() -> bool:
    """Tell whether somebody sits at the terminal."""
    return sys.stdin.isatty()


def asked_word(number: int) -> str:
    """Ask for a word of the paper. Raises :class:`PaperError` when there is nobody to ask."""
    return typed(f"Word {number} on the paper: ")


def typed(question: str) -> str:
    """Ask for a line. Raises :class:`PaperError`."""
    try:
        return input(question)
    except EOFError:
        raise PaperError("nobody answered; nothing was changed") from None
