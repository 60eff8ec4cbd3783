"""Closing, holding, the bin, and what goes by its age, on the pages."""

import io
import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from tests.certificates import issue
from tests.web.conftest import ORIGIN, Place
from vigbox.casework import recording_erasure, retention
from vigbox.casework.cases import open_case
from vigbox.casework.clips import add_clip
from vigbox.casework.disclosures import disclose
from vigbox.casework.erasure import erasures, facts_of
from vigbox.casework.export_gate import KEPT
from vigbox.casework.tables import AuditEvent, Case, Clip, Disclosure, Erasure, Export, Filmed
from vigbox.casework.withdrawal import withdraw
from vigbox.model import Life, TimeSource, new_id, now_at
from vigbox.seal.identities import X25519Identity
from vigbox.web import after_unlock
from vigbox.web.erasing import Erasing

DAY = timedelta(days=1)


def a_case(place: Place, code: str) -> None:
    """Let what is filmed from now on belong to a new case."""
    desk = place.desk()
    with desk.session() as casework:
        case = open_case(casework, place.layout, code, "What soothes him?", [])
        place.case, place.recipient = case.id, case.recipient
    desk.close()


@pytest.fixture
def film(place: Place, drawn_film: bytes, request: pytest.FixtureRequest) -> str:
    at_clock(place, today())
    a_case(place, f"R-{abs(hash(request.node.name)) % 10**9}")
    return place.keep(drawn_film)


def unlocked(place: Place) -> FlaskClient:
    """Unlock, and wait until what an unlock sets right is set right."""
    client = place.unlocked()
    for thread in threading.enumerate():
        if thread.name == "after-unlock":
            thread.join()
    return client


def post(client: FlaskClient, path: str, **form: str) -> int:
    return client.post(path, data=form, headers=ORIGIN).status_code


def at_clock(place: Place, day: date, source: TimeSource = TimeSource.TABLET) -> None:
    at = datetime.combine(day, datetime.min.time(), UTC)
    place.recorder.clock = {"at": at.isoformat(), "source": source}


def is_there(place: Place, recording: str) -> bool:
    return recording not in [
        each["grant"].split('"recording":"')[1][:32]
        for each in place.recorder.asked
        if each["do"] == "erase"
    ]


def today() -> date:
    return datetime.now(UTC).date()


def set_right(place: Place) -> None:
    """Do what an unlock does about the age of things, at once."""
    desk = place.desk()
    after_unlock._erase_overdue(place.services, desk)
    desk.close()


def state_of(place: Place, case: str) -> str:
    desk = place.desk()
    with desk.session() as casework:
        state = casework.get_one(Case, case).state
    desk.close()
    return state


def test_the_day_is_told_on_the_case_and_on_each_recording(place: Place, film: str) -> None:
    client, case = unlocked(place), f"/cases/{place.case}"
    assert "60 days after" in client.get(f"{case}/retention").text
    assert "kept while the case is open" in client.get(f"/recordings/{film}").text
    assert post(client, f"{case}/close") == 302
    due = today() + 60 * DAY
    told = f"{due.day} {due:%B}"
    assert f"Kept until {told}" in client.get(f"{case}/retention").text
    assert f"kept until {told}" in client.get(f"/recordings/{film}").text
    assert f"kept until {told}" in client.get("/").text
    assert place.recorder.facts("disarm")["case"] == place.case
    assert post(client, f"{case}/pause") == 400, "it is closed"
    assert post(client, f"{case}/reopen") == 302
    assert f"kept until {told}" not in client.get(f"/recordings/{film}").text
    assert post(client, f"{case}/pause") == 302
    assert "is paused" in client.get(f"{case}/retention").text


