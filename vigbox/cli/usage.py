"""How commands are told apart and what is said of words that are none: one line, exit code 1."""

import argparse
import sys
from typing import NoReturn

from vigbox.errors import VigboxError


class UsageError(VigboxError):
    """Options were given that do not go together, or one is missing."""


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line; the usage is shown by ``--help``."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end the command with 1."""
        sys.stderr.write(f"vigbox: {' '.join(message.split())}. See `{self.prog} --help`.\n")
        raise SystemExit(1)
