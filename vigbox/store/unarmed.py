"""The signed statement about presses without an armed case, kept in ``unarmed.json``.

A service may choose to ask before review: then such a press films too, sealed to a fresh identity
that is wrapped to the recipients named here. Without a statement, or with one that names nobody,
it is refused. Only the arming key can say so: a locked or broken-into web cannot.
"""

import json
from pathlib import Path
from typing import Any

from vigbox.model import Unarmed, canonical
from vigbox.seal.signing import VerifyKey
from vigbox.store import durable
from vigbox.store.armed import StatementError, signed_facts
from vigbox.store.manifests import is_id


def unarmed_from(facts: object) -> Unarmed:
    """Read the statement's facts, strictly. Raises :class:`StatementError`."""
    try:
        if not isinstance(facts, dict):
            raise TypeError
        unarmed = Unarmed(**{**facts, "recipients": tuple(facts["recipients"])})
    except (KeyError, TypeError):
        raise _malformed() from None
    are_texts = all(isinstance(each, str) for each in unarmed.recipients)
    if not is_id(unarmed.box) or not are_texts or type(unarmed.counter) is not int:
        raise _malformed()
    return unarmed


class UnarmedPresses:
    """Whether a press without an armed case films, as the last statement of this box says."""

    def __init__(self, path: Path, key: VerifyKey, box: str) -> None:
        self._path = path
        self._key = key
        self._box = box

    def read(self) -> Unarmed | None:
        """Give the statement, or None when there never was one.

        Raises :class:`StatementError` when what is kept there is not signed for this box.
        """
        try:
            request = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StatementError(
                f"{self._path.name} cannot be read. Unlock the page and arm the box for a case."
            ) from error
        facts = signed_facts(request if isinstance(request, dict) else {}, self._key)
        unarmed = unarmed_from(facts.get("unarmed"))
        if unarmed.box != self._box:
            raise _malformed()
        return unarmed

    def keep(self, request: dict[str, Any], unarmed: Unarmed) -> None:
        """Keep a newer statement. Raises :class:`StatementError` for an older one, OSError."""
        if unarmed.box != self._box:
            raise StatementError("cannot keep the statement: it is for another box")
        before = self._before()
        if before is not None and unarmed.counter <= before.counter:
            raise StatementError("cannot keep the statement: a newer one is already kept")
        kept = {"grant": request["grant"], "signature": request["signature"]}
        durable.save(self._path, canonical(kept) + b"\n", mode=0o640)

    def _before(self) -> Unarmed | None:
        try:
            return self.read()
        except StatementError:
            return None  # a damaged one is replaced: it let nobody film


def _malformed() -> StatementError:
    return StatementError(
        "what is said about presses without a case is no statement of this box. "
        "Unlock the page and save the service's settings again."
    )
