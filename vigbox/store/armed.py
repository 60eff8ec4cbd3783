"""Statements signed by the arming key, and the one that the next press obeys."""

import base64
import json
import logging
from pathlib import Path
from typing import Any, Final

from vigbox.errors import VigboxError
from vigbox.model import Arming, canonical
from vigbox.seal.signing import VerifyKey
from vigbox.store import durable
from vigbox.store.manifests import is_id

_log = logging.getLogger(__name__)

_NONE: Final = -1


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


def arming_from(facts: object) -> Arming:
    """Read an arming statement's facts, strictly. Raises :class:`StatementError`."""
    try:
        if not isinstance(facts, dict):
            raise TypeError
        arming = Arming(**{**facts, "recipients": tuple(facts["recipients"])})
    except (KeyError, TypeError):
        raise _malformed() from None
    texts = (*arming.recipients, arming.valid_until_at)
    if (
        not (is_id(arming.box) and is_id(arming.case))
        or not arming.recipients
        or not all(isinstance(each, str) for each in texts)
        or type(arming.counter) is not int
    ):
        raise _malformed()
    return arming


class Armed:
    """The statement the next press obeys, kept signed in ``armed.json``.

    The recorder names a file of its own, ``disarmed``: which statement was the last that it was
    told to forget. Whoever kept a copy of an older one and lays it down again arms nothing.
    """

    def __init__(self, path: Path, key: VerifyKey, box: str, disarmed: Path | None = None) -> None:
        self._path = path
        self._key = key
        self._box = box
        self._disarmed = disarmed

    def read(self) -> Arming | None:
        """Give the statement, or None when the box was never armed.

        Raises :class:`StatementError` when what is kept there is not signed for this box.
        """
        try:
            request = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StatementError(f"{self._path.name} cannot be read. Arm the box again.") from error
        facts = signed_facts(request if isinstance(request, dict) else {}, self._key)
        arming = arming_from(facts.get("arming"))
        if arming.box != self._box:
            raise StatementError("the arming statement is for another box. Arm this box again.")
        return arming if arming.counter > self._forgotten() else None

    def keep(self, request: dict[str, Any], arming: Arming) -> None:
        """Keep a newer statement. Raises :class:`StatementError` for an older one, OSError."""
        before = self.read() if self._path.exists() else None
        if arming.box != self._box:
            raise StatementError("cannot arm: the statement is for another box")
        newest = max(self._forgotten(), before.counter if before is not None else _NONE)
        if arming.counter <= newest:
            raise StatementError("cannot arm: a newer statement is already kept. Arm again.")
        kept = {"grant": request["grant"], "signature": request["signature"]}
        durable.save(self._path, canonical(kept) + b"\n", mode=0o640)

    def forget(self, case: str) -> None:
        """Film nothing more for a case; another one stays armed. Raises StatementError, OSError."""
        before = self.read()
        if before is not None and before.case == case:
            if self._disarmed is not None:
                durable.save(self._disarmed, canonical({"counter": before.counter}) + b"\n")
            self._path.unlink()
            durable.sync_folder(self._path.parent)

    def _forgotten(self) -> int:
        """Give the counter of the newest statement that was forgotten."""
        if self._disarmed is None:
            return _NONE
        try:
            return int(json.loads(self._disarmed.read_bytes())["counter"])
        except FileNotFoundError:
            return _NONE
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("%s cannot be read: %s", self._disarmed, error)
            return _NONE


def _malformed() -> StatementError:
    return StatementError("the arming statement is not one. Arm the box again.")
