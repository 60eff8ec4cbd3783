"""Cases, each with an identity of its own; and commands signed for the recorder."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.kind import generate, is_post_quantum
from vigbox.casework.practitioners import listed
from vigbox.casework.tables import Case, CaseRecipient, Counter, Participant
from vigbox.casework.texts import seal_text
from vigbox.casework.wraps import note_sealed, recipients_of, sealed_for
from vigbox.errors import VigboxError
from vigbox.model import canonical, new_id, now_at
from vigbox.seal.signing import SigningKey
from vigbox.store.durable import save
from vigbox.store.layout import Layout

_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,15}")


class CaseError(VigboxError):
    """A case cannot be opened like that."""


@dataclass(frozen=True, slots=True)
class InShot:
    """Somebody who may be in shot, as the page gives them."""

    role: str
    initials: str
    is_child: bool = False


def open_case(
    session: Session,
    layout: Layout,
    code: str,
    helping_question: str,
    in_shot: Sequence[InShot],
    with_whom: Sequence[str] | None = None,
) -> Case:
    """Open a case: make its identity and seal it to everybody who may open it.

    ``with_whom`` are ids of practitioners and supervisors; without it, every practitioner. Raises
    :class:`CaseError` for a code that is taken or not one, or a case for nobody; OSError.
    """
    _check_code(session, code)
    identity = generate(post_quantum=is_post_quantum(session))
    recipient = str(identity.recipient)
    case = Case(
        id=new_id(),
        code=code,
        recipient=recipient,
        opened_at=now_at(),
        sealed_question=seal_text(recipient, helping_question),
        participants=[_participant(each, recipient) for each in in_shot],
    )
    session.add(case)
    session.flush()
    _share(session, case, with_whom)
    secret = identity.secret_text().encode() + b"\n"
    save(layout.case_identity(case.id), sealed_for(recipients_of(session, case), secret))
    note_sealed(session, case)
    identity.wipe()
    audit.note(session, "case opened", case.code, case.id)
    return case


def _check_code(session: Session, code: str) -> None:
    if not _CODE.fullmatch(code):
        raise CaseError(
            f"a case's code must be 2 to 16 of A-Z, 0-9 and -, not {code!r}. Never use a name."
        )
    if session.scalar(select(Case).where(Case.code == code)) is not None:
        raise CaseError(f"there is a case {code} already. Choose another code.")


def _participant(who: InShot, recipient: str) -> Participant:
    sealed = seal_text(recipient, who.initials)
    return Participant(role=who.role, is_child=who.is_child, sealed_initials=sealed)


def _share(session: Session, case: Case, with_whom: Sequence[str] | None) -> None:
    known = {each.id: each.kind for each in listed(session, "practitioner", "supervisor")}
    chosen = [who for who in known if with_whom is None or who in with_whom]
    if with_whom is None:
        chosen = [who for who in chosen if known[who] == "practitioner"]
    if "practitioner" not in {known[who] for who in chosen}:
        raise CaseError("At least one practitioner must open the case. Choose one.")
    session.add_all([CaseRecipient(case_id=case.id, recipient_id=who) for who in chosen])
    session.flush()


@dataclass(frozen=True, slots=True)
class Turn:
    """The recorder's nonce, and the number of the newest statement that it keeps.

    It may be newer than what this database knows: an answer was lost, or the power went between.
    """

    nonce: str
    newest: int = 0


def granted(command: str, nonce: str, key: SigningKey, **facts: Any) -> dict[str, Any]:  # noqa: ANN401
    """Sign a command for the recorder over its nonce."""
    text = canonical({"do": command, "nonce": nonce, **facts})
    signature = base64.b64encode(key.sign(text)).decode()
    return {"do": command, "grant": text.decode(), "signature": signature}


def next_number(session: Session, name: str, above: int = 0) -> int:
    """Give the next of the numbers that only grow, also where this database was put back."""
    counter = session.get(Counter, name) or Counter(name=name, value=0)
    counter.value = max(counter.value, above) + 1
    session.add(counter)
    return counter.value
