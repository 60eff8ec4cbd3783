"""Practitioners and supervisors: who may open what, and how that changes.

Each change is one transaction in the tables, and then :func:`~vigbox.casework.wraps.settle`
makes the card follow; a cut between the two is settled at the next unlock. Only a new passphrase
counts when the card is sealed to it already: words that nobody was shown yet shut nobody out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.desk import Desk
from vigbox.casework.kind import generate, is_post_quantum
from vigbox.casework.tables import Case, CaseRecipient, Recipient
from vigbox.casework.wraps import OPENED, beside, settle, tried
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at
from vigbox.seal.hybrid import is_hybrid_text
from vigbox.seal.identities import SecretIdentity
from vigbox.seal.passphrases import WORK_FACTOR, ScryptRecipient, generate_passphrase
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.store.durable import save
from vigbox.store.layout import Layout

_LONGEST_NAME: Final = 40


class PractitionerError(VigboxError):
    """Somebody cannot be added, renewed or removed like that; nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewWords:
    """A passphrase that counts from now on, to be shown whatever else went wrong."""

    passphrase: str = field(repr=False)
    problem: str = ""
    """What a person must know besides; empty when all is done."""


def listed(session: Session, *kinds: str) -> list[Recipient]:
    """Give those who may open now, of some kinds, by name."""
    found = select(Recipient).where(Recipient.kind.in_(kinds), Recipient.left_at == "")
    return list(session.scalars(found.order_by(Recipient.name, Recipient.id)))


def add_practitioner(desk: Desk, name: str, *, cases: bool, work_factor: int = WORK_FACTOR) -> str:
    """Let a colleague in; gives the passphrase, which is kept nowhere.

    With ``cases`` they may open every case that this desk may, else only those to come. Raises
    :class:`PractitionerError` for a name that is empty or taken, OSError.
    """
    with desk.session() as session:
        identity = generate(post_quantum=is_post_quantum(session))
        added = _new(session, "practitioner", name, str(identity.recipient))
        if cases:
            for case in session.scalars(select(Case.id).where(Case.state == "open")):
                if _opens(desk, case):
                    session.add(CaseRecipient(case_id=case, recipient_id=added.id))
        audit.note(session, "practitioner added", added.name)
        passphrase = keep_identity(desk.layout, added.id, identity, work_factor)
    settle(desk)
    return passphrase


def renew_practitioner(
    desk: Desk, who: str, welcome: Callable[[Recipient], None], *, work_factor: int = WORK_FACTOR
) -> NewWords:
    """Give somebody a new identity and passphrase; the old ones open nothing from then on.

    ``welcome`` lets the new identity open what this desk cannot seal by itself, the films that wait
    to be filed, while the old one still does: what it raises, nothing is changed by.

    For oneself, or for anybody with the recovery sheet. Whatever the old identity opened is
    sealed to the new one, so a passphrase that was overheard, with a copy of the card of before,
    opens nothing made later. Until the new words count the old ones do. Raises
    :class:`PractitionerError`, NotChangedError, SealError; then the old ones count.
    """
    if desk.me.kind != "recovery" and desk.me.id != who:
        raise PractitionerError("A passphrase is changed by its owner, or with the recovery sheet.")
    with desk.session() as session:
        old = _active(session, who, "practitioner")
        identity = generate(post_quantum=is_post_quantum(session))
        new = Recipient(id=new_id(), kind=old.kind, name=old.name, text=str(identity.recipient))
    welcome(new)
    with beside(desk, old, new):
        passphrase = keep_identity(desk.layout, new.id, identity, work_factor)
        _take_place(desk, who, new)
    if desk.me.id == who:
        desk.me = new
        if not desk.keyring.is_locked:  # a lock meanwhile holds for the new one as well
            desk.keyring.hold(identity)
    return NewWords(passphrase, tried(desk))


def remove_practitioner(desk: Desk, who: str) -> None:
    """Shut somebody out: their passphrase opens nothing, the database gets another key.

    Raises :class:`PractitionerError` for the last practitioner, and for one who alone opens a
    case, unless the recovery sheet does it; SealError, OSError.
    """
    with desk.session() as session:
        leaving = _active(session, who, "practitioner")
        if len(listed(session, "practitioner")) == 1:
            raise PractitionerError(
                f"{leaving.name} is the only practitioner. Add another one first."
            )
        alone = [] if desk.me.kind == "recovery" else _only_theirs(session, who)
        if alone:
            raise PractitionerError(
                f"Nobody but {leaving.name} opens {', '.join(alone)}. Let them share it first, "
                "or unlock with the recovery sheet."
            )
        _leave(session, leaving)
        audit.note(session, "practitioner removed", leaving.name)
    settle(desk)


