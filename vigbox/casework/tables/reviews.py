"""Shared reviews: what was shown in them, and what the client said."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vigbox.casework.tables.base import Base
from vigbox.casework.texts import text_of


class SharedReview(Base):
    """Practitioner and client watch the chosen clips of a cycle together.

    ``recording`` is the review's own film, if it was filmed.
    """

    __tablename__ = "shared_review"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    cycle_id: Mapped[str] = mapped_column(ForeignKey("cycle.id"), index=True)
    by_whom: Mapped[str]
    """The practitioner's id."""
    began_at: Mapped[str]
    ended_at: Mapped[str] = mapped_column(default="", server_default="")
    recording: Mapped[str] = mapped_column(default="", server_default="")
    shown: Mapped[list["Shown"]] = relationship(
        order_by="Shown.position", cascade="all, delete-orphan"
    )
    answers: Mapped[list["Answer"]] = relationship(
        order_by="Answer.id", cascade="all, delete-orphan"
    )


class Shown(Base):
    """A clip in a shared review, with the client's own words about it."""

    __tablename__ = "shown"
    review_id: Mapped[str] = mapped_column(ForeignKey("shared_review.id"), primary_key=True)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clip.id"), primary_key=True, index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    position: Mapped[int]
    shown_at: Mapped[str] = mapped_column(default="", server_default="")
    sealed_words: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def words(self) -> str:
        """What the client said."""
        return text_of(self, self.case_id, self.sealed_words)


class Answer(Base):
    """What was said to a prompt; ``prompt`` is its key: strengths, ideas, action, or an own one.

    ``clip/ID`` are the words about a clip as they were taken down over time; the newest of them
    are ``Shown.words`` as well.
    """

    __tablename__ = "answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("shared_review.id"), index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    prompt: Mapped[str]
    answered_at: Mapped[str]
    sealed_text: Mapped[bytes]

    @property
    def text(self) -> str:
        """The words."""
        return text_of(self, self.case_id, self.sealed_text)
