"""Films from elsewhere in the case's papers: who agreed, and how far each import got.

Full consent, per person and purpose, comes later; until then an import states one fact: on this
day somebody who unlocked the box said that everybody in this film agreed to its use for the work.
Kept as facts of the sealed database; gone with the case.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.cases import CaseError
from vigbox.casework.tables import Case, Fact

_PREFIX: Final = "import "


@dataclass(frozen=True, slots=True)
class Import:
    """One film from elsewhere; its recording will have the same id.

    ``state`` is uploading, preparing, ready or failed; ``why`` is what to tell about that;
    ``key`` tells the same file chosen again; ``made_on`` is the day the film was made.
    """

    id: str
    case: str
    recipient: str
    by: str
    key: str
    size_bytes: int
    made_on: str
    begun_at: str
    state: str = "uploading"
    why: str = ""

    def now(self, state: str, why: str = "") -> "Import":
        """Give the same import at a later point."""
        return replace(self, state=state, why=why)


def begin(session: Session, wish: Import) -> None:
    """Note that everybody in the film agreed, and that it is on its way. Raises CaseError."""
    case = session.get(Case, wish.case)
    if case is None or case.state != "open" or case.recipient != wish.recipient:
        raise CaseError("A film can only be added to an open case. Choose one.")
    keep(session, wish)
    told = f"agreed: a film from elsewhere, made on {wish.made_on}"
    audit.note(session, told, wish.id, wish.case)


def keep(session: Session, wish: Import) -> None:
    """Remember how far an import got."""
    session.merge(Fact(name=_PREFIX + wish.id, text=json.dumps(asdict(wish))))


def find(session: Session, name: str) -> Import | None:
    """Give an import by its id."""
    fact = session.get(Fact, _PREFIX + name)
    return Import(**json.loads(fact.text)) if fact else None


def every(session: Session, case: str | None = None) -> Iterator[Import]:
    """Give all imports, or those of a case, oldest first."""
    facts = session.scalars(select(Fact).where(Fact.name.startswith(_PREFIX)))
    found = [Import(**json.loads(each.text)) for each in facts]
    for each in sorted(found, key=lambda one: (one.begun_at, one.id)):
        if case is None or each.case == case:
            yield each


def forget(session: Session, name: str) -> None:
    """Forget an import."""
    if (fact := session.get(Fact, _PREFIX + name)) is not None:
        session.delete(fact)
