"""What left and what waits to: in the books until it is known, and never forgotten once out."""

from sqlalchemy.orm import Session

from vigbox.casework.clips import add_clip
from vigbox.casework.cycles import plan_cycle
from vigbox.casework.disclosures import (
    disclose,
    disclosed,
    forget_waiting,
    left_at,
    note_fetched,
    of_recording,
)
from vigbox.casework.export_gate import KEPT
from vigbox.casework.tables import Case, Disclosure, Export, SharedReview, Supervision
from vigbox.model import new_id, now_at

FILM = new_id()


def test_an_export_left_only_once_a_machine_verified_it(session: Session, case: Case) -> None:
    rows = [Disclosure(what="clip", to_whom="laptop", purpose=KEPT, export_id=id_)
            for id_ in ("a", "b", "")]  # fmt: skip
    for row in rows:
        disclose(session, case, row, [])
    session.flush()
    assert [bool(left_at(each)) for each in rows] == [False, False, True]
    note_fetched(session, lambda export: export == "a")
    first = rows[0].verified_at
    note_fetched(session, lambda _: True)
    assert (rows[0].verified_at, bool(rows[1].verified_at)) == (first, True)
    forget_waiting(session, "a")
    assert len(disclosed(session, case.id)) == 3, "a copy that is out is never forgotten"


def test_a_recording_has_the_exports_of_its_clips_and_its_packages(
    session: Session, case: Case
) -> None:
    for id_ in ("clip's", "package", "another's"):
        row = Disclosure(what="clip", to_whom="laptop", purpose=KEPT, export_id=id_)
        disclose(session, case, row, [])
    clip = add_clip(session, case, FILM, "", (0, 5), 200)
    cycle = plan_cycle(session, case)
    session.flush()
    review = SharedReview(id=new_id(), case_id=case.id, cycle_id=cycle.id, by_whom="a")
    review.began_at, review.recording = now_at(), FILM
    session.add(review)
    session.flush()
    session.add_all([
        Export(id="clip's", clip_id=clip.id, machine="m", machine_name="laptop", made_at=now_at()),
        Supervision(id=new_id(), case_id=case.id, review_id=review.id, by_whom="a",
                    export_id="package"),
    ])  # fmt: skip
    session.flush()
    assert [each.export_id for each in of_recording(session, FILM)] == ["clip's", "package"]
    assert of_recording(session, new_id()) == []
