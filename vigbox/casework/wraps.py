"""Wraps: whom the box's keys and the cases' identities are sealed to, on the card.

The tables say who shall open what. :func:`settle` makes it so, from whatever state a power cut
left, and is run after every unlock; what only somebody else can open waits for their unlock. Who
takes somebody's place is let in :func:`beside` them first, so that at any cut one of the two opens.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.database import CARD_ERRORS
from vigbox.casework.database_key import change_key, keep_keys
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case, CaseRecipient, Fact, Recipient
from vigbox.errors import VigboxError
from vigbox.seal.errors import HeaderError, HeaderMacError, NoMatchError, PayloadError
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.store.durable import save, sync_folder

_OWN_KEYS: Final = "own keys sealed to"
OPENED: Final = ("open", "paused", "closed")
"""States of a case whose films somebody opens."""
_DAMAGED: Final = (HeaderError, HeaderMacError, PayloadError, FileNotFoundError)
_NOT_OPENED: Final = (NoMatchError, *_DAMAGED)
"""A case's identity that waits for somebody else, or is damaged: the old one opens it neither."""


class NotChangedError(VigboxError):
    """Nobody could be let in beside somebody, who opens everything as before."""


def settle(desk: Desk) -> None:
    """Seal everything to whom it shall be sealed. Raises SealError, OSError; run it again."""
    with desk.database.settling:
        _settle(desk)


def tried(desk: Desk) -> str:
    """Settle after somebody's place was taken; gives what a person must know when it failed."""
    try:
        settle(desk)
    except (VigboxError, *CARD_ERRORS) as error:
        return (
            "The new one counts already, but not all of the box is sealed anew yet: the next "
            f"unlock goes on with it. {_why(error)}"
        )
    return ""


@contextlib.contextmanager
def beside(desk: Desk, old: Recipient, new: Recipient) -> Iterator[None]:
    """Let somebody new open what ``old`` opens; the block makes them take the place in the tables.

    When the block fails, or never ends, ``old`` opens everything as before, and the next settling
    takes back what ``new`` was given. Nothing else is settled meanwhile. Raises
    :class:`NotChangedError` for a card that fails, SealError.
    """
    try:
        with desk.database.settling:
            _settle(desk)
            _let_in(desk, old, new)
            yield
    except CARD_ERRORS as error:
        raise NotChangedError(
            f"Nothing was changed, and the one of before still counts: {_why(error)}"
        ) from error


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
    return [each for each, to in _opened_by(session) if each.sealed_to != _ids(to)]


def sealed_for(to: list[Recipient], data: bytes) -> bytes:
    """Seal some bytes to these. Raises RecipientError."""
    return seal_bytes(data, [parse_recipient(each.text) for each in to])


def note_sealed(session: Session, case: Case) -> None:
    """Note that a case's identity is now sealed as it shall be."""
    case.sealed_to = _ids(recipients_of(session, case))


def note_own_keys(session: Session) -> None:
    """Note that the box's own keys are now sealed as they shall be."""
    _note_own_keys(session, own_recipients(session))


def _settle(desk: Desk) -> None:
    _drop_identities(desk)
    _settle_own_keys(desk)
    _settle_cases(desk)


def _let_in(desk: Desk, old: Recipient, new: Recipient) -> None:
    with desk.session() as session:
        own = [*own_recipients(session), new]
        cases = [(each, [*to, new]) for each, to in _opened_by(session) if old.id in _ids(to)]
        # noted before it is so: whatever a cut leaves sealed to them is then taken back
        _note_own_keys(session, own)
        for case, to in cases:
            case.sealed_to = _ids(to)
    _seal_own_keys(desk, own)
    keep_keys(desk.layout, [desk.database.key], [parse_recipient(each.text) for each in own])
    for case, to in cases:
        with contextlib.suppress(*_NOT_OPENED):
            _seal_again(desk, desk.layout.case_identity(case.id), to)


def _why(error: Exception) -> str:
    return str(getattr(error, "orig", error))  # the driver's own words, without the statement


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
    _seal_own_keys(desk, to)
    recipients = [parse_recipient(each.text) for each in to]
    if before - here:  # whoever left may have kept the key
        change_key(desk.layout, desk.database, recipients)
    else:
        keep_keys(desk.layout, [desk.database.key], recipients)
    with desk.session() as session:
        note_own_keys(session)


def _settle_cases(desk: Desk) -> None:
    with desk.session() as session:
        found = _opened_by(session)
        due = [(each.id, to) for each, to in found if each.sealed_to != _ids(to)]
    damage = None
    for case, to in due:
        try:
            _settle_case(desk, case, to)
        except NoMatchError:  # it waits for somebody who may open it
            continue
        except _DAMAGED as error:  # told when the others are sealed
            damage = damage or error
    if damage is not None:
        raise damage


def _settle_case(desk: Desk, case: str, to: list[Recipient]) -> None:
    _seal_again(desk, desk.layout.case_identity(case), to)
    with desk.session() as session:
        session.get_one(Case, case).sealed_to = _ids(to)


def _seal_own_keys(desk: Desk, to: list[Recipient]) -> None:
    _seal_again(desk, desk.layout.arming_key, to)
    if desk.layout.authority_key.exists():
        _seal_again(desk, desk.layout.authority_key, to)


def _note_own_keys(session: Session, to: list[Recipient]) -> None:
    session.merge(Fact(name=_OWN_KEYS, text=_ids(to)))


def _seal_again(desk: Desk, path: Path, to: list[Recipient]) -> None:
    save(path, sealed_for(to, desk.keyring.open(path.read_bytes())))


def _opened_by(session: Session) -> list[tuple[Case, list[Recipient]]]:
    """Every case, by its code, and who shall open it."""
    cases = session.scalars(select(Case).where(Case.state.in_(OPENED)).order_by(Case.code)).all()
    wished, recovery = _wished(session), _active(session, "recovery")
    return [(each, _sorted([*wished.get(each.id, ()), *recovery])) for each in cases]


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
