"""The page Health: in plain words, what is not well first, and the report to take along."""

import dataclasses
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.appliance.health.test_findings import WELL
from tests.tokens import browsed
from tests.web.conftest import Place
from vigbox.appliance.health import kept
from vigbox.appliance.health.facts import Trouble, boottime_s
from vigbox.casework.setup import set_up
from vigbox.config import Settings
from vigbox.store.layout import Layout
from vigbox.store.settings_file import read
from vigbox.web.app import create_app
from vigbox.web.services import build


def lay(place: Place, **changed: object) -> None:
    """Put facts where the box's own unit puts them."""
    facts = dataclasses.replace(WELL, at=datetime.now(UTC).isoformat(timespec="seconds"))
    facts = dataclasses.replace(facts, vigbox="0.1.0", board="Raspberry Pi 5 Model B Rev 1.0")
    place.services.health.parent.mkdir(exist_ok=True)
    kept.keep(dataclasses.replace(facts, **changed), place.services.health)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def clock(place: Place) -> None:
    place.recorder.clock = {"at": "2026-11-21T19:40:00+00:00", "source": "network"}


def test_a_box_that_is_well_says_so_in_one_line(place: Place) -> None:
    lay(place)
    shown = place.unlocked().get("/health").text
    assert "All is well." in shown
    assert "The power supply is good." in shown
    assert "Raspberry Pi 5 Model B Rev 1.0" in shown
    assert "2026-11-21 19:40 UTC, from the network" in shown
    assert 'class="unwell"' not in shown


def test_what_is_not_well_comes_first_and_says_what_to_do(place: Place) -> None:
    lay(place, is_weak=True)
    shown = place.unlocked().get("/health").text
    assert "All is well." not in shown
    assert shown.index("Use the power supply and the cable") < shown.index('class="well"')


def test_nothing_known_is_said(place: Place) -> None:
    place.services.health.unlink(missing_ok=True)
    assert "Nobody has looked at card, heat and power" in place.unlocked().get("/health").text


def test_a_box_nobody_looks_at_any_more_says_since_when(place: Place) -> None:
    lay(place, at=(datetime.now(UTC) - timedelta(hours=3)).isoformat(timespec="seconds"))
    assert "This was seen 180 minutes ago" in place.unlocked().get("/health").text


def test_a_clock_that_the_unlock_set_makes_nothing_old(place: Place) -> None:
    before = (datetime.now(UTC) - timedelta(hours=12)).isoformat(timespec="seconds")
    lay(place, at=before, uptime_s=max(0, boottime_s() - 60))
    client = place.unlocked()
    assert "minutes ago" not in client.get("/health").text
    with zipfile.ZipFile(io.BytesIO(client.get("/health/report.zip").data)) as bundle:
        assert b"minutes ago" not in bundle.read("report.txt")


def test_a_clock_that_is_not_sure_is_to_be_looked_at(place: Place) -> None:
    lay(place)
    place.recorder.clock = {"at": "1970-01-01T00:04:00+00:00", "source": "unsure"}
    shown = place.unlocked().get("/health").text
    assert "1970-01-01 00:04 UTC, and not sure of it: unlock the page from a tablet" in shown
    assert "All is well." not in shown


def test_what_went_wrong_is_told_by_our_own_words_alone(place: Place) -> None:
    known = Trouble("recorder", "a press was refused: …", 3, 2)
    lay(place, troubles=(known, Trouble("web", "Annemarijn called", 1, 0)))
    shown = place.unlocked().get("/health").text
    assert "a press was refused: …" in shown
    assert "Annemarijn" not in shown


def test_the_report_is_a_download_with_the_same_in_it(place: Place) -> None:
    lay(place, is_weak=True)
    answer = place.unlocked().get("/health/report.zip")
    assert answer.headers["Content-Disposition"] == "attachment; filename=vigbox-report.zip"
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as bundle:
        assert bundle.namelist() == ["report.txt", "report.json"]
        text = bundle.read("report.txt").decode()
        facts = json.loads(bundle.read("report.json"))
    assert "The power is too weak now." in text
    assert facts["clock"] == "network"
    assert "VIG-7" not in text
    assert place.case not in text


def test_the_menu_leads_there(place: Place) -> None:
    assert 'href="/health"' in place.unlocked().get("/cases").text


def test_a_mistake_in_the_settings_is_on_every_unlocked_page_and_told_on_this_one(
    tmp_path: Path,
) -> None:
    layout = Layout(tmp_path / "data")
    layout.data.mkdir()
    secrets = set_up(layout, work_factor=10)
    path = tmp_path / "vigbox.toml"
    path.write_text("width = 640\nwidht = 5\nretention_dys = 9\n")
    reading = read(path)
    settings = dataclasses.replace(reading.settings, data=layout.data, run=tmp_path, work_factor=15)
    services = build(settings, layout, faults=reading.faults)
    client = browsed(create_app(services, ["localhost"])).test_client()
    assert "mistake" not in client.get("/unlock").text, "a locked page tells nothing of it"
    told = {"passphrase": secrets.passphrase}
    client.post("/unlock", data=told, headers={"Origin": "http://localhost"})
    assert "settings have a mistake; it films all the same" in client.get("/cases").text
    shown = client.get("/health").text
    assert "line 2: there is no setting widht. Did you mean width?" in shown
    assert "nothing is erased by its age" in shown
    assert services.service.retention().mode == "record"
    assert '"line": 2' in zipfile.ZipFile(
        io.BytesIO(client.get("/health/report.zip").data)
    ).read("report.json").decode()  # fmt: skip
    services.door.lock()


def test_good_settings_have_no_such_line(place: Place) -> None:
    assert Settings().width == 1280
    assert "troubles" not in place.unlocked().get("/cases").text
