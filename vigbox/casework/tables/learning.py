"""A practitioner who learns: supervisions, stages, and the log."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from vigbox.casework.tables.base import Base
from vigbox.casework.texts import text_of


class Supervision(Base):
    """A practitioner reviews clips of their own shared review with a supervisor."""

    __tablename__ = "supervision"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("shared_review.id"))
    by_whom: Mapped[str]
    with_whom: Mapped[str] = mapped_column(default="", server_default="")
    held_on: Mapped[str] = mapped_column(default="", server_default="")
    export_id: Mapped[str] = mapped_column(default="", server_default="")
    sealed_question: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def helping_question(self) -> str:
        """The practitioner's own."""
        return text_of(self, self.case_id, self.sealed_question)


class Training(Base):
    """Where a practitioner stands: trainee of a stage, accredited or supervisor."""

    __tablename__ = "training"
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), primary_key=True)
    status: Mapped[str]
    stage: Mapped[int] = mapped_column(default=0, server_default="0")
    supervisor: Mapped[str] = mapped_column(default="", server_default="")


class Stage(Base):
    """A stage of a practitioner's training: since when, and what was done of it before the box."""

    __tablename__ = "stage"
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    began_on: Mapped[str]
    cycles_before: Mapped[int] = mapped_column(default=0, server_default="0")


class LogEntry(Base):
    """What the trainee's log keeps of a case that was erased: who did what when, and the code.

    ``what`` is cycle or supervision. Nothing of a family is in it, and it has no ``case_id``: it is
    not a row of the case.
    """

    __tablename__ = "log_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    recipient_id: Mapped[str] = mapped_column(index=True)
    what: Mapped[str]
    case_code: Mapped[str]
    cycle: Mapped[int]
    done_on: Mapped[str]
