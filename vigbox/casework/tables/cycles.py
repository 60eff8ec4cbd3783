"""Cycles of the work, and the visits they are made of."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from vigbox.casework.tables.base import Base


class Cycle(Base):
    """One film and the shared review of its clips.

    ``state`` is planned, filmed, micro-analysed, ready, reviewed or closed.
    """

    __tablename__ = "cycle"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    number: Mapped[int]
    state: Mapped[str]
    made_at: Mapped[str]


class Visit(Base):
    """One meeting; it may film one cycle and review another."""

    __tablename__ = "visit"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    visited_on: Mapped[str]
    present: Mapped[str] = mapped_column(default="", server_default="")
    """Ids of participants, with spaces between."""
    films: Mapped[str] = mapped_column(default="", server_default="")
    reviews: Mapped[str] = mapped_column(default="", server_default="")
    """Ids of cycles."""