def test_a_hold_needs_a_reason_and_stops_the_clock(place: Place, film: str) -> None:
    client, case = unlocked(place), f"/cases/{place.case}"
    post(client, f"{case}/close")
    assert post(client, f"{case}/hold", reason=" ") == 400
    assert post(client, f"{case}/hold", reason="the court, 4 C 12/26") == 302
    page = client.get(f"{case}/retention").text
    assert "the court, 4 C 12/26" in page
    assert "On legal hold since" in page
    assert "on legal hold" in client.get(f"/recordings/{film}").text
    at_clock(place, today() + 500 * DAY)
    set_right(place)
    assert state_of(place, place.case) == "closed"
    assert post(client, f"{case}/hold/end") == 302
    set_right(place)
    assert state_of(place, place.case) == "erased"


def test_a_service_that_keeps_records_erases_nothing_by_age(
    place: Place, film: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = retention.Retention("record", 60)
    for module in ("after_unlock", "binned", "retention", "retention_words"):
        monkeypatch.setattr(f"vigbox.web.{module}.retention_of", lambda _: settled)
    client, case = unlocked(place), f"/cases/{place.case}"
    assert post(client, f"{case}/close") == 302
    assert "as part of the record" in client.get(f"{case}/retention").text
    assert "kept as part of the record" in client.get(f"/recordings/{film}").text
    at_clock(place, today() + 5000 * DAY)
    set_right(place)
    assert state_of(place, place.case) == "closed"


@pytest.mark.parametrize("source", [*TimeSource, None])
def test_a_case_whose_day_has_come_is_erased_by_a_sure_clock_alone(
    place: Place, film: str, source: TimeSource | None
) -> None:
    client = unlocked(place)
    post(client, f"/cases/{place.case}/close")
    if source is None:
        place.recorder.clock = {"at": ""}
    else:
        at_clock(place, today() + 60 * DAY, source)
    set_right(place)
    is_sure = source not in {TimeSource.UNSURE, None}
    assert (state_of(place, place.case) == "erased") == is_sure
    assert is_there(place, film) != is_sure
    if not is_sure:
        post(client, f"/cases/{place.case}/reopen")
        return
    assert not place.layout.case_identity(place.case).exists()
    pdf = certificate_of(client, place.case)
    assert "The time for which it was kept was over." in pdf


@pytest.mark.parametrize("what", ["case", "bin"])
def test_what_began_by_an_unsure_clock_begins_anew_on_the_first_sure_day(
    place: Place, film: str, what: str
) -> None:
    client = unlocked(place)
    at_clock(place, today() - 200 * DAY, TimeSource.UNSURE)
    path, days = (
        (f"/cases/{place.case}/close", 60) if what == "case" else (f"/recordings/{film}/bin", 30)
    )
    assert post(client, path) == 302
    for day, is_gone in ((0, False), (days - 1, False), (days, True)):
        at_clock(place, today() + day * DAY)
        set_right(place)
        assert is_there(place, film) is not is_gone, day


def certificate_of(client: FlaskClient, case: str) -> str:
    page = client.get(f"/cases/{case}/retention").text
    found = re.search(r"/erasures/[0-9a-f]{32}/certificate\.pdf", page)
    assert found, page
    answer = client.get(found[0])
    assert answer.mimetype == "application/pdf"
    return " ".join(PdfReader(io.BytesIO(answer.data)).pages[0].extract_text().split())


def test_a_case_is_announced_a_week_before_and_not_earlier(place: Place, film: str) -> None:
    client = unlocked(place)
    post(client, f"/cases/{place.case}/close")
    for days, is_told in ((52, False), (53, True), (60, True)):
        at_clock(place, today() + days * DAY, TimeSource.UNSURE)
        again = unlocked(place)
        for path in ("/", "/cases"):
            assert (f"/cases/{place.case}/retention" in again.get(path).text) == is_told, days
    post(client, f"/cases/{place.case}/reopen")
    assert f"/cases/{place.case}/retention" not in client.get("/").text
    assert film


def test_one_failure_does_not_stop_the_others(place: Place, film: str, drawn_film: bytes) -> None:
    client, first = unlocked(place), place.case
    post(client, f"/cases/{first}/close")
    a_case(place, f"SECOND-{film[:6]}".upper())
    other = place.keep(drawn_film)
    post(client, f"/cases/{place.case}/close")
    at_clock(place, today() + 60 * DAY)
    asked = place.services.recorder.granted

    def refuse(command: str, *key: object, **facts: object) -> object:
        if facts.get("recording") == film:
            raise OSError("the card does not answer")
        return asked(command, *key, **facts)  # type: ignore[arg-type]

    object.__setattr__(place.services.recorder, "granted", refuse)
    try:
        set_right(place)
    finally:
        del place.services.recorder.__dict__["granted"]
    assert state_of(place, first) == "withdrawing"
    assert state_of(place, place.case) == "erased"
    assert not is_there(place, other)
    assert "not finished yet" in client.get("/erasures").text
    assert "NOT FINISHED YET" in certificate_of(client, first)


EVERYWHERE = ("", "/review", "/lanes", "/picture-0.jpg", "/film-1.mp4", "/times-1", "/newest")


@pytest.fixture
def exported(place: Place, film: str) -> Callable[[], tuple[int, int]]:
    """A clip of the film with a waiting export; gives how many clips and exports there are."""
    desk = place.desk()
    with desk.session() as casework:
        case = casework.get_one(Case, place.case)
        clip = add_clip(casework, case, film, "", (0, 5), 200)
        casework.flush()
        export = Export(id=new_id(), clip_id=clip.id, machine="m", machine_name="m")
        export.made_at = now_at()
        casework.add(export)
        row = Disclosure(what="clip", to_whom="m", purpose=KEPT)
        row.export_id = export.id
        disclose(casework, case, row, [])
    desk.close()

    def count() -> tuple[int, int]:
        desk = place.desk()
        with desk.session() as casework:
            clips = list(casework.scalars(select(Clip).where(Clip.recording == film)))
            found = len(clips), sum(len(each.exports) for each in clips)
        desk.close()
        return found

    return count


def test_what_is_in_the_bin_is_nowhere_until_it_is_taken_back(
    place: Place, film: str, exported: Callable[[], tuple[int, int]]
) -> None:
    client = unlocked(place)
    assert f"/recordings/{film}" in client.get(f"/cases/{place.case}").text
    assert post(client, f"/recordings/{film}/bin") == 302
    assert f"/recordings/{film}" not in client.get("/").text
    assert {client.get(f"/recordings/{film}{each}").status_code for each in EVERYWHERE} == {404}
    assert exported() == (1, 0), "the clip is kept, what waited of it is not"
    assert f"/recordings/{film}" not in client.get(f"/cases/{place.case}").text
    page = client.get("/bin").text
    assert film in page
    assert "30 days left" in page
    assert is_there(place, film)
    again = unlocked(place)
    assert again.get(f"/recordings/{film}").status_code == 404, "after an unlock as well"
    assert post(client, f"/bin/{film}/back") == 302
    assert client.get(f"/recordings/{film}").status_code == 200
    assert f"/recordings/{film}" in client.get("/").text


def test_what_is_in_the_bin_goes_after_its_days(
    place: Place, film: str, exported: Callable[[], tuple[int, int]]
) -> None:
    client = unlocked(place)
    post(client, f"/recordings/{film}/bin")
    at_clock(place, today() + 29 * DAY)
    assert "1 day left" in client.get("/bin").text
    set_right(place)
    assert is_there(place, film)
    at_clock(place, today() + 30 * DAY, TimeSource.UNSURE)
    set_right(place)
    assert is_there(place, film), "the clock is not sure"
    at_clock(place, today() + 30 * DAY)
    set_right(place)
    assert not is_there(place, film)
    assert exported() == (0, 0)


@pytest.mark.parametrize("path", ["/bin/{}/erase", "/recordings/{}/erase"])
def test_erased_at_once_leaves_a_certificate_of_one_film(
    place: Place, film: str, exported: Callable[[], tuple[int, int]], path: str
) -> None:
    client = unlocked(place)
    if path.startswith("/bin"):
        post(client, f"/recordings/{film}/bin")
    assert post(client, path.format(film)) == 302
    assert not is_there(place, film)
    assert exported() == (0, 0)
    assert state_of(place, place.case) == "open"
    text = certificate_of(client, place.case)
    assert "One recording" in text
    assert "Films (1)" in text
    assert film[:12] in text


def test_an_erasure_of_one_recording_that_was_cut_is_taken_up(place: Place, film: str) -> None:
    client = unlocked(place)
    place.recorder.refusals["erase"] = "the card does not answer"
    try:
        assert post(client, f"/recordings/{film}/erase") == 409
    finally:
        del place.recorder.refusals["erase"]
    assert "NOT FINISHED YET" in certificate_of(client, place.case)
    desk = place.desk()
    recording_erasure.go_on(desk, Erasing(place.services, desk))
    desk.close()
    assert not is_there(place, film)
    assert "NOT FINISHED YET" not in certificate_of(client, place.case)


def test_a_withdrawal_takes_what_is_in_the_bin_too(place: Place, film: str) -> None:
    client = unlocked(place)
    post(client, f"/recordings/{film}/bin")
    desk = place.desk()
    with desk.session() as casework:
        code = casework.get_one(Case, place.case).code
    withdraw(desk, place.case, Erasing(place.services, desk))
    with desk.session() as casework:
        assert casework.get(Filmed, film) is None
        (erased,) = erasures(casework, code)
        assert [each["recording"] for each in facts_of(erased)["films"]] == [film]
        assert casework.scalars(select(Erasure).where(Erasure.finished_at == "")).first() is None
    desk.close()
    assert not is_there(place, film)


def test_a_copy_that_was_fetched_while_locked_is_on_the_certificate(
    place: Place, film: str, exported: Callable[[], tuple[int, int]]
) -> None:
    assert exported() == (1, 1)
    desk = place.desk()
    with desk.session() as casework:
        clip = casework.scalars(select(Clip).where(Clip.recording == film)).one()
        export = clip.exports[0].id
    machine, _ = place.services.machines.add("m", str(X25519Identity.generate().recipient), issue)
    with place.services.outbox.begin(export, machine) as draft:
        with draft.part("clip-1.mp4.age", "clip.mp4", "clip") as sink:
            sink.write(b"a clip")
        draft.commit(place.services.device_key, "VIG-7")
    place.services.outbox.note_verified(export, machine.id)
    client = unlocked(place)
    withdraw(desk, place.case, Erasing(place.services, desk))
    desk.close()
    assert "Copies that had left the box (1)" in certificate_of(client, place.case)


def test_everything_leaves_an_event_of_its_case(place: Place, film: str) -> None:
    client = unlocked(place)
    client.get(f"/recordings/{film}")
    client.get(f"/recordings/{film}/picture-3.jpg?keep=1")
    client.get(f"/recordings/{film}/picture-3.jpg?width=160")
    for path in (f"/recordings/{film}/bin", f"/bin/{film}/back", f"/recordings/{film}/erase"):
        post(client, path)
    desk = place.desk()
    with desk.session() as casework:
        whats = select(AuditEvent.what).where(AuditEvent.case_id == place.case)
        told = list(casework.scalars(whats.order_by(AuditEvent.id)))
    desk.close()
    assert told == [
        "case opened", "watched", "exported: photo, kept for the work", "photo taken",
        "put into the bin", "taken out of the bin", "erasing", "erased",
    ]  # fmt: skip


def test_what_is_still_being_made_does_not_go_into_the_bin(
    place: Place, film: str, drawn_film: bytes
) -> None:
    client, running = unlocked(place), place.keep(drawn_film, Life.RECORDING)
    assert post(client, f"/recordings/{running}/bin") == 409
    assert client.get("/bin").text.count(running) == 0
    desk = place.desk()
    with desk.session() as casework:
        assert casework.get(Filmed, running) is None, "its arming still tells who is in shot"
    desk.close()
    place.layout.manifest(running).unlink()
    assert film
