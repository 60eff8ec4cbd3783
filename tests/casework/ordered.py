"""A case with two recordings, of which exports are ordered."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import orders
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clips import add_clip
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.export_gate import KEPT
from vigbox.casework.order_wish import ForWhom, Wish
from vigbox.casework.tables import Case, Clip, ExportOrder, Filmed
from vigbox.model import new_id

TODAY = datetime.now(UTC).date()
FILMS = (new_id(), new_id())


def filmed_twice(session: Session, box: Box) -> Case:
    made = open_case(
        session, box.layout, "VIG-7", "", [InShot("mother", "M"), InShot("uncle", "U")]
    )
    session.flush()
    for film, who in zip(FILMS, made.participants, strict=True):
        session.add(
            Filmed(recording=film, case_id=made.id, kind="interaction", in_shot=str(who.id))
        )
        add_clip(session, made, film, "Anna laughs", (0, 5), 200)
    session.flush()
    return made


def clips(session: Session) -> tuple[str, ...]:
    found = {each.recording: each.id for each in session.query(Clip)}
    return tuple(found[each] for each in FILMS)


def answer(session: Session, case: Case, who: int, word: str, purpose: str = "research") -> None:
    note_answer(session, case, case.participants[who], Told(purpose, word, "spoken", "f-1"))


def placed(session: Session, case: Case, purpose: str = KEPT, machine: str = "m") -> ExportOrder:
    wish = Wish(clips(session), ("clips",))
    return orders.place(session, case, wish, ForWhom(machine, "laptop", purpose), TODAY)
