"""What the recorder is told about presses without an armed case, signed by the arming key.

The service's policy and the practitioners of the box say what it should be; when that is not what
the recorder keeps, a new statement is signed. Only an unlocked desk can.
"""

from typing import Any

from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.cases import granted, next_number
from vigbox.casework.service import ASK_BEFORE_REVIEW
from vigbox.casework.wraps import own_recipients
from vigbox.model import Unarmed
from vigbox.seal.signing import SigningKey


def recipients_wished(session: Session, policy: str) -> tuple[str, ...]:
    """Give to whom a fresh identity shall be wrapped; nobody where the service asks first."""
    if policy != ASK_BEFORE_REVIEW:
        return ()
    return tuple(each.text for each in own_recipients(session))


def is_wished(session: Session, policy: str, kept: Unarmed | None) -> bool:
    """Tell whether what the recorder keeps is as it shall be."""
    before = kept.recipients if kept else ()
    return set(before) == set(recipients_wished(session, policy))


def say(session: Session, policy: str, *, box: str, nonce: str, key: SigningKey) -> dict[str, Any]:
    """Make the signed request that tells the recorder."""
    to = recipients_wished(session, policy)
    unarmed = Unarmed(box, to, next_number(session, "unarmed"))
    told = "a press without a case films" if to else "a press without a case is refused"
    audit.note(session, told, "service")
    return granted("unarmed", nonce, key, unarmed=unarmed.facts())
