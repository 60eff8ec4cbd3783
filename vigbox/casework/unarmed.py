"""What the recorder is told about presses without an armed case, signed by the arming key.

The service's policy and the practitioners of the box say what it should be; when that is not what
the recorder keeps, a new statement is signed. Only an unlocked desk can.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.cases import Turn, granted, next_number
from vigbox.casework.service import ASK_BEFORE_REVIEW
from vigbox.casework.tables import Recipient
from vigbox.casework.wraps import own_recipients
from vigbox.model import Unarmed
from vigbox.seal.signing import SigningKey


def recipients_wished(
    session: Session, policy: str, newcomers: Sequence[Recipient] = ()
) -> tuple[str, ...]:
    """Give to whom a fresh identity shall be wrapped; nobody where the service asks first.

    ``newcomers`` are not in the tables yet.
    """
    if policy != ASK_BEFORE_REVIEW:
        return ()
    return tuple(each.text for each in (*own_recipients(session), *newcomers))


def is_wished(kept: Unarmed | None, to: Sequence[str]) -> bool:
    """Tell whether what the recorder keeps is as it shall be."""
    return set(kept.recipients if kept else ()) == set(to)


def say(
    session: Session, to: tuple[str, ...], *, box: str, turn: Turn, key: SigningKey
) -> dict[str, Any]:
    """Make the signed request that tells the recorder."""
    unarmed = Unarmed(box, to, next_number(session, "unarmed", turn.newest))
    told = "a press without a case films" if to else "a press without a case is refused"
    audit.note(session, told, "service")
    return granted("unarmed", turn.nonce, key, unarmed=unarmed.facts())
