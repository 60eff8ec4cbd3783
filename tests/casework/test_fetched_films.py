"""Which recordings may go because a machine has verified them whole."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import orders
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clips import add_clip
from vigbox.casework.disclosures import disclose
from vigbox.casework.export_gate import KEPT
from vigbox.casework.fetched_films import fetched_films
from vigbox.casework.order_wish import WHOLE, ForWhom, Wish
from vigbox.casework.retention import close_case, hold, reopen_case
from vigbox.casework.tables import Case, Clip, Disclosure, ExportOrder
from vigbox.model import new_id

FILM = new_id()
TODAY = datetime.now(UTC).date()


@pytest.fixture
def session(box: Box) -> Iterator[Session]:
    with box.desk.session() as session:
        yield session


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    made = open_case(session, box.layout, "VIG-7", "", [InShot("mother", "M")])
    session.flush()
    add_clip(session, made, FILM, "", (0, 5), 200)
    session.flush()
    return made


def order(session: Session, case: Case, *made: str, machine: str = "m") -> ExportOrder:
    clip = session.query(Clip).one()
    placed = orders.place(
        session, case, Wish((clip.id,), made), ForWhom(machine, "laptop", KEPT), TODAY
    )
    session.flush()
    return placed


def fetched(session: Session, case: Case, *made: str, verified_at: str = "x") -> ExportOrder:
    placed = order(session, case, *made)
    placed.state = orders.MADE
    row = Disclosure(what="w", to_whom="laptop", purpose=KEPT, export_id=placed.id)
    row.recordings, row.verified_at = placed.recordings, verified_at
    disclose(session, case, row, [])
    session.flush()
    return placed


def test_one_that_a_machine_has_whole_may_go_once_its_case_is_closed(
    session: Session, case: Case
) -> None:
    fetched(session, case, "clips", WHOLE)
    assert fetched_films(session) == set(), "the work goes on"
    close_case(session, case)
    assert fetched_films(session) == {FILM}
    hold(session, case, "a court asked")
    assert fetched_films(session) == set()


def test_opened_again_it_stays(session: Session, case: Case) -> None:
    fetched(session, case, WHOLE)
    close_case(session, case)
    reopen_case(session, case)
    assert fetched_films(session) == set()


@pytest.mark.parametrize("made", [("clips",), ("film", "stills"), ("json",)])
def test_what_showed_less_lets_nothing_go(
    session: Session, case: Case, made: tuple[str, ...]
) -> None:
    fetched(session, case, *made)
    close_case(session, case)
    assert fetched_films(session) == set()


def test_what_no_machine_has_verified_lets_nothing_go(session: Session, case: Case) -> None:
    row = fetched(session, case, WHOLE, verified_at="")
    close_case(session, case)
    assert fetched_films(session) == set()
    session.query(Disclosure).filter_by(export_id=row.id).one().sent_at = "x"
    session.flush()
    assert fetched_films(session) == set(), "on the storage is not on a machine"


@pytest.mark.parametrize("waits", ["to be made", "to be fetched", "for the browser"])
def test_nothing_goes_while_an_export_of_it_waits(session: Session, case: Case, waits: str) -> None:
    fetched(session, case, WHOLE)
    if waits == "to be made":
        order(session, case, "clips")
    elif waits == "to be fetched":
        fetched(session, case, "clips", verified_at="")
    else:
        order(session, case, WHOLE, machine="").state = orders.MADE
    close_case(session, case)
    session.flush()
    assert fetched_films(session) == set()


def test_a_download_by_a_browser_is_no_machine(session: Session, case: Case) -> None:
    placed = order(session, case, WHOLE, machine="")
    placed.state, placed.downloaded_at = orders.MADE, "x"
    close_case(session, case)
    session.flush()
    assert fetched_films(session) == set()
