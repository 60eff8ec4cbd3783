"""A film from elsewhere: sent in parts, prepared in the sandbox, then a recording."""

import io
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from flask.testing import FlaskClient

from tests.web.conftest import ORIGIN, Place, until_settled
from vigbox.casework import imports
from vigbox.casework.cases import open_case
from vigbox.casework.erasure import erasures, recording_of
from vigbox.casework.tables import AuditEvent, Case, Fact
from vigbox.seal.recipients import parse_recipient
from vigbox.store import holdings, manifests
from vigbox.store.layout import room_bytes
from vigbox.store.uploads import PART_BYTES
from vigbox.web.arriving import CardNearlyFullError, check_room
from vigbox.web.importing import KEPT_S, Importing
from vigbox.web.recorder_link import RecorderLink
from vigbox.web.services import build

MARKER = b"a plain marker of 32 bytes, 12345"[:32]


def ffmpeg(*words: str) -> bytes:
    """Make a film; nothing of it on any disk."""
    done = subprocess.run(
        ["ffmpeg", "-v", "error", *words, "pipe:1"], check=True, capture_output=True, timeout=120
    )
    return done.stdout


@pytest.fixture(scope="module")
def film() -> bytes:
    """Five MB: moving noise, 44.1 kHz sound, B-frames, and the marker behind it all."""
    picture = "nullsrc=s=640x360:r=25:d=6,geq=random(1)*255:128:128"
    sound = "sine=440:d=6:r=44100"
    made = ffmpeg(
        "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-c:v", "libx264", "-preset",
        "ultrafast", "-bf", "2", "-b:v", "6M", "-c:a", "aac", "-movflags", "frag_keyframe", "-f",
        "mp4",
    )  # fmt: skip
    return made + (len(MARKER) * 64 + 8).to_bytes(4, "big") + b"free" + MARKER * 64


@pytest.fixture
def browser(place: Place) -> Iterator[FlaskClient]:
    client = place.unlocked()
    until_settled()  # it ends what stands as wanted and does not lie here, as some tests make it
    yield client
    for path in place.layout.imported.recordings.glob("*"):
        place.services.importing.erase(path.name.partition(".")[0])
    desk = place.desk()
    with desk.session() as casework:
        for each in list(imports.every(casework)):
            imports.forget(casework, each.id)
    desk.close()


def wish(place: Place, film: bytes, **facts: Any) -> dict[str, Any]:
    told = {"name": "Emma.mov", "size": len(film), "modified": 1, "case": place.case}
    return told | {"made_on": "2026-11-12", "agreed": True} | facts


def begin(browser: FlaskClient, place: Place, film: bytes, **facts: Any) -> Any:
    return browser.post("/imports", json=wish(place, film, **facts), headers=ORIGIN).get_json()


def put(browser: FlaskClient, name: str, offset: int, data: bytes) -> Any:
    return browser.put(f"/imports/{name}/{offset}", data=data, headers=ORIGIN)


def send(browser: FlaskClient, name: str, film: bytes, start: int = 0, end: int = 1 << 40) -> Any:
    facts = {}
    for offset in range(start, min(len(film), end), PART_BYTES):
        facts = put(browser, name, offset, film[offset : offset + PART_BYTES]).get_json()
    return facts


def settled(place: Place, browser: FlaskClient, name: str) -> Any:
    """Wait for the worker to be done with it; gives what the page is told then."""
    for job in list(place.services.importing._jobs):
        assert job.over.wait(60)
    return browser.get(f"/imports/{name}").get_json()


def added(place: Place, browser: FlaskClient, film: bytes, **facts: Any) -> Any:
    name = begin(browser, place, film, **facts)["id"]
    send(browser, name, film)
    return settled(place, browser, name)


def facts_of(place: Place) -> list[str]:
    desk = place.desk()
    with desk.session() as casework:
        found = [each.id for each in imports.every(casework)]
    desk.close()
    return found


def test_a_film_becomes_a_recording_that_plays(
    place: Place, browser: FlaskClient, film: bytes
) -> None:
    done = added(place, browser, film)
    assert (done["state"], done["why"]) == ("ready", "")
    assert not place.layout.upload(done["id"]).exists()

    manifest = holdings.read(place.layout, place.services.public, done["id"])
    assert manifest.is_imported
    assert manifest.recipients == (place.recipient,)
    assert abs(manifest.length_ns - 6 * 10**9) < 10**8
    listed = browser.get("/").text
    assert "from elsewhere" in listed
    assert "Thursday 12 November 2026" in listed

    page = browser.get(f"/recordings/{done['id']}")
    assert page.status_code == 200
    address = page.text.split('src="/recordings/')[1].split('"')[0]
    played = browser.get(f"/recordings/{address}").data
    with av.open(io.BytesIO(played), "r") as opened:
        frames = [each.pts for each in opened.decode(video=0)]
    assert len(frames) == 150
    assert "libx264" not in listed


