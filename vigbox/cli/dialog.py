"""What ``setup`` asks somebody who sits at a terminal: the same as the pages of a new box."""

import secrets
import sys
from typing import Final

from rich.console import Console
from rich.prompt import Prompt
from rich.table import Table

from vigbox.casework.service import Service, ServiceError
from vigbox.cli.paper import PaperError
from vigbox.config import LANGUAGES, Settings
from vigbox.seal.passphrases import plain

_TEXTS: Final = {
    "controller": "Controller: the name of your service",
    "address": "Its address, on one line",
    "data_protection": "Data protection officer: who to ask about one's data",
    "complaints": "Where a family can complain",
}


def is_at_terminal() -> bool:
    """Tell whether somebody sees what is printed and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


class Dialog:
    """Asks one thing after the other; each line ended by Enter."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)

    def service(self, settings: Settings) -> Service:
        """Ask who answers for the films, again until it can be. Raises :class:`PaperError`."""
        self._console.rule("Who answers for the films")
        while True:
            language = self._ask("Language", settings.language, choices=list(LANGUAGES))
            texts = {key: self._ask(told, "") for key, told in _TEXTS.items()}
            try:
                return Service(
                    controller=texts["controller"],
                    address=texts["address"],
                    data_protection=texts["data_protection"],
                    complaints=texts["complaints"],
                    language=language,
                )
            except ServiceError as error:
                self._console.print(f"[red]{error}[/red]")

    def name(self, otherwise: str) -> str:
        """Ask who the first practitioner is. Raises :class:`PaperError`."""
        self._console.rule("Who are you?")
        return " ".join(self._ask("Name", otherwise).split())[:40] or otherwise

    def prove_words(self, passphrase: str) -> None:
        """Have a word of the passphrase read back; Enter alone shows it again.

        Raises :class:`PaperError` when nobody answers.
        """
        words = passphrase.split("-")
        number = secrets.randbelow(len(words)) + 1
        while True:
            self._console.print(_numbered(words))
            self._ask("Press Enter once the words are on paper", "")
            self._console.clear()
            typed = self._ask(f"Word {number} of your passphrase (Enter shows them again)", "")
            if plain(typed) == words[number - 1]:
                return

    def _ask(self, question: str, default: str, choices: list[str] | None = None) -> str:
        try:
            return Prompt.ask(
                question,
                console=self._console,
                default=default,
                choices=choices,
                show_default=bool(default),
            )
        except EOFError:
            raise PaperError("nobody answered; nothing was changed") from None


def _numbered(words: list[str]) -> Table:
    table = Table(title="Your passphrase", show_header=False)
    for number, word in enumerate(words, 1):
        table.add_row(str(number), word)
    return table
