"""What leaves the box: in which order it is made, masked how, and disclosed to whom."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from vigbox.casework.tables.base import Base
from vigbox.casework.texts import text_of


class Disclosure(Base):
    """Something left the box: what, for whom, why, which bytes, on which consents it rests.

    What goes through the outbox has an ``export_id``, and left once ``verified_at`` or ``sent_at``
    says so;
    ``sha256`` is of its manifest then, which holds the hash of each part. The row stays when its
    clip goes, as long as the case does.
    """

    __tablename__ = "disclosure"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    disclosed_at: Mapped[str]
    what: Mapped[str]
    to_whom: Mapped[str]
    purpose: Mapped[str]
    sha256: Mapped[str] = mapped_column(default="", server_default="")
    consents: Mapped[str] = mapped_column(default="", server_default="")
    """Ids of consents, with spaces between."""
    export_id: Mapped[str] = mapped_column(default="", server_default="", index=True)
    verified_at: Mapped[str] = mapped_column(default="", server_default="")
    sent_at: Mapped[str] = mapped_column(default="", server_default="")
    """When it lay on the service's storage; empty without one."""
    recordings: Mapped[str] = mapped_column(default="", server_default="")
    """Of which recordings it shows something, with spaces between."""
    masked: Mapped[str] = mapped_column(default="", server_default="")
    """Ids of participants whose faces were masked in it, with spaces between."""


class ClipMask(Base):
    """What is covered when a clip leaves with masks: whose faces, and that a person looked at it.

    ``first`` and ``end`` are the clip's as it was looked at: once it is moved nobody has looked.
    ``looked_at`` is empty until the practitioner ``by_whom`` said so; ``hidden`` are the ids of the
    participants whose faces are covered, with spaces between. The row goes with its clip.
    """

    __tablename__ = "clip_mask"
    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clip.id", ondelete="CASCADE"), primary_key=True
    )
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    first: Mapped[int]
    end: Mapped[int]
    looked_at: Mapped[str] = mapped_column(default="", server_default="")
    by_whom: Mapped[str] = mapped_column(default="", server_default="")
    hidden: Mapped[str] = mapped_column(default="", server_default="")
    sealed_faces: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def faces(self) -> str:
        """The rectangles over spans of pictures, as JSON; see ``masks``."""
        return text_of(self, self.case_id, self.sealed_faces)


class ExportOrder(Base):
    """What shall leave the box, until it is made; the export that is made of it has its id.

    ``state`` is waiting, made, failed, cancelled or erased. ``machine`` is empty when it is for the
    browser itself: what is made is sealed to the case then, until it is ``downloaded_at``.
    ``recordings`` are the ids of those it is made of, with spaces between; ``masked`` those of the
    participants whose faces are covered wherever they would be seen in it. ``begun`` is what is
    sealed of it while it is being made, as JSON; see ``order_begun`` in the web.
    """

    __tablename__ = "export_order"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    asked_at: Mapped[str]
    by_whom: Mapped[str]
    """The practitioner's id."""
    machine: Mapped[str]
    machine_name: Mapped[str]
    purpose: Mapped[str]
    state: Mapped[str]
    recordings: Mapped[str] = mapped_column(default="", server_default="")
    made_at: Mapped[str] = mapped_column(default="", server_default="")
    downloaded_at: Mapped[str] = mapped_column(default="", server_default="")
    ended_at: Mapped[str] = mapped_column(default="", server_default="")
    masked: Mapped[str] = mapped_column(default="", server_default="")
    begun: Mapped[str] = mapped_column(default="", server_default="", deferred=True)
    sealed_wish: Mapped[bytes]
    sealed_why: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def wish(self) -> str:
        """Which clips and what is made of them, as JSON; empty for who may not open the case."""
        return text_of(self, self.case_id, self.sealed_wish)

    @property
    def why(self) -> str:
        """Why it failed or was erased."""
        return text_of(self, self.case_id, self.sealed_why)
