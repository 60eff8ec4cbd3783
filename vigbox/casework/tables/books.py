"""What the box keeps of itself: what happened on it, numbers that only grow, and facts."""

from sqlalchemy.orm import Mapped, mapped_column

from vigbox.casework.tables.base import Base


class AuditEvent(Base):
    """Something was shown, exported, sent, erased, armed or unlocked; rows are only added.

    ``by_whom`` is the practitioner's id; ``digest`` is the SHA-256 of this event and the digest
    before it, in hexadecimal, empty in events from before there was a chain.
    """

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    what: Mapped[str]
    about: Mapped[str]
    case_id: Mapped[str] = mapped_column(default="", server_default="", index=True)
    by_whom: Mapped[str] = mapped_column(default="", server_default="")
    digest: Mapped[str] = mapped_column(default="", server_default="")


class Counter(Base):
    """Numbers that only grow."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class Fact(Base):
    """A fact about the box itself, by name: its keys at set-up, whom its own keys are sealed to."""

    __tablename__ = "fact"
    name: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