def test_no_plain_byte_of_it_reaches_the_disk(
    place: Place, browser: FlaskClient, film: bytes
) -> None:
    name = begin(browser, place, film)["id"]
    send(browser, name, film, end=2 * PART_BYTES)
    last = len(film) // PART_BYTES * PART_BYTES
    during = everything(place.layout.data)
    send(browser, name, film, 2 * PART_BYTES)
    assert settled(place, browser, name)["state"] == "ready"
    after = everything(place.layout.data)
    assert MARKER in film[last:]
    for text in (MARKER, b"Emma.mov", b"ftypisom", b"avc1"):
        assert text in film or text == b"Emma.mov"
        assert text not in during
        assert text not in after


def everything(folder: Path) -> bytes:
    return b"\0".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())


def test_an_upload_goes_on_where_it_broke(place: Place, browser: FlaskClient, film: bytes) -> None:
    name = begin(browser, place, film)["id"]
    send(browser, name, film, end=PART_BYTES)
    # the connection broke within a part: nothing of that part is kept
    assert put(browser, name, PART_BYTES, film[PART_BYTES : PART_BYTES + 99]).status_code == 409
    again = begin(place.unlocked(), place, film)
    assert (again["id"], again["offset"], again["state"]) == (name, PART_BYTES, "uploading")
    # an answer that was lost: the same part once more changes nothing
    assert put(browser, name, 0, film[:PART_BYTES]).get_json()["offset"] == PART_BYTES
    send(browser, name, film, PART_BYTES)
    assert settled(place, browser, name)["state"] == "ready"


def test_another_file_or_case_is_another_upload(
    place: Place, browser: FlaskClient, film: bytes
) -> None:
    first = begin(browser, place, film)
    told = begin(browser, place, film, modified=2)
    assert "on its way" in told["error"]
    assert browser.post(f"/imports/{first['id']}/cancel", headers=ORIGIN).status_code == 302
    assert begin(browser, place, film, modified=2)["offset"] == 0


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"agreed": False}, "must have agreed"),
        ({"agreed": "yes"}, "must have agreed"),
        ({"size": 0}, "empty"),
        ({"size": 9 * 10**9}, "larger than 8 GB"),
        ({"size": "1"}, "empty"),
        ({"case": "nobody's"}, "Choose the case"),
        ({"made_on": "yesterday"}, "which day"),
    ],
)
def test_what_cannot_be_added_is_told(
    place: Place, browser: FlaskClient, facts: dict[str, Any], told: str
) -> None:
    answer = browser.post("/imports", json=wish(place, b"1", **facts), headers=ORIGIN)
    assert answer.status_code == 422
    assert told in answer.get_json()["error"]
    assert not facts_of(place)


@pytest.mark.parametrize("state", ["closed", "paused"])
def test_a_case_that_is_not_open_is_refused_at_the_door_and_goes_on_later(
    place: Place, browser: FlaskClient, film: bytes, state: str
) -> None:
    def become(wanted: str) -> None:
        desk = place.desk()
        with desk.session() as casework:
            casework.get_one(Case, place.case).state = wanted
        desk.close()

    become(state)
    new = browser.post("/imports", json=wish(place, film), headers=ORIGIN)
    become("open")
    name = begin(browser, place, film)["id"]
    send(browser, name, film, end=PART_BYTES)
    become(state)
    resumed = browser.post("/imports", json=wish(place, film), headers=ORIGIN)
    more = put(browser, name, PART_BYTES, film[PART_BYTES : 2 * PART_BYTES])
    become("open")
    for answer in (new, resumed, more):
        assert answer.status_code == 422
        assert f"VIG-7 is {state}: no film is added to it." in answer.get_json()["error"]
    again = begin(browser, place, film)
    assert (again["id"], again["offset"]) == (name, PART_BYTES), "what was here is kept"
    send(browser, name, film, PART_BYTES)
    assert settled(place, browser, name)["state"] == "ready"


