"""The case database's tables. Words are those of the practice; times are UTC texts.

A column ``sealed_…`` holds an age file sealed to the case's own identity (see ``texts``): what is
read through its property is gone with the case's key, whoever holds the database.
"""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from vigbox.casework.texts import text_of


class Base(DeclarativeBase):
    """What all tables share."""


class Recipient(Base):
    """Who may open: a practitioner, a supervisor, or the recovery sheet.

    ``kind`` is one of those three words. ``left_at`` is empty as long as they may open anything;
    ``check_words`` and ``proved_at`` are the recovery sheet's alone.
    """

    __tablename__ = "recipient"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    text: Mapped[str]
    left_at: Mapped[str] = mapped_column(default="", server_default="")
    check_words: Mapped[str] = mapped_column(default="", server_default="")
    proved_at: Mapped[str] = mapped_column(default="", server_default="")


class CaseRecipient(Base):
    """Somebody who shall open a case: what is wished, while ``Case.sealed_to`` is what is."""

    __tablename__ = "case_recipient"
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), primary_key=True)


class Case(Base):
    """One working relationship, under a code, never a name.

    ``state`` is open, paused, closed, withdrawing or erased; ``closed_at`` is when the clock of its
    films began; ``sealed_to`` the ids of those whom the case's identity on the card is sealed to,
    in order, with spaces between.
    """

    __tablename__ = "case"
    id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    opened_at: Mapped[str]
    sealed_question: Mapped[bytes] = mapped_column(default=b"", server_default="")
    sealed_to: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    closed_at: Mapped[str] = mapped_column(default="", server_default="")
    participants: Mapped[list["Participant"]] = relationship(
        order_by="Participant.id", cascade="all, delete-orphan"
    )

    @property
    def helping_question(self) -> str:
        """The client's own question."""
        return text_of(self, self.id, self.sealed_question)


class Participant(Base):
    """Somebody who may be in shot, by role and initials.

    ``answered_by`` is the id of the participant who consents for a child, 0 for oneself.
    """

    __tablename__ = "participant"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    role: Mapped[str]
    is_child: Mapped[bool] = mapped_column(default=False, server_default="0")
    answered_by: Mapped[int] = mapped_column(default=0, server_default="0")
    sealed_initials: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def initials(self) -> str:
        """The initials, never a name."""
        return text_of(self, self.case_id, self.sealed_initials)


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
