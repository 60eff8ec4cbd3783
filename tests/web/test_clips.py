"""Marks and clips over JSON: what is kept, what is refused, and that a refusal changes nothing."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.certificates import issue
from tests.media import drawn
from tests.web.conftest import ORIGIN, Place
from tests.web.seen import seen
from vigbox.seal.identities import X25519Identity

NOBODY = "0" * 31 + "7"
LAST = len(drawn.shots(6, 3)) - 1


@pytest.fixture
def recording(place: Place, drawn_film: bytes) -> str:
    return place.keep(drawn_film)


@pytest.fixture
def client(place: Place) -> FlaskClient:
    return place.unlocked()


def answered(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def send(client: FlaskClient, address: str, method: str = "POST", **facts: Any) -> TestResponse:
    """Ask as a page does that has just seen everything, unless the facts say what was seen."""
    shown = seen(client, address) if method != "GET" else {}
    if method == "DELETE":
        shown.pop("seen_order", None)
    return client.open(address, method=method, json=shown | facts, headers=ORIGIN)


def made(client: FlaskClient, recording: str, first: int = 30, last: int = 60) -> dict[str, Any]:
    told = answered(send(client, f"/recordings/{recording}/clips", first=first, last=last))
    (clip,) = (each for each in told["clips"] if (each["first"], each["last"]) == (first, last))
    return dict(clip)


def review(client: FlaskClient, recording: str) -> dict[str, Any]:
    return answered(client.get(f"/recordings/{recording}/review"))


def on_the_page(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in told["marks"] if each["from"] == "page"]


def test_a_film_begins_with_the_buttons_marks_alone(client: FlaskClient, recording: str) -> None:
    told = review(client, recording)
    assert [each["from"] for each in told.pop("marks")] == ["button"]
    assert told == {
        "clips": [],
        "participants": [],
        "order": told["order"],
        "edits": told["edits"],
        "undo": None,
        "redo": None,
        "told": "",
        "roles": {},
    }


def test_a_mark_is_made_four_seconds_before_it_was_tapped(
    client: FlaskClient, recording: str
) -> None:
    ticks = [shot.tick for shot in drawn.shots(6, 3)]
    told = answered(send(client, f"/recordings/{recording}/marks", picture=LAST))
    (mark,) = on_the_page(told)
    asked = ticks[LAST] - 4 * 90_000
    assert ticks[mark["picture"]] <= asked < ticks[mark["picture"] + 1]
    told = answered(send(client, f"/recordings/{recording}/marks", picture=3))
    assert told["marks"][0]["picture"] == 0, "never before the film"


def test_marks_made_by_the_button_appear_and_can_be_hidden_and_brought_back(
    client: FlaskClient, recording: str
) -> None:
    # the drawn film holds one, and a pause beside it
    (mark,) = review(client, recording)["marks"]
    ticks = [shot.tick for shot in drawn.shots(6, 3)]
    assert ticks[mark["picture"]] <= 180_000 < ticks[mark["picture"] + 1]
    assert answered(send(client, f"/marks/{mark['id']}", "DELETE"))["marks"] == []
    assert review(client, recording)["marks"] == []
    assert send(client, f"/marks/{mark['id']}", "DELETE").status_code == 404
    assert answered(send(client, f"/recordings/{recording}/undo"))["marks"] == [mark]


def test_a_clip_around_a_moment_is_as_much_of_eight_seconds_as_there_is(
    client: FlaskClient, recording: str
) -> None:
    told = answered(send(client, f"/recordings/{recording}/clips", around=100))
    (clip,) = told["clips"]
    assert (clip["first"], clip["last"]) == (0, LAST), "the film has six"
    assert told["undo"] == "clip made"


def test_everything_of_a_clip_is_kept(client: FlaskClient, recording: str) -> None:
    clip = made(client, recording)
    facts = {
        "name": "She waits, he looks up",
        "first": 31,
        "last": 70,
        "state": "chosen",
        "speed": 50,
        "freeze": 40,
        "principles": ["vig/receiving", "vig/attentive/wondering"],
        "initiative": "child",
        "reception": "a smile",
        "response": "he laughs",
        "note": "Twice\nin a row",
    }
    answered(send(client, f"/clips/{clip['id']}", "PATCH", **facts))
    (kept,) = review(client, recording)["clips"]
    assert kept["order"] == 1
    for key, value in facts.items():
        assert kept[key] == (sorted(value) if isinstance(value, list) else value), key


REFUSED: list[dict[str, Any]] = [
    {"first": 61},
    {"last": 29},
    {"first": -1},
    {"last": 100_000},
    {"first": "30"},
    {"first": True},
    {"first": None},
    {"first": 1e300},
    {"principles": ["vig/dancing"]},
    {"principles": ["vig"]},
    {"principles": "vig/receiving"},
    {"principles": [["vig/receiving"]]},
    {"principles": ["vig/receiving"] * 25},
    {"state": "kept"},
    {"state": "best"},
    {"state": ["chosen"]},
    {"speed": 75},
    {"speed": True},
    {"speed": "50"},
    {"freeze": 61},
    {"freeze": "40"},
    {"order": 1},
    {"name": "x" * 121},
    {"name": 5},
    {"name": None},
    {"initiative": "x" * 61},
    {"reception": "x" * 201},
    {"note": "x" * 1001},
    {"exports": []},
    {"id": "0"},
    {"name": "kept?", "speed": 75},
    {},
]


@pytest.mark.parametrize("facts", REFUSED, ids=str)
def test_what_cannot_be_of_a_clip_is_refused_with_one_sentence(
    client: FlaskClient, recording: str, facts: dict[str, Any]
) -> None:
    clip = made(client, recording)
    before = review(client, recording)
    answer = send(client, f"/clips/{clip['id']}", "PATCH", **facts)
    assert answer.status_code == 400, answer.text
    assert set(answer.get_json()) == {"error"}
    assert answer.get_json()["error"].rstrip()[-1] == "."
    assert review(client, recording) == before


@pytest.mark.parametrize(
    "facts",
    [
        {"first": 5, "last": 4},
        {"first": -1, "last": 4},
        {"first": 0, "last": 100_000},
        {"first": "x", "last": "y"},
        {"first": 5},
        {"around": -1},
        {"around": LAST + 1},
        {"around": None},
        {"around": 5, "name": "n"},
        {},
    ],
    ids=str,
)
def test_a_clip_that_cannot_be_is_refused(
    client: FlaskClient, recording: str, facts: dict[str, Any]
) -> None:
    answer = send(client, f"/recordings/{recording}/clips", **facts)
    assert answer.status_code == 400, answer.text
    assert answer.get_json()["error"]
    assert review(client, recording)["clips"] == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"[]", "application/json"),
        (b'"picture"', "application/json"),
        (b"5", "application/json"),
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"picture": NaN}', "application/json"),
        (b'{"picture": 5, "at": 5}', "application/json"),
        (b"picture=5", "application/x-www-form-urlencoded"),
        (b"", "application/json"),
    ],
)
def test_foreign_json_is_refused_with_one_sentence(
    client: FlaskClient, recording: str, data: bytes, kind: str
) -> None:
    address = f"/recordings/{recording}/marks"
    answer = client.post(address, data=data, content_type=kind, headers=ORIGIN)
    assert answer.status_code == 400, answer.text
    assert answer.get_json()["error"]
    assert on_the_page(review(client, recording)) == []


def test_half_a_letter_is_no_reason_to_fail(client: FlaskClient, recording: str) -> None:
    clip = made(client, recording)
    data = b'{"seen": "%b", "name": "he \\ud83d laughs \\u0000", "note": "\\udfff"}'
    data %= clip["version"].encode()
    answer = client.patch(
        f"/clips/{clip['id']}", data=data, content_type="application/json", headers=ORIGIN
    )
    assert answered(answer)["clips"][0]["name"] == "he   laughs"


@pytest.mark.parametrize("address", [f"/clips/{NOBODY}", "/clips/x", f"/marks/{NOBODY}"])
def test_what_is_not_there_is_said_to_be_not_there(client: FlaskClient, address: str) -> None:
    answer = send(client, address, "DELETE")
    assert answer.status_code == 404
    assert "There is no such" in answer.get_json()["error"]


def test_a_freeze_frame_left_outside_goes_and_it_is_said(
    client: FlaskClient, recording: str
) -> None:
    clip = made(client, recording)
    address = f"/clips/{clip['id']}"
    answered(send(client, address, "PATCH", freeze=32))
    told = answered(send(client, address, "PATCH", first=40))
    assert told["clips"][0]["freeze"] is None
    assert "freeze frame" in told["told"]
    told = answered(send(client, f"/recordings/{recording}/undo"))
    assert (told["clips"][0]["first"], told["clips"][0]["freeze"]) == (30, 32)


def test_chosen_clips_have_an_order_that_can_be_changed(
    client: FlaskClient, recording: str
) -> None:
    clips = [made(client, recording, first, first + 5)["id"] for first in (10, 20, 30)]
    for clip in reversed(clips):
        answered(send(client, f"/clips/{clip}", "PATCH", state="chosen"))
    assert _order(client, recording) == [3, 2, 1]
    answered(send(client, f"/clips/{clips[0]}", "PATCH", order=1))
    assert _order(client, recording) == [1, 3, 2]
    answered(send(client, f"/clips/{clips[0]}", "PATCH", state="candidate"))
    assert _order(client, recording) == [None, 2, 1]
    assert send(client, f"/clips/{clips[1]}", "PATCH", order=3).status_code == 400


def _order(client: FlaskClient, recording: str) -> list[int | None]:
    return [each["order"] for each in review(client, recording)["clips"]]


def test_undo_lasts_across_a_lock(place: Place, client: FlaskClient, recording: str) -> None:
    made(client, recording)
    place.services.door.lock()
    client = place.unlocked()
    told = answered(send(client, f"/recordings/{recording}/undo"))
    assert (told["clips"], told["undo"], told["redo"]) == ([], None, "clip made")
    told = answered(send(client, f"/recordings/{recording}/redo"))
    assert [each["first"] for each in told["clips"]] == [30]
    answer = send(client, f"/recordings/{recording}/redo")
    assert answer.status_code == 409
    assert answer.get_json()["error"] == "There is nothing to do again."


def test_a_removed_clip_takes_its_exports_and_comes_back_without_them(
    place: Place, client: FlaskClient, recording: str
) -> None:
    for machine in place.services.machines.listed():
        place.services.machines.revoke(machine.id)
    identity = X25519Identity.generate()
    machine, _ = place.services.machines.add("laptop", str(identity.recipient), issue)
    clip = made(client, recording)
    told = answered(send(client, f"/clips/{clip['id']}/export"))
    assert told["clips"][0]["exports"] == [
        {"machine": "laptop", "is_verified": False, "is_older": False}
    ]
    assert len(place.services.outbox.for_machine(machine.id)) == 1
    assert answered(send(client, f"/clips/{clip['id']}", "DELETE"))["clips"] == []
    assert place.services.outbox.for_machine(machine.id) == []
    told = answered(send(client, f"/recordings/{recording}/undo"))
    assert told["clips"] == [clip]
    assert "without what was exported" in told["told"]


def test_an_export_is_older_than_a_clip_that_was_moved_since(
    place: Place, client: FlaskClient, recording: str
) -> None:
    for machine in place.services.machines.listed():
        place.services.machines.revoke(machine.id)
    place.services.machines.add("desk", str(X25519Identity.generate().recipient), issue)
    address = f"/clips/{made(client, recording)['id']}"
    answered(send(client, f"{address}/export"))
    assert _is_older(answered(send(client, address, "PATCH", note="look again"))) == [False]
    assert _is_older(answered(send(client, address, "PATCH", last=55))) == [True]
    assert _is_older(answered(send(client, f"{address}/export"))) == [True, False]
    assert _is_older(answered(send(client, f"/recordings/{recording}/undo"))) == [False, True]


def _is_older(told: dict[str, Any]) -> list[bool]:
    return [each["is_older"] for each in told["clips"][0]["exports"]]


def test_erasing_a_recording_erases_its_marks_and_its_journal(
    client: FlaskClient, recording: str
) -> None:
    made(client, recording)
    answered(send(client, f"/recordings/{recording}/marks", picture=LAST))
    assert client.post(f"/recordings/{recording}/erase", headers=ORIGIN).status_code == 302
    # the recorder's twin leaves the film where it is, so that the rows can be looked for
    told = review(client, recording)
    assert (on_the_page(told), told["clips"], told["undo"]) == ([], [], None)


def test_no_word_lies_in_plain(place: Place, client: FlaskClient, recording: str) -> None:
    clip = made(client, recording)
    words = {"name": "Zanzibarwaits", "note": "Zanzibarnote", "initiative": "Zanzibarchild"}
    answered(send(client, f"/clips/{clip['id']}", "PATCH", **words))
    assert "Zanzibarnote" in json.dumps(review(client, recording))
    for path in place.layout.data.rglob("*"):
        assert not path.is_file() or b"Zanzibar" not in path.read_bytes(), path


def test_the_later_of_two_tablets_is_told_and_changes_nothing(
    client: FlaskClient, recording: str
) -> None:
    clip = made(client, recording)
    address, other = f"/clips/{clip['id']}", client.application.test_client()
    with client.session_transaction() as mine, other.session_transaction() as theirs:
        theirs.update(mine)
    was = clip["version"]
    kept = answered(send(client, address, "PATCH", note="She waits", seen=was))["clips"][0]
    late = send(other, address, "PATCH", note="He looks away", seen=was)
    assert late.status_code == 409
    assert "another tablet" in late.get_json()["error"]
    assert late.get_json()["state"]["clips"] == [kept]
    assert review(client, recording)["clips"] == [kept]
    again = send(other, address, "PATCH", note="He looks away", seen=kept["version"])
    assert answered(again)["clips"][0]["note"] == "He looks away"


def test_what_was_undone_is_the_version_of_before(client: FlaskClient, recording: str) -> None:
    clip = made(client, recording)
    address = f"/clips/{clip['id']}"
    slow = answered(send(client, address, "PATCH", speed=25))["clips"][0]
    assert slow["version"] != clip["version"]
    (back,) = answered(send(client, f"/recordings/{recording}/undo"))["clips"]
    assert back["version"] == clip["version"]
    assert send(client, address, "PATCH", speed=50, seen=slow["version"]).status_code == 409
    answered(send(client, address, "PATCH", speed=50, seen=clip["version"]))


def test_the_order_has_a_version_of_its_own(client: FlaskClient, recording: str) -> None:
    clips = [made(client, recording, first, first + 9) for first in (0, 20, 40)]
    for clip in clips:
        told = answered(send(client, f"/clips/{clip['id']}", "PATCH", state="chosen"))
    first, last = told["clips"][0], told["clips"][-1]
    answered(send(client, f"/clips/{last['id']}", "PATCH", order=1, seen_order=told["order"]))
    facts = {"seen": first["version"], "seen_order": told["order"]}
    assert send(client, f"/clips/{first['id']}", "PATCH", order=3, **facts).status_code == 409
    # a clip whose place alone moved can be changed as it was seen
    answered(send(client, f"/clips/{first['id']}", "PATCH", speed=50, **facts))


def test_what_says_not_what_was_seen_changes_nothing(client: FlaskClient, recording: str) -> None:
    clip = made(client, recording)
    answered(send(client, f"/clips/{clip['id']}", "PATCH", state="chosen"))
    before = review(client, recording)
    (mark,) = before["marks"]
    for method, address, facts in (
        ("PATCH", f"/clips/{clip['id']}", {"speed": 50}),
        ("PATCH", f"/clips/{clip['id']}", {"speed": 50, "seen": None}),
        ("PATCH", f"/clips/{clip['id']}", {"order": 1, "seen": before["clips"][0]["version"]}),
        ("DELETE", f"/clips/{clip['id']}", {}),
        ("DELETE", f"/marks/{mark['id']}", {}),
        ("POST", f"/recordings/{recording}/undo", {}),
        ("POST", f"/recordings/{recording}/redo", {}),
    ):
        answer = client.open(address, method=method, json=facts, headers=ORIGIN)
        assert answer.status_code == 400, address
        assert "seen" in answer.get_json()["error"]
    assert review(client, recording) == before


def test_nobody_removes_or_undoes_what_another_tablet_changed(
    client: FlaskClient, recording: str
) -> None:
    clip = made(client, recording)
    told = review(client, recording)
    now = answered(send(client, f"/clips/{clip['id']}", "PATCH", note="She waits"))
    for method, address, was in (
        ("DELETE", f"/clips/{clip['id']}", clip["version"]),
        ("POST", f"/recordings/{recording}/undo", told["edits"]),
        ("DELETE", f"/marks/{told['marks'][0]['id']}", "another picture"),
    ):
        late = send(client, address, method, seen=was)
        assert late.status_code == 409, address
        assert "another tablet" in late.get_json()["error"]
        assert late.get_json()["state"] == now
    again = answered(send(client, f"/recordings/{recording}/undo", seen=now["edits"]))
    assert again["clips"] == [clip]
    assert again["edits"] not in (told["edits"], now["edits"])
