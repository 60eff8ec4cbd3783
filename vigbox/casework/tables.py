"""The case database's tables. Words are those of the practice; times are UTC texts."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """What all tables share."""


class Recipient(Base):
    """Who a case's identity is sealed to: practitioners, and the recovery identity."""

    __tablename__ = "recipient"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    text: Mapped[str]


class Case(Base):
    """One working relationship, under a code, never a name."""

    __tablename__ = "case"
    id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    helping_question: Mapped[str]
    recipient: Mapped[str]
    opened_at: Mapped[str]
    participants: Mapped[list["Participant"]] = relationship(order_by="Participant.id")


class Participant(Base):
    """Somebody who may be in shot, by role and initials."""

    __tablename__ = "participant"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    role: Mapped[str]
    initials: Mapped[str]


class Clip(Base):
    """A micro-moment: pictures ``first`` up to but not including ``end`` of one recording."""

    __tablename__ = "clip"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    recording: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    first: Mapped[int]
    end: Mapped[int]
    length_ms: Mapped[int]
    made_at: Mapped[str]
    exports: Mapped[list["Export"]] = relationship(order_by="Export.made_at")


class Export(Base):
    """A clip made ready for one machine; ``verified_at`` is empty until it said so."""

    __tablename__ = "export"
    id: Mapped[str] = mapped_column(primary_key=True)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clip.id"))
    machine: Mapped[str]
    machine_name: Mapped[str]
    made_at: Mapped[str]
    verified_at: Mapped[str] = mapped_column(default="")


class AuditEvent(Base):
    """Something was shown, exported, sent, erased, armed or unlocked."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    what: Mapped[str]
    about: Mapped[str]


class Counter(Base):
    """Numbers that only grow."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
