"""What the client hopes for, in whose words, and where it stands."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vigbox.casework.tables.base import Base
from vigbox.casework.texts import text_of


class Wording(Base):
    """The helping question, or a goal, as it was worded at a time; the newest counts."""

    __tablename__ = "wording"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    goal_id: Mapped[str | None] = mapped_column(ForeignKey("goal.id"))
    """None for the helping question."""
    worded_at: Mapped[str]
    sealed_text: Mapped[bytes]

    @property
    def text(self) -> str:
        """The client's own words."""
        return text_of(self, self.case_id, self.sealed_text)


class Goal(Base):
    """What the client hopes for; its words are its wordings."""

    __tablename__ = "goal"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    made_at: Mapped[str]
    ended_at: Mapped[str] = mapped_column(default="", server_default="")
    wordings: Mapped[list[Wording]] = relationship(order_by=Wording.id)


class Rating(Base):
    """Where a goal stands, 0 to 10, at a cycle; rows are only added, the newest counts."""

    __tablename__ = "rating"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    goal_id: Mapped[str] = mapped_column(ForeignKey("goal.id"), index=True)
    cycle_id: Mapped[str] = mapped_column(ForeignKey("cycle.id"), index=True)
    value: Mapped[int]
    rated_at: Mapped[str]
