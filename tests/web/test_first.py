"""The first steps of a new box, and what is looked at before its first film."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.tokens import browsed
from tests.web.conftest import ORIGIN, Place, RecorderTwin
from vigbox.appliance.certificates import begin
from vigbox.casework.setup import set_up
from vigbox.config import Settings
from vigbox.store.layout import Layout
from vigbox.web.app import create_app
from vigbox.web.services import build


@contextlib.contextmanager
def unlocked(folder: Path, *, recorder: bool) -> Iterator[FlaskClient]:
    """A browser that unlocked a box on which there is no case."""
    layout = Layout(folder / "data")
    secrets = set_up(layout, work_factor=10)
    begin(layout, secrets, ["10.42.0.1"])
    twin = RecorderTwin(folder / "recorder.sock") if recorder else None
    services = build(Settings(data=layout.data, run=folder, work_factor=15), layout)
    client = browsed(create_app(services, ["localhost"])).test_client()
    words = {"passphrase": secrets.passphrase}
    answer = client.post("/unlock", data=words, headers=ORIGIN)
    assert answer.headers["Location"] == "/first"
    yield client
    services.door.lock()
    if twin:
        twin.shutdown()
        twin.server_close()


def test_a_box_without_a_case_begins_with_the_first_steps(tmp_path: Path) -> None:
    with unlocked(tmp_path, recorder=True) as client:
        shown = client.get("/first").text
    assert 'href="/box/check"' in shown
    assert 'href="/cases"' in shown
    assert "done</span>" not in shown


def test_a_box_with_a_case_begins_with_its_recordings(place: Place) -> None:
    client = place.client()
    words = {"passphrase": place.secrets.passphrase}
    assert client.post("/unlock", data=words, headers=ORIGIN).headers["Location"] == "/"
    shown = client.get("/first").text
    assert f'href="/cases/{place.case}"' in shown


@pytest.mark.parametrize(
    ("source", "told"), [("tablet", "It knows the time"), ("unsure", "not sure of the time")]
)
def test_what_is_found_is_told(place: Place, source: str, told: str) -> None:
    place.recorder.clock = {"at": "2026-11-21T19:40:00+00:00", "source": source}
    shown = place.unlocked().get("/box/check").text
    assert told in shown
    assert "69 GB are free" in shown
    assert "sees the camera" in shown
    assert 'id="picture"' in shown


NO_CAMERA = (
    "there is no camera. Switch the box off, check the camera's cable at both ends, and switch it "
    "on again."
)


def test_a_camera_that_is_not_there_is_a_problem(place: Place) -> None:
    place.recorder.camera = NO_CAMERA
    shown = place.unlocked().get("/box/check").text
    assert re.search(r'<li class="cut"><strong>Recorder</strong> There is no camera\.', shown)
    assert "sees the camera" not in shown
    assert place.unlocked().get("/status").get_json()["camera"].startswith("There is no camera.")


def test_a_recorder_that_still_looks_for_its_camera_does_not_see_it(place: Place) -> None:
    place.recorder.camera = "The box still looks for its camera. Wait a few seconds."
    shown = place.unlocked().get("/box/check").text
    assert "The box still looks for its camera." in shown
    assert "sees the camera" not in shown


def test_of_a_recorder_that_says_nothing_of_its_camera_nothing_is_said(place: Place) -> None:
    place.recorder.camera = None
    shown = place.unlocked().get("/box/check").text
    assert "<strong>Recorder</strong> It answers.</li>" in shown


def test_a_recorder_that_is_away_is_told(tmp_path: Path) -> None:
    with unlocked(tmp_path, recorder=False) as client:
        shown = client.get("/box/check").text
    assert "The recorder does not answer" in shown or "the recorder does not answer" in shown


def test_a_step_of_the_set_up_that_is_loaded_again_leads_to_the_box_s_own_pages(
    place: Place,
) -> None:
    client = place.client()
    for ask in (client.get, client.post):
        answer = ask("/setup/sheet", headers=ORIGIN)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/first")
    assert place.unlocked().get("/setup/done").headers["Location"] == "/first"
    assert client.get("/nowhere").status_code == 404
