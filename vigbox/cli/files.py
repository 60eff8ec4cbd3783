"""What a command reads, and how its files are named: ``-`` is standard input or output."""

import contextlib
import io
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError

_STANDARD: Final = "-"
_STDIN: Final = 0
STDOUT: Final = 1
_MOST_TEXT_BYTES: Final = 1 << 20


class FileUseError(VigboxError):
    """A file was named for what it cannot be used for."""


def is_standard(path: Path | None) -> bool:
    """Say whether a path means standard input or output."""
    return path is None or str(path) == _STANDARD


def is_regular(descriptor: int) -> bool:
    """Say whether what is open is a file, and no pipe, terminal or device."""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def is_terminal() -> bool:
    """Say whether standard output is a terminal."""
    return os.isatty(STDOUT)


@contextlib.contextmanager
def reading(path: Path | None) -> Iterator[io.BufferedReader]:
    """Give an input. An OSError within that names no file is told as one of this input."""
    place: int | Path = _STDIN if path is None or is_standard(path) else path
    name = "standard input" if place == _STDIN else str(path)
    with (
        named(name, only_unnamed=True),
        open(place, "rb", closefd=not isinstance(place, int)) as file,
    ):
        yield file


def read_text(path: Path) -> str:
    """Read a small file of text. Raises FileUseError for any other, OSError."""
    with reading(path) as file:
        data = file.read(_MOST_TEXT_BYTES + 1)
    return decode_text(data, path)


def decode_text(data: bytes, path: Path) -> str:
    """Give the text that a small file holds. Raises FileUseError when it holds another thing."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or len(data) > _MOST_TEXT_BYTES:
        raise FileUseError(f"cannot use {path}: it should be a short file of text, and is not")
    return text


def check_apart(output: Path | None, inputs: Sequence[Path | None]) -> None:
    """Raise :class:`FileUseError` when a command would write over what it reads, or read twice."""
    standard = [each for each in inputs if is_standard(each)]
    if len(standard) > 1:
        raise FileUseError("standard input can be read once only: name a file for the others")
    if output is None or is_standard(output):
        return
    for each in inputs:
        if each and output.is_file() and each.is_file() and output.samefile(each):
            raise FileUseError(f"cannot write to {output}: it is read too. Give another -o.")


@contextlib.contextmanager
def named(name: str, *, only_unnamed: bool = False) -> Iterator[None]:
    """Name what an OSError is about, as the person who gave the command named it."""
    try:
        yield
    except OSError as error:
        if only_unnamed and error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), name) from error
