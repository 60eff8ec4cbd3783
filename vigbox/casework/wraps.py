"""Wraps: whom the box's keys and the cases' identities are sealed to, on the card.

The tables say who shall open what. :func:`settle` makes it so, from whatever state a power cut
left, and is run after every unlock; what only somebody else can open waits for their unlock.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.database_key import change_key, keep_keys
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case, CaseRecipient, Fact, Recipient
from vigbox.seal.errors import NoMatchError
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.store.durable import save, sync_folder

_OWN_KEYS: Final = "own keys sealed to"
OPENED: Final = ("open", "paused", "closed")
"""States of a case whose films somebody opens."""


def settle(desk: Desk) -> None:
    """Seal everything to whom it shall be sealed. Raises SealError, OSError; run it again."""
    with desk.database.settling:
        _drop_identities(desk)
        _settle_own_keys(desk)
        _settle_cases(desk)


def recipients_of(session: Session, case: Case) -> list[Recipient]:
    """Who shall open a case: its practitioners and supervisors, and the recovery sheet."""
    wished = session.scalars(
        select(Recipient)
        .join(CaseRecipient, CaseRecipient.recipient_id == Recipient.id)
        .where(CaseRecipient.case_id == case.id, Recipient.left_at == "")
    )
    return _sorted([*wished, *_active(session, "recovery")])


def own_recipients(session: Session) -> list[Recipient]:
    """Who opens the box's own keys: every practitioner, and the recovery sheet."""
    return _active(session, "practitioner", "recovery")


def waiting(session: Session) -> list[Case]:
    """Cases whose identity is not yet sealed as it shall be."""
    cases = session.scalars(select(Case).where(Case.state.in_(OPENED)).order_by(Case.code)).all()
    wished, recovery = _wished(session), _active(session, "recovery")
    return [
        each
        for each in cases
        if each.sealed_to != _ids(_sorted([*wished.get(each.id, ()), *recovery]))
    ]


def sealed_for(to: list[Recipient], data: bytes) -> bytes:
    """Seal some bytes to these. Raises RecipientError."""
    return seal_bytes(data, [parse_recipient(each.text) for each in to])


def note_sealed(session: Session, case: Case) -> None:
    """Note that a case's identity is now sealed as it shall be."""
    case.sealed_to = _ids(recipients_of(session, case))


def note_own_keys(session: Session) -> None:
    """Note that the box's own keys are now sealed as they shall be."""
    session.merge(Fact(name=_OWN_KEYS, text=_ids(own_recipients(session))))


def _drop_identities(desk: Desk) -> None:
    with desk.session() as session:
        here = {each.id for each in _active(session, "practitioner")}
        is_old = session.get(Fact, _OWN_KEYS) is None
    strangers = [each for each in desk.layout.practitioners.glob("*") if each.stem not in here]
    missing = [each for each in here if not desk.layout.practitioner(each).exists()]
    if is_old and len(strangers) == len(missing) == 1:
        # up to 0.1.0 the file was not named after the practitioner
        strangers.pop().rename(desk.layout.practitioner(missing[0]))
    for path in strangers:
        path.unlink()
    sync_folder(desk.layout.practitioners)


def _settle_own_keys(desk: Desk) -> None:
    with desk.session() as session:
        to = own_recipients(session)
        fact = session.get(Fact, _OWN_KEYS)
    before = set(fact.text.split()) if fact else set()
    here = {each.id for each in to}
    if before == here:
        return
    _seal_again(desk, desk.layout.arming_key, to)
    if desk.layout.authority_key.exists():
        _seal_again(desk, desk.layout.authority_key, to)
    recipients = [parse_recipient(each.text) for each in to]
    if before - here:  # whoever left may have kept the key
        change_key(desk.layout, desk.database, recipients)
    else:
        keep_keys(desk.layout, [desk.database.key], recipients)
    with desk.session() as session:
        note_own_keys(session)


def _settle_cases(desk: Desk) -> None:
    with desk.session() as session:
        due = [(each.id, recipients_of(session, each)) for each in waiting(session)]
    for case, to in due:
        try:
            _seal_again(desk, desk.layout.case_identity(case), to)
        except NoMatchError:  # it waits for somebody who may open it
            continue
        with desk.session() as session:
            session.get_one(Case, case).sealed_to = _ids(to)


def _seal_again(desk: Desk, path: Path, to: list[Recipient]) -> None:
    save(path, sealed_for(to, desk.keyring.open(path.read_bytes())))


def _wished(session: Session) -> dict[str, list[Recipient]]:
    """Whom each case is shared with: in one question, there may be hundreds of cases."""
    rows = select(CaseRecipient.case_id, Recipient).join(
        Recipient, Recipient.id == CaseRecipient.recipient_id
    )
    found: dict[str, list[Recipient]] = {}
    for case, recipient in session.execute(rows.where(Recipient.left_at == "")):
        found.setdefault(case, []).append(recipient)
    return found


def _sorted(recipients: list[Recipient]) -> list[Recipient]:
    return sorted(recipients, key=lambda each: each.id)


def _active(session: Session, *kinds: str) -> list[Recipient]:
    found = select(Recipient).where(Recipient.kind.in_(kinds), Recipient.left_at == "")
    return list(session.scalars(found.order_by(Recipient.id)))


def _ids(recipients: list[Recipient]) -> str:
    return " ".join(each.id for each in recipients)
