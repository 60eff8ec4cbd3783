"""Clips and marks of a recording, what was changed of them, and the exports clips are in."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vigbox.casework.tables.base import Base
from vigbox.casework.texts import text_of


class Clip(Base):
    """A micro-moment: pictures ``first`` up to but not including ``end`` of one recording.

    ``state`` is candidate, chosen, shown, kept or dropped; ``position`` its place among those that
    were chosen, from 1, and 0 for the others; ``speed`` in per cent; ``freeze`` the picture to
    stand still at, or none.
    """

    __tablename__ = "clip"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    recording: Mapped[str] = mapped_column(index=True)
    first: Mapped[int]
    end: Mapped[int]
    length_ms: Mapped[int]
    made_at: Mapped[str]
    sealed_name: Mapped[bytes] = mapped_column(default=b"", server_default="")
    state: Mapped[str] = mapped_column(default="candidate", server_default="candidate")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    speed: Mapped[int] = mapped_column(default=100, server_default="100")
    freeze: Mapped[int | None]
    sealed_initiative: Mapped[bytes] = mapped_column(default=b"", server_default="")
    sealed_reception: Mapped[bytes] = mapped_column(default=b"", server_default="")
    sealed_response: Mapped[bytes] = mapped_column(default=b"", server_default="")
    sealed_note: Mapped[bytes] = mapped_column(default=b"", server_default="")
    principles: Mapped[list["ClipPrinciple"]] = relationship(
        order_by="ClipPrinciple.key", cascade="all, delete-orphan"
    )
    exports: Mapped[list["Export"]] = relationship(order_by="Export.made_at", viewonly=True)

    @property
    def given_name(self) -> str:
        """What happens in it, in the practitioner's words; empty when they said nothing."""
        return text_of(self, self.case_id, self.sealed_name)

    @property
    def name(self) -> str:
        """What happens in it, or just that it is a clip."""
        return self.given_name or "Clip"

    @property
    def initiative(self) -> str:
        """Whose initiative it was."""
        return text_of(self, self.case_id, self.sealed_initiative)

    @property
    def reception(self) -> str:
        """How it was received."""
        return text_of(self, self.case_id, self.sealed_reception)

    @property
    def response(self) -> str:
        """What came next."""
        return text_of(self, self.case_id, self.sealed_response)

    @property
    def note(self) -> str:
        """What the practitioner wants to remember of it; never on the client's screen."""
        return text_of(self, self.case_id, self.sealed_note)

    @property
    def principle_keys(self) -> list[str]:
        """The keys of its principles, in order of the alphabet."""
        return sorted(each.key for each in self.principles)

    @principle_keys.setter
    def principle_keys(self, keys: list[str]) -> None:
        known = {each.key: each for each in self.principles}
        self.principles = [known.get(key) or ClipPrinciple(key=key) for key in sorted(set(keys))]


class ClipPrinciple(Base):
    """A principle that a clip shows, by its key in a vocabulary: ``vig/receiving/eye-contact``."""

    __tablename__ = "clip_principle"
    clip_id: Mapped[str] = mapped_column(ForeignKey("clip.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)


class Mark(Base):
    """A moment flagged on the page, or, with ``source`` "button", a mark of the film's own removed.

    The button's marks lie in the film itself; one of them is named ``recording.time_ns``.
    """

    __tablename__ = "mark"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    recording: Mapped[str] = mapped_column(index=True)
    source: Mapped[str]
    picture: Mapped[int]
    made_at: Mapped[str]


class Edit(Base):
    """One change of a recording's marks and clips, to be undone and done again.

    ``sealed_change`` holds the rows before and after. ``lost_exports`` went with a removed clip.
    """

    __tablename__ = "edit"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    recording: Mapped[str] = mapped_column(index=True)
    at: Mapped[str]
    what: Mapped[str]
    is_undone: Mapped[bool] = mapped_column(default=False)
    lost_exports: Mapped[int] = mapped_column(default=0)
    sealed_change: Mapped[bytes]

    @property
    def change(self) -> str:
        """The rows before and after, as JSON; empty for who may not open the case."""
        return text_of(self, self.case_id, self.sealed_change)


class Export(Base):
    """A clip in an export for one machine; ``verified_at`` is empty until it said so.

    ``id`` is the export's, which may hold more clips. ``first`` and ``end`` are the clip's as it
    was cut; none where they were not kept yet.
    """

    __tablename__ = "export"
    id: Mapped[str] = mapped_column(primary_key=True)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clip.id"), primary_key=True, index=True)
    machine: Mapped[str]
    machine_name: Mapped[str]
    made_at: Mapped[str]
    verified_at: Mapped[str] = mapped_column(default="")
    first: Mapped[int | None]
    end: Mapped[int | None]

    def is_older_than(self, clip: Clip) -> bool:
        """Tell whether the clip was moved since: it has other pictures now."""
        return self.first is not None and (self.first, self.end) != (clip.first, clip.end)
