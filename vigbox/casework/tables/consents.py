"""What was answered about filming and every other purpose."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from vigbox.casework.tables.base import Base


class Consent(Base):
    """What one participant answered for one purpose. Rows are only added; the newest counts.

    ``answer`` is yes, no or withdrawn; ``answered_by`` the participant who answered, another than
    ``participant_id`` where somebody consents for a child; ``how`` signature, paper or spoken;
    ``sealed_evidence`` the drawn signature or the photo of the paper; ``until_on`` is empty when
    it does not expire.
    """

    __tablename__ = "consent"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    purpose: Mapped[str]
    answer: Mapped[str]
    answered_by: Mapped[int]
    how: Mapped[str]
    form: Mapped[str]
    given_at: Mapped[str]
    until_on: Mapped[str] = mapped_column(default="", server_default="")
    sealed_evidence: Mapped[bytes] = mapped_column(default=b"", server_default="", deferred=True)
