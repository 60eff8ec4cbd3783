"""The case database's tables, by noun. Words are those of the practice.

A column ``sealed_…`` holds an age file sealed to the case's own identity (see ``texts``): what is
read through the property of the same name without ``sealed_`` is gone with the case's key, whoever
holds the database. Times are UTC texts and end in ``_at``, dates in ``_on``. Which words a state,
purpose or kind may be is said by the module that writes it.

All of them are gathered here, as they name one another, and as a schema is all of its tables.
"""

from vigbox.casework.tables.base import Base
from vigbox.casework.tables.books import AuditEvent, Counter, Fact
from vigbox.casework.tables.cases import Case, CaseRecipient, Participant, Recipient
from vigbox.casework.tables.clips import Clip, ClipPrinciple, Edit, Export, Mark
from vigbox.casework.tables.consents import Consent
from vigbox.casework.tables.cycles import Cycle, Visit
from vigbox.casework.tables.ending import Erasure, Hold
from vigbox.casework.tables.filming import Adopted, Arm, Filmed, Unfiled
from vigbox.casework.tables.goals import Goal, Rating, Wording
from vigbox.casework.tables.learning import LogEntry, Stage, Supervision, Training
from vigbox.casework.tables.leaving import ClipMask, Disclosure, ExportOrder
from vigbox.casework.tables.reviews import Answer, SharedReview, Shown

__all__ = [
    "Adopted",
    "Answer",
    "Arm",
    "AuditEvent",
    "Base",
    "Case",
    "CaseRecipient",
    "Clip",
    "ClipMask",
    "ClipPrinciple",
    "Consent",
    "Counter",
    "Cycle",
    "Disclosure",
    "Edit",
    "Erasure",
    "Export",
    "ExportOrder",
    "Fact",
    "Filmed",
    "Goal",
    "Hold",
    "LogEntry",
    "Mark",
    "Participant",
    "Rating",
    "Recipient",
    "SharedReview",
    "Shown",
    "Stage",
    "Supervision",
    "Training",
    "Unfiled",
    "Visit",
    "Wording",
]
