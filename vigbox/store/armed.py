"""What the next press films for: the arming statement, kept until it is forgotten."""

import json
import logging
from pathlib import Path

from vigbox.model import Arming, canonical
from vigbox.seal.signing import VerifyKey
from vigbox.store import durable
from vigbox.store.manifests import is_id
from vigbox.store.statements import NEVER, Statement, StatementError

_log = logging.getLogger(__name__)


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


class Armed(Statement[Arming]):
    """The statement the next press obeys.

    The recorder names a file of its own, ``disarmed``: which statement was the last that it was
    told to forget. Whoever kept a copy of an older one and lays it down again arms nothing.
    """

    name = "arming"
    parse = staticmethod(arming_from)

    def __init__(self, path: Path, key: VerifyKey, box: str, disarmed: Path | None = None) -> None:
        super().__init__(path, key, box)
        self._disarmed = disarmed

    def read(self) -> Arming | None:
        """Give the statement, or None while the box is not armed. Raises as a statement does."""
        arming = super().read()
        return arming if arming is not None and arming.counter > self._forgotten() else None

    def forget(self, case: str) -> None:
        """Film nothing more for a case; another one stays armed. Raises StatementError, OSError."""
        before = super().read()  # also one that a power cut left here after it was forgotten
        if before is not None and before.case == case:
            if self._disarmed is not None and before.counter > self._forgotten():
                durable.save(self._disarmed, canonical({"counter": before.counter}) + b"\n")
            self._path.unlink()
            durable.sync_folder(self._path.parent)

    def newest(self) -> int:
        """Give the number above which a statement is kept, also when the last was forgotten."""
        return max(super().newest(), self._forgotten())

    def _forgotten(self) -> int:
        """Give the counter of the newest statement that was forgotten."""
        if self._disarmed is None:
            return NEVER
        try:
            return int(json.loads(self._disarmed.read_bytes())["counter"])
        except FileNotFoundError:
            return NEVER
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("%s cannot be read: %s", self._disarmed, error)
            return NEVER


def _malformed() -> StatementError:
    return StatementError("the arming statement is not one. Arm the box again.")
