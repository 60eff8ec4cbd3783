"""What the box was armed for, what it filmed, and what waits to be filed."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from vigbox.casework.tables.base import Base
from vigbox.casework.texts import text_of


class Arm(Base):
    """What the box was armed for: who is in shot, for which cycle; found again by its counter."""

    __tablename__ = "arm"
    counter: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    cycle_id: Mapped[str] = mapped_column(default="", server_default="")
    kind: Mapped[str]
    armed_at: Mapped[str]
    until_at: Mapped[str]
    in_shot: Mapped[str]
    """Ids of participants, with spaces between."""
    sealed_activity: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def activity(self) -> str:
        """What they shall be doing."""
        return text_of(self, self.case_id, self.sealed_activity)


class Filmed(Base):
    """What is known about a recording besides its film.

    ``kind`` is interaction, shared review or supervision; ``kept_at`` is when the family said that
    it may be kept; ``binned_at`` when a practitioner put it into the sealed bin, as a case's
    ``closed_at``.
    """

    __tablename__ = "filmed"
    recording: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str]
    cycle_id: Mapped[str] = mapped_column(default="", server_default="")
    in_shot: Mapped[str] = mapped_column(default="", server_default="")
    kept_at: Mapped[str] = mapped_column(default="", server_default="")
    reviewed_at: Mapped[str] = mapped_column(default="", server_default="")
    binned_at: Mapped[str] = mapped_column(default="", server_default="")
    sealed_activity: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def activity(self) -> str:
        """What they were doing."""
        return text_of(self, self.case_id, self.sealed_activity)


class Unfiled(Base):
    """A film that waits: its own recipient, whom its identity is sealed to, and until when.

    ``sealed_to`` are ids, as a case's; ``seen_on`` is the day of the first unlock with a clock
    that was sure, ``due_on`` the earliest day that was ever told for its erasure.
    """

    __tablename__ = "unfiled"
    recording: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    sealed_to: Mapped[str] = mapped_column(default="", server_default="")
    seen_on: Mapped[str] = mapped_column(default="", server_default="")
    due_on: Mapped[str] = mapped_column(default="", server_default="")


class Adopted(Base):
    """A film that was filed: its case's key alone opens the film's own identity."""

    __tablename__ = "adopted"
    recording: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    recipient: Mapped[str]
    adopted_at: Mapped[str]
