"""Asks for passphrases: on the terminal, as age does, or from a file for scripts.

Never from a command's words or the environment, which other programs can read.
"""

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vigbox.cli.files import FileUseError, read_text
from vigbox.errors import VigboxError
from vigbox.seal.errors import NoMatchError
from vigbox.seal.passphrases import ScryptIdentity, generate_passphrase
from vigbox.seal.stanza import Stanza

_TERMINAL: Final = "/dev/tty"
_SCRYPT: Final = "scrypt"


class PassphraseError(VigboxError):
    """A passphrase cannot be asked for, or was not given."""


class PassphraseSource:
    """Where a command has its passphrases from; ``path`` is a file whose first line it is."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @property
    def is_file(self) -> bool:
        """Whether there is a file that answers."""
        return self._path is not None

    def ask(self, what: str) -> str:
        """Give the passphrase of ``what``. Raises PassphraseError, FileUseError, OSError."""
        passphrase = _first_line(self._path) if self._path else _typed(f"Passphrase of {what}: ")
        if not passphrase:
            raise PassphraseError(f"cannot open {what}: no passphrase was given")
        return passphrase

    def choose(self) -> str:
        """Give a new passphrase, typed twice; where none is typed one is made up and shown.

        Raises PassphraseError, FileUseError, RecipientError without the list of words, OSError.
        """
        if self._path:
            return _first_line(self._path)
        passphrase = _typed("New passphrase (leave it empty to have one made): ")
        if not passphrase:
            passphrase = generate_passphrase()
            _show(f"The passphrase is: {passphrase}\nWrite it down now, it is kept nowhere.\n")
        elif _typed("The same once more: ") != passphrase:
            raise PassphraseError("cannot seal: the two passphrases are not the same. Try again.")
        return passphrase


class AskedIdentity:
    """Opens what is sealed to a passphrase, and asks for it only then."""

    def __init__(self, source: PassphraseSource, what: str, *, is_alone: bool) -> None:
        self._source = source
        self._what = what
        self._is_alone = is_alone

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Give the file key, or None when the file is not sealed to a passphrase.

        Raises as :class:`~vigbox.seal.passphrases.ScryptIdentity` and as asking does; NoMatchError
        when there is nothing else to open it with.
        """
        if any(each.type == _SCRYPT for each in stanzas):
            return ScryptIdentity(self._source.ask(self._what)).unwrap(stanzas)
        if self._is_alone:
            raise NoMatchError(
                f"cannot open {self._what}: it is not sealed to a passphrase. "
                "Give the file of an identity with -i."
            )
        return None


def _first_line(path: Path) -> str:
    line = read_text(path).partition("\n")[0].removesuffix("\r")
    if not line:
        raise FileUseError(f"cannot use {path}: its first line should be a passphrase")
    return line


def _typed(prompt: str) -> str:
    try:
        if os.name != "nt":
            os.close(os.open(_TERMINAL, os.O_RDWR))
        return getpass.getpass(prompt)
    except OSError as error:
        raise PassphraseError(
            "cannot ask for a passphrase: there is no terminal. Give --passphrase-file FILE."
        ) from error
    except (EOFError, UnicodeError) as error:
        raise PassphraseError("no passphrase was typed that can be used. Try again.") from error


def _show(text: str) -> None:
    try:
        with open(_TERMINAL, "w") as terminal:  # noqa: PTH123
            terminal.write(text)
    except OSError:
        sys.stderr.write(text)
