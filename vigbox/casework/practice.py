"""The tables of the practice: consents, goals, cycles, shared reviews, supervision, erasure.

As in ``tables``: a column ``sealed_…`` holds an age file sealed to the case's own identity, read
through the property of the same name without ``sealed_``. Times are UTC texts and end in ``_at``,
dates in ``_on``. Which words a state, purpose or kind may be is said by the module that writes it.
"""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vigbox.casework.tables import Base
from vigbox.casework.texts import text_of


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


class Arm(Base):
    """What the box was armed for: who is in shot, for which cycle; found again by its counter."""

    __tablename__ = "arm"
    counter: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    cycle_id: Mapped[str] = mapped_column(default="", server_default="")
    kind: Mapped[str]
    armed_at: Mapped[str]
    until_at: Mapped[str]
    in_shot: Mapped[str]
    """Ids of participants, with spaces between."""
    sealed_activity: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def activity(self) -> str:
        """What they shall be doing."""
        return text_of(self, self.case_id, self.sealed_activity)


class Filmed(Base):
    """What is known about a recording besides its film.

    ``kind`` is interaction, shared review or supervision; ``kept_at`` is when the family said that
    it may be kept; ``binned_at`` when a practitioner put it into the sealed bin.
    """

    __tablename__ = "filmed"
    recording: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str]
    cycle_id: Mapped[str] = mapped_column(default="", server_default="")
    in_shot: Mapped[str] = mapped_column(default="", server_default="")
    kept_at: Mapped[str] = mapped_column(default="", server_default="")
    reviewed_at: Mapped[str] = mapped_column(default="", server_default="")
    binned_at: Mapped[str] = mapped_column(default="", server_default="")
    sealed_activity: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def activity(self) -> str:
        """What they were doing."""
        return text_of(self, self.case_id, self.sealed_activity)


class Unfiled(Base):
    """A film that waits: its own recipient, whom its identity is sealed to, and until when.

    ``sealed_to`` are ids, as a case's; ``seen_on`` is the day of the first unlock with a clock
    that was sure, ``due_on`` the earliest day that was ever told for its erasure.
    """

    __tablename__ = "unfiled"
    recording: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    sealed_to: Mapped[str] = mapped_column(default="", server_default="")
    seen_on: Mapped[str] = mapped_column(default="", server_default="")
    due_on: Mapped[str] = mapped_column(default="", server_default="")


class Adopted(Base):
    """A film that was filed: its case's key alone opens the film's own identity."""

    __tablename__ = "adopted"
    recording: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    recipient: Mapped[str]
    adopted_at: Mapped[str]


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


class Supervision(Base):
    """A practitioner reviews clips of their own shared review with a supervisor."""

    __tablename__ = "supervision"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("shared_review.id"))
    by_whom: Mapped[str]
    with_whom: Mapped[str] = mapped_column(default="", server_default="")
    held_on: Mapped[str] = mapped_column(default="", server_default="")
    export_id: Mapped[str] = mapped_column(default="", server_default="")
    sealed_question: Mapped[bytes] = mapped_column(default=b"", server_default="")

    @property
    def helping_question(self) -> str:
        """The practitioner's own."""
        return text_of(self, self.case_id, self.sealed_question)


class Training(Base):
    """Where a practitioner stands: trainee of a stage, accredited or supervisor."""

    __tablename__ = "training"
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), primary_key=True)
    status: Mapped[str]
    stage: Mapped[int] = mapped_column(default=0, server_default="0")
    supervisor: Mapped[str] = mapped_column(default="", server_default="")


class Stage(Base):
    """A stage of a practitioner's training: since when, and what was done of it before the box."""

    __tablename__ = "stage"
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    began_on: Mapped[str]
    cycles_before: Mapped[int] = mapped_column(default=0, server_default="0")


class LogEntry(Base):
    """What the trainee's log keeps of a case that was erased: who did what when, and the code.

    ``what`` is cycle or supervision. Nothing of a family is in it, and it has no ``case_id``: it is
    not a row of the case.
    """

    __tablename__ = "log_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    recipient_id: Mapped[str] = mapped_column(index=True)
    what: Mapped[str]
    case_code: Mapped[str]
    cycle: Mapped[int]
    done_on: Mapped[str]


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
    ``recordings`` are the ids of those it is made of, with spaces between.
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