def add_supervisor(desk: Desk, name: str, text: str) -> None:
    """Make a supervisor known by an ``age1…`` recipient; a case is shared with them one by one.

    Raises :class:`PractitionerError`, RecipientError for a text that is none.
    """
    recipient = str(parse_recipient(text))
    with desk.session() as session:
        _refuse_other_kind(session, recipient)
        added = _new(session, "supervisor", name, recipient)
        audit.note(session, "supervisor added", added.name)


def remove_supervisor(desk: Desk, who: str) -> None:
    """Seal nothing to a supervisor any more. Raises :class:`PractitionerError`, OSError."""
    with desk.session() as session:
        leaving = _active(session, who, "supervisor")
        _leave(session, leaving)
        audit.note(session, "supervisor removed", leaving.name)
    settle(desk)


def share_case(desk: Desk, case: str, with_whom: list[str]) -> None:
    """Let exactly these practitioners and supervisors open a case, besides whoever shares it.

    Raises :class:`PractitionerError` when this desk may not open the case, SealError, OSError.
    """
    if not _opens(desk, case):
        raise PractitionerError("Only somebody who opens the case can share it.")
    with desk.session() as session:
        found = session.get_one(Case, case)
        known = {each.id for each in listed(session, "practitioner", "supervisor")}
        for row in session.scalars(select(CaseRecipient).filter_by(case_id=case)):
            session.delete(row)
        session.flush()
        for who in known & {*with_whom, desk.me.id}:
            session.add(CaseRecipient(case_id=case, recipient_id=who))
        audit.note(session, "case shared", found.code, case)
    settle(desk)


def keep_identity(layout: Layout, who: str, identity: SecretIdentity, work_factor: int) -> str:
    """Keep an identity under a new passphrase of six words, which is given. Raises OSError."""
    passphrase = generate_passphrase()
    secret = identity.secret_text().encode() + b"\n"
    save(layout.practitioner(who), seal_bytes(secret, [ScryptRecipient(passphrase, work_factor)]))
    return passphrase


def _new(session: Session, kind: str, name: str, text: str) -> Recipient:
    name = " ".join(name.split())[:_LONGEST_NAME]
    taken = {each.name.casefold() for each in listed(session, "practitioner", "supervisor")}
    if not name or name.casefold() in taken:
        raise PractitionerError(f"A name is needed that is not yet taken, not {name!r}.")
    added = Recipient(id=new_id(), kind=kind, name=name, text=text)
    session.add(added)
    session.flush()
    return added


def _refuse_other_kind(session: Session, recipient: str) -> None:
    if is_hybrid_text(recipient) != is_post_quantum(session):
        begins = "age1pq1…" if is_post_quantum(session) else "age1…"
        raise PractitionerError(
            f"This box seals to recipients of one kind alone, {begins}. Ask for one like that."
        )


def _active(session: Session, who: str, kind: str) -> Recipient:
    found = session.get(Recipient, who)
    if found is None or found.kind != kind or found.left_at:
        raise PractitionerError(f"There is no such {kind} on this box any more.")
    return found


def _take_place(desk: Desk, who: str, new: Recipient) -> None:
    with desk.session() as session:
        old = _active(session, who, "practitioner")
        session.add(new)
        session.flush()
        for each in session.scalars(select(CaseRecipient).filter_by(recipient_id=who)):
            session.add(CaseRecipient(case_id=each.case_id, recipient_id=new.id))
        _leave(session, old)
        audit.note(session, "passphrase changed", old.name)


def _leave(session: Session, who: Recipient) -> None:
    who.left_at = now_at()
    for each in session.scalars(select(CaseRecipient).filter_by(recipient_id=who.id)):
        session.delete(each)


def _only_theirs(session: Session, who: str) -> list[str]:
    theirs = select(CaseRecipient.case_id).filter_by(recipient_id=who)
    others = (
        select(CaseRecipient.case_id)
        .join(Recipient, Recipient.id == CaseRecipient.recipient_id)
        .where(Recipient.kind == "practitioner", Recipient.id != who)
    )
    found = select(Case.code).where(
        Case.state.in_(OPENED), Case.id.in_(theirs), Case.id.not_in(others)
    )
    return list(session.scalars(found.order_by(Case.code)))


def _opens(desk: Desk, case: str) -> bool:
    try:
        return bool(desk.case_identities(case))
    except (VigboxError, OSError):
        return False
