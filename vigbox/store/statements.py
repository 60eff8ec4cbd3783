"""Statements of an unlocked page, signed by the arming key, each kept in a file of its own.

The recorder alone writes them, in a folder where nobody else can leave anything. What it keeps is
the newest: an older one never takes its place, whoever lays it down.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from vigbox.errors import VigboxError
from vigbox.model import Arming, Unarmed, canonical
from vigbox.seal.signing import VerifyKey
from vigbox.store import durable

NEVER: Final = -1
"""Below the counter of every statement."""

MOST_BYTES: Final = 64 << 10
"""No statement is longer; more is not read, whoever laid it down."""

Said = TypeVar("Said", Arming, Unarmed)


class StatementError(VigboxError):
    """A statement is not signed by this box's arming key, or says what it may not."""


def signed_facts(request: dict[str, Any], key: VerifyKey) -> dict[str, Any]:
    """Give the facts of a signed text. Raises :class:`StatementError`."""
    try:
        text = request["grant"].encode()
        key.verify(text, base64.b64decode(request["signature"], validate=True))
        facts = json.loads(text)
    except (VigboxError, KeyError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise StatementError(
            "the request is not signed by this box's arming key. Unlock the page and ask again."
        ) from error
    if not isinstance(facts, dict):
        raise StatementError("the request is signed but says nothing")
    return facts


class Statement(Generic[Said]):
    """One file with a statement; ``name`` is what it is called in the grant that brought it."""

    name: str
    parse: Callable[[object], Said]

    def __init__(self, path: Path, key: VerifyKey, box: str) -> None:
        self._path = path
        self._key = key
        self._box = box

    def read(self) -> Said | None:
        """Give the statement, or None when there never was one.

        Raises :class:`StatementError` when what is kept there is not signed for this box.
        """
        try:
            with self._path.open("rb") as file:
                request = json.loads(file.read(MOST_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise StatementError(
                f"{self._path.name} cannot be read. Unlock the page and arm the box for a case."
            ) from error
        facts = signed_facts(request if isinstance(request, dict) else {}, self._key)
        said = type(self).parse(facts.get(self.name))
        if said.box != self._box:
            raise StatementError("the arming statement is for another box. Arm this box again.")
        return said

    def keep(self, request: dict[str, Any], said: Said) -> None:
        """Keep a newer statement; a damaged one is replaced, as it let nobody film.

        Raises :class:`StatementError` for an older one, OSError.
        """
        if said.box != self._box:
            raise StatementError("cannot keep the statement: it is for another box")
        if said.counter <= self.newest():
            raise StatementError("cannot keep the statement: a newer one is already kept")
        kept = {"grant": request["grant"], "signature": request["signature"]}
        durable.save(self._path, canonical(kept) + b"\n", mode=0o640)

    def newest(self) -> int:
        """Give the number above which a statement is kept."""
        try:
            before = self.read()
        except StatementError:
            return NEVER
        return NEVER if before is None else before.counter
