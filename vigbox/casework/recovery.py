"""The recovery sheet: an identity on paper that opens everything, proved before it counts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.desk import Desk
from vigbox.casework.sheet import Sheet
from vigbox.casework.tables import Recipient
from vigbox.casework.wraps import beside, tried
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at
from vigbox.seal.check_words import matches
from vigbox.seal.identities import parse_identity


class NotProvedError(VigboxError):
    """The word that was read back is not the sheet's; nothing was changed."""


def recovery_row(sheet: Sheet) -> Recipient:
    """Give the row that makes a sheet the box's own."""
    return Recipient(
        id=new_id(),
        kind="recovery",
        name="Recovery sheet",
        text=sheet.recipient,
        check_words=" ".join(sheet.words),
    )


def current(session: Session) -> Recipient:
    """Give the sheet that counts now."""
    found = select(Recipient).where(Recipient.kind == "recovery", Recipient.left_at == "")
    return session.scalars(found).one()


def asked_of(row: Recipient) -> int:
    """Say which word of an unproved sheet is asked for: the same one until it is right."""
    words = row.check_words.split()
    return 1 + int(row.id, 16) % len(words) if words else 0


def prove(desk: Desk, number: int, typed: str) -> None:
    """Take a word of the sheet read back as the proof that it lies at hand.

    Raises :class:`NotProvedError`.
    """
    with desk.session() as session:
        row = current(session)
        if number != asked_of(row) or not matches(row.check_words.split(), number, typed):
            raise _not_proved(number)
        row.proved_at = now_at()
        audit.note(session, "recovery sheet proved", "")


def replace_sheet(desk: Desk, sheet: Sheet, typed: str) -> str:
    """Let a new sheet, proved by its word, take the place of the old one, which opens nothing then.

    It opens everything before it counts. Gives what a person must know when not all is done. Raises
    :class:`NotProvedError`, NotChangedError, SealError; then the old one counts.
    """
    if not matches(sheet.words, sheet.asked, typed):
        raise _not_proved(sheet.asked)
    new = recovery_row(sheet)
    with desk.session() as session:
        old = current(session)
    with beside(desk, old, new), desk.session() as session:
        current(session).left_at = new.proved_at = now_at()
        session.add(new)
        audit.note(session, "recovery sheet replaced", "")
    if desk.me.kind == "recovery":
        desk.me = new
        if not desk.keyring.is_locked:  # a lock meanwhile holds for the new one as well
            desk.keyring.hold(parse_identity(sheet.secret))
    return tried(desk)


def _not_proved(number: int) -> NotProvedError:
    return NotProvedError(
        f"That is not word {number} of the sheet. Look at the numbered words and try again."
    )
