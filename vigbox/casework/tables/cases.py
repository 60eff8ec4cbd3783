"""Cases, who may be in shot in them, and who may open them."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vigbox.casework.tables.base import Base
from vigbox.casework.texts import text_of


class Recipient(Base):
    """Who may open: a practitioner, a supervisor, or the recovery sheet.

    ``kind`` is one of those three words. ``left_at`` is empty as long as they may open anything;
    ``check_words`` and ``proved_at`` are the recovery sheet's alone.
    """

    __tablename__ = "recipient"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    text: Mapped[str]
    left_at: Mapped[str] = mapped_column(default="", server_default="")
    check_words: Mapped[str] = mapped_column(default="", server_default="")
    proved_at: Mapped[str] = mapped_column(default="", server_default="")


class CaseRecipient(Base):
    """Somebody who shall open a case: what is wished, while ``Case.sealed_to`` is what is."""

    __tablename__ = "case_recipient"
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), primary_key=True)


class Case(Base):
    """One working relationship, under a code, never a name.

    ``state`` is open, paused, closed, withdrawing or erased; ``closed_at`` is when the clock of its
    films began, without an offset when no clock was sure; ``sealed_to`` the ids of those whom the
    case's identity on the card is sealed to, in order, with spaces between.
    """

    __tablename__ = "case"
    id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    opened_at: Mapped[str]
    sealed_question: Mapped[bytes] = mapped_column(default=b"", server_default="")
    sealed_to: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    closed_at: Mapped[str] = mapped_column(default="", server_default="")
    participants: Mapped[list["Participant"]] = relationship(
        order_by="Participant.id", cascade="all, delete-orphan"
    )

    @property
    def helping_question(self) -> str:
        """The client's own question."""
        return text_of(self, self.id, self.sealed_question)


class Participant(Base):
    """Somebody who may be in shot, by role and initials.

    ``answered_by`` is the id of the participant who consents for a child, 0 for oneself.
    """

    __tablename__ = "participant"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    role: Mapped[str]
    is_child: Mapped[bool] = mapped_column(default=False, server_default="0")
    answered_by: Mapped[int] = mapped_column(default=0, server_default="0")
    sealed_initials: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def initials(self) -> str:
        """The initials, never a name."""
        return text_of(self, self.case_id, self.sealed_initials)