@pytest.mark.parametrize(
    "data",
    [
        b"Dear Emma, this is a letter and no film. " * 200,
        b"PK\x03\x04" + bytes(5000),
        b"#EXTM3U\n#EXT-X-TARGETDURATION:2\nhttp://localhost/secret.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
    ],
)
def test_what_is_no_film_is_told_and_not_kept(
    place: Place, browser: FlaskClient, data: bytes
) -> None:
    name = begin(browser, place, data)["id"]
    answer = put(browser, name, 0, data)
    assert answer.status_code == 422
    assert "not a film" in answer.get_json()["error"]
    assert not facts_of(place)
    assert not list(place.layout.imported.recordings.iterdir())
    assert browser.get("/imports").status_code == 200


def test_a_film_whose_beginning_is_all_there_is_fails_and_says_so(
    place: Place, browser: FlaskClient
) -> None:
    done = added(place, browser, b"\0\0\0\x18ftypmp42" + bytes(3000))
    assert done["state"] == "failed"
    assert "cut off" in done["why"]
    assert not list(place.layout.imported.recordings.iterdir())
    assert "cut off" in browser.get("/imports").text


def test_what_is_missing_at_the_end_is_told(
    place: Place, browser: FlaskClient, tmp_path: Path
) -> None:
    whole = faststart_film(tmp_path / "whole.mp4")
    done = added(place, browser, whole[: len(whole) * 6 // 10])
    assert done["state"] == "ready"
    assert "cut off" in done["why"]
    assert "0:06 were in it" in done["why"]


def faststart_film(path: Path) -> bytes:
    """Six seconds with the whole film's tables in front, as cameras and calls write it."""
    words = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=6", "-c:v", "libx264"]
    subprocess.run(
        ["ffmpeg", "-v", "error", *words, "-movflags", "faststart", str(path)],
        check=True,
        timeout=120,
    )
    return path.read_bytes()


def test_withdrawal_reaches_imports_and_uploads(place: Place, film: bytes) -> None:
    browser = place.unlocked()
    desk = place.desk()
    with desk.session() as casework:
        case = open_case(casework, place.layout, "VIG-GONE", "", [])
        theirs, code = case.id, case.code
    ready = added(place, browser, film, case=theirs)["id"]
    waiting = begin(browser, place, film, case=theirs, modified=3)["id"]
    send(browser, waiting, film, end=PART_BYTES)
    mine = added_elsewhere(place, film)

    answer = browser.post(f"/cases/{theirs}/withdraw", data={"code": code}, headers=ORIGIN)
    assert answer.status_code == 302, answer.text
    left = {each.name.partition(".")[0] for each in place.layout.imported.recordings.iterdir()}
    assert left == {mine}
    assert set(facts_of(place)) == {mine}
    assert put(browser, waiting, PART_BYTES, film[PART_BYTES : 2 * PART_BYTES]).status_code == 404
    assert ready not in browser.get("/").text
    place.services.importing.erase(mine)
    with desk.session() as casework:
        imports.forget(casework, mine)
    desk.close()


def added_elsewhere(place: Place, film: bytes) -> str:
    """A film of another case lies beside."""
    desk = place.desk()
    with desk.session() as casework:
        kept = imports.Import(
            "ab" * 16, place.case, place.recipient, "x", "k", len(film), "2026-11-01",
            "2026-11-21T10:00:00+00:00",
        )  # fmt: skip
        imports.begin(casework, kept)
    place.services.importing.upload(kept).add(
        0, film[:PART_BYTES], [parse_recipient(place.recipient)]
    )
    desk.close()
    return kept.id


def test_erasing_the_recording_takes_all_of_it(
    place: Place, browser: FlaskClient, film: bytes
) -> None:
    name = added(place, browser, film)["id"]
    asked = len([each for each in place.recorder.asked if each["do"] == "erase"])
    assert browser.post(f"/recordings/{name}/erase", headers=ORIGIN).status_code == 302
    assert not list(place.layout.imported.recordings.iterdir())
    assert not facts_of(place)
    assert len([each for each in place.recorder.asked if each["do"] == "erase"]) == asked
    desk = place.desk()
    with desk.session() as casework:
        told = [each for each in erasures(casework) if recording_of(each) == name]
        assert [bool(each.finished_at) for each in told] == [True], "with a certificate"
    desk.close()


def test_it_goes_on_after_a_restart_and_an_unlock(
    place: Place, browser: FlaskClient, film: bytes
) -> None:
    name = begin(browser, place, film)["id"]
    desk = place.desk()
    with desk.session() as casework:
        found = imports.find(casework, name)
        assert found is not None
        imports.keep(casework, found.now("preparing"))
    upload = place.services.importing.upload(found)
    for offset in range(0, len(film), PART_BYTES):
        upload.add(offset, film[offset : offset + PART_BYTES], [parse_recipient(found.recipient)])
    # half made when the power went
    place.layout.imported.film(name).write_bytes(b"half")
    fresh = build(place.services.settings, place.layout)
    fresh.importing.go_on(desk)
    for job in list(fresh.importing._jobs):
        assert job.over.wait(60)
    with desk.session() as casework:
        fresh.importing.settle(casework)
        after = imports.find(casework, name)
    assert after is not None
    assert after.state == "ready"
    desk.close()


def test_an_upload_that_nobody_goes_on_with_is_cleared(
    place: Place, browser: FlaskClient, film: bytes
) -> None:
    name = begin(browser, place, film)["id"]
    send(browser, name, film, end=PART_BYTES)
    at = place.services

    def later() -> float:
        return time.time() + KEPT_S + 60

    importing = Importing(place.layout, at.settings, at.device_key, at.recorder, wall_s=later)
    assert not place.layout.upload(name).exists()
    desk = place.desk()
    importing.go_on(desk)
    desk.close()
    assert not facts_of(place)


def test_nothing_is_taken_from_the_recorders_room(place: Place) -> None:
    settings = place.services.settings
    free = room_bytes(place.layout.data) - settings.room_to_start_bytes
    check_room(place.layout, settings, free - 10**9)
    with pytest.raises(CardNearlyFullError, match="too little room"):
        check_room(place.layout, settings, free + 10**9)


def test_who_agreed_is_kept_and_noted(place: Place, browser: FlaskClient, film: bytes) -> None:
    name = begin(browser, place, film)["id"]
    desk = place.desk()
    with desk.session() as casework:
        found = imports.find(casework, name)
        assert found is not None
        assert (found.made_on, found.by) == ("2026-11-12", desk.me.id)
        noted = [each.what for each in casework.query(AuditEvent).filter_by(about=name)]
        assert any(each.startswith("agreed") for each in noted)
        assert "Emma" not in str([each.text for each in casework.query(Fact)])
    desk.close()


def test_a_locked_box_takes_nothing(place: Place, film: bytes) -> None:
    client = place.client()
    answer = client.post("/imports", json=wish(place, film), headers=ORIGIN)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/unlock")
    assert client.put("/imports/" + "a" * 32 + "/0", data=b"1", headers=ORIGIN).status_code == 302


def test_a_manifest_of_elsewhere_signed_by_the_recorder_is_none(place: Place) -> None:
    recording = place.keep(b"\0" * 65536)
    target = place.layout.imported.manifest(recording)
    place.layout.manifest(recording).rename(target)
    public = place.services.public
    assert recording not in {each.recording for each in holdings.listed(place.layout, public)}
    with pytest.raises(manifests.ManifestError):
        holdings.read(place.layout, public, recording)
    target.unlink()
    place.layout.film(recording).unlink()


class Filming(RecorderLink):
    """A recorder that films until it is told to stop, and notes that it is asked."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"))
        self.is_filming = True
        self.asked = threading.Semaphore(0)

    def ask(self, **request: Any) -> dict[str, Any]:  # noqa: ARG002  # as the real one
        self.asked.release()
        return {"recording": "x" if self.is_filming else None}


@pytest.mark.parametrize("is_wanted", [True, False])
def test_it_waits_while_the_box_films_and_may_be_let_be(
    place: Place, browser: FlaskClient, film: bytes, *, is_wanted: bool
) -> None:
    name = begin(browser, place, film)["id"]
    desk, at, recorder = place.desk(), place.services, Filming()
    with desk.session() as casework:
        found = imports.find(casework, name)
    assert found is not None
    upload = at.importing.upload(found)
    for offset in range(0, len(film), PART_BYTES):
        upload.add(offset, film[offset : offset + PART_BYTES], [parse_recipient(found.recipient)])
    importing = Importing(place.layout, at.settings, at.device_key, recorder)
    importing.begin(desk, found)
    desk.close()  # what goes on needs no desk: the box may be locked
    for _ in range(2):
        assert recorder.asked.acquire(timeout=30)
    told = importing.under_way(name)
    assert told is not None
    assert "recording" in str(told["why"])
    job = importing._jobs[0]
    if is_wanted:
        recorder.is_filming = False
        assert job.over.wait(60)
    else:
        importing.erase(name)
    assert job.over.is_set()
    assert place.layout.imported.manifest(name).exists() is is_wanted
    assert place.layout.imported.film(name).exists() is is_wanted
    assert not place.layout.upload(name).exists()
