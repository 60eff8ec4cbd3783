"""What keeps a case, and what is left to tell of an erasure."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from vigbox.casework.tables.base import Base
from vigbox.casework.texts import text_of


class Hold(Base):
    """A legal hold: while it lasts nothing of the case is erased by its age."""

    __tablename__ = "hold"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    began_at: Mapped[str]
    ended_at: Mapped[str] = mapped_column(default="", server_default="")
    sealed_reason: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def reason(self) -> str:
        """Why."""
        return text_of(self, self.case_id, self.sealed_reason)


class Erasure(Base):
    """An erasure and what it found; outlives the case, so that its certificate can be printed.

    ``facts`` is canonical JSON: codes, counts, ids and dates, never a name or a word of anybody.
    ``finished_at`` stays empty until all of it is gone.
    """

    __tablename__ = "erasure"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_code: Mapped[str]
    why: Mapped[str]
    began_at: Mapped[str]
    finished_at: Mapped[str] = mapped_column(default="", server_default="")
    facts: Mapped[str]
