"""Whether presses without an armed case film.

A service may choose to ask before review: then such a press films too, sealed to a fresh identity
that is wrapped to the recipients named here. Without a statement, or with one that names nobody,
it is refused. Only the arming key can say so: a locked or broken-into web cannot.
"""

from vigbox.model import Unarmed
from vigbox.store.manifests import is_id
from vigbox.store.statements import Statement, StatementError


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


class UnarmedPresses(Statement[Unarmed]):
    """Whether a press without an armed case films, as the last statement of this box says."""

    name = "unarmed"
    parse = staticmethod(unarmed_from)


def _malformed() -> StatementError:
    return StatementError(
        "what is said about presses without a case is no statement of this box. "
        "Unlock the page and save the service's settings again."
    )
