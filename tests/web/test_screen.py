"""The client screen: a browser that is one reaches its own review's screen, and nothing else."""

import re
import subprocess
from itertools import count

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.web.conftest import ORIGIN, Place
from tests.web.together import SPANS, Together, together
from vigbox.casework import audit
from vigbox.model import new_id
from vigbox.web.stage import StageError, WrongPinError
from vigbox.web.stages import Stages

NUMBERS = count(1)
OWN = {"screen.page", "screen.state", "screen.clip"}
SAME = OWN | {"screen.do", "screen.leave_page", "screen.leave"}


@pytest.fixture
def shared(place: Place, drawn_film: bytes) -> Together:
    """Another family's review, going on as well."""
    made = together(place, drawn_film, f"WATCH-{next(NUMBERS)}")
    made.begin()
    return made


@pytest.fixture
def own(place: Place, drawn_film: bytes) -> Together:
    made = together(place, drawn_film, f"WATCH-{next(NUMBERS)}")
    made.begin()
    return made


def filled(rule: Rule, shared: Together, review: str) -> str:
    """An address of a rule with what is really there, so that only the guard is in the way."""
    real = {
        "review": review, "case": shared.case, "recording": shared.recording, "place": "1",
        "number": "1", "end": "1", "code": "x", "filename": "watch.js", "goal": shared.goal,
        "what": "mark",
    }  # fmt: skip
    path = re.sub(r"<(?:[^:<>]*:)?([a-z_]+)>", lambda m: real.get(m[1], new_id()), rule.rule)
    assert "<" not in path
    return path


def every_address(shared: Together, review: str) -> list[tuple[str, str, str]]:
    """Every method and address of the app, with its endpoint."""
    return [
        (method, filled(rule, shared, review), rule.endpoint)
        for rule in shared.place.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
    ]


@pytest.mark.parametrize("kind", ["second device", "same tablet"])
def test_a_client_screen_reaches_its_own_routes_and_nothing_else(own: Together, kind: str) -> None:
    screen = own.second_screen() if kind == "second device" else own.same_tablet("1234")
    allowed = OWN if kind == "second device" else SAME
    home = f"{own.path}/screen"
    asked = len(own.place.recorder.asked)
    reached = set()
    for method, path, endpoint in every_address(own, own.review):
        if endpoint == "screen.leave":  # the way out is tried elsewhere
            continue
        headers = {} if path.startswith("/api/") else ORIGIN
        answer = screen.open(path, method=method, headers=headers)
        if endpoint in allowed:
            assert answer.headers.get("Location") is None, path
            reached.add(endpoint)
        else:
            led = (answer.status_code, answer.headers.get("Location"))
            assert led == (303, home), f"{method} {path}"
        answer.close()
    assert reached == allowed - {"screen.leave"}
    assert {each["do"] for each in own.place.recorder.asked[asked:]} <= {"status"}
    for path in ("/nowhere", "/static/page.css", "/static/../cases", "/reviews/", home + "/"):
        assert screen.get(path).headers["Location"] == home, path
    for file in ("screen.css", "screen.js", "stage.js", "icon.svg"):
        with screen.get(f"/static/{file}") as served:
            assert served.status_code == 200


@pytest.mark.parametrize("kind", ["second device", "same tablet"])
def test_a_client_screen_does_not_reach_another_reviews_screen(
    own: Together, shared: Together, kind: str
) -> None:
    screen = own.second_screen() if kind == "second device" else own.same_tablet()
    for what in ("", "/state", "/clip-1.mp4", "/leave"):
        answer = screen.get(f"{shared.path}/screen{what}")
        assert answer.headers["Location"] == f"{own.path}/screen"


@pytest.mark.parametrize("kind", ["second device", "same tablet"])
@pytest.mark.parametrize("how", ["end", "lock", "close"])
def test_after_the_end_nothing_answers(
    place: Place, drawn_film: bytes, kind: str, how: str
) -> None:
    made = together(place, drawn_film, f"OVER-{next(NUMBERS)}")
    made.begin()
    practitioner = made.client
    if kind == "same tablet":
        practitioner = place.unlocked()
        screen = made.same_tablet("1234")
        assert practitioner.get(made.path).status_code == 200
    else:
        screen = made.second_screen()
    assert screen.get(f"{made.path}/screen/state").status_code == 200
    if how == "end":
        assert made.post(f"{made.path}/end", practitioner).status_code == 303
    elif how == "lock":
        made.post("/lock", practitioner)
    elif kind == "second device":
        made.send("code/end", client=practitioner)
    else:
        place.services.stages.end(made.review)
    for method, path, endpoint in every_address(made, made.review):
        if endpoint.startswith(
            ("screen.", "shared_", "review_", "summaries", "recordings", "clip")
        ):
            answer = screen.open(path, method=method, headers=ORIGIN)
            told = (answer.status_code, answer.headers.get("Location"))
            assert told == (302, "/unlock") or endpoint.startswith("screen.join"), path
            assert not (answer.mimetype or "").startswith("video"), path


def test_a_locked_out_practitioner_takes_the_stage_along(own: Together) -> None:
    screen = own.second_screen()
    assert screen.get(f"{own.path}/screen/clip-1.mp4").status_code == 200
    own.place.services.door.lock()
    assert screen.get(f"{own.path}/screen/clip-1.mp4").status_code == 302
    assert screen.get(f"{own.path}/screen/state").headers["Location"] == "/unlock"


def test_the_first_device_gets_the_code_and_nobody_after_it(own: Together) -> None:
    address = own.send("code").get_json()["address"]
    assert re.fullmatch(r"http://localhost/screen/[\w-]{20,}", address)
    first, second = own.place.client(), own.place.client()
    assert first.get(address).status_code == 200, "looking takes nothing"
    assert first.get(address).status_code == 200
    assert first.post(address, headers=ORIGIN).status_code == 303
    for answer in (second.get(address), second.post(address, headers=ORIGIN)):
        assert answer.status_code == 410
        assert "used already" in answer.text
    assert second.get(f"{own.path}/screen").headers["Location"] == "/unlock"
    assert first.get(f"{own.path}/screen").status_code == 200


def test_a_new_code_ends_the_device_before(own: Together) -> None:
    first = own.second_screen()
    own.second_screen()
    assert first.get(f"{own.path}/screen/state").headers["Location"] == "/unlock"


def test_the_screen_holds_no_token_of_the_door(own: Together) -> None:
    for screen in (own.second_screen(), own.same_tablet("1234")):
        with screen.session_transaction() as held:
            assert set(held) == {"screen"}


def test_the_screen_tells_no_names_notes_or_codes(own: Together) -> None:
    for screen in (own.second_screen(), own.same_tablet("1234")):
        for path in ("screen", "screen/state"):
            told = screen.get(f"{own.path}/{path}").text
            for word in ("WATCH", "Moment", "mother", "soothes", "Calm", own.case, own.recording):
                assert word not in told, path


def test_the_screens_film_holds_the_clip_and_not_a_picture_more(own: Together) -> None:
    screen = own.second_screen()
    for place, (first, end) in enumerate(SPANS, 1):
        clip = screen.get(f"{own.path}/screen/clip-{place}.mp4").data
        command = ["ffprobe", "-v", "error", "-f", "mp4", "-count_packets", "-select_streams", "v",
                   "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", "-"]  # fmt: skip
        told = subprocess.run(command, input=clip, capture_output=True, check=True).stdout
        assert int(told.decode().strip(",\n ")) == end - first
    assert screen.get(f"{own.path}/screen/clip-3.mp4").status_code == 404
    assert screen.get(f"{own.path}/screen/clip-0.mp4").status_code == 404


def test_safaris_first_question_gets_two_bytes(own: Together) -> None:
    screen = own.second_screen()
    answer = screen.get(f"{own.path}/screen/clip-1.mp4", headers={"Range": "bytes=0-1"})
    assert (answer.status_code, len(answer.data)) == (206, 2)


def test_consent_taken_back_in_the_middle_ends_the_showing(own: Together) -> None:
    screen = own.second_screen()
    assert screen.get(f"{own.path}/screen/clip-1.mp4").status_code == 200
    own.answer("shared review", "withdrawn")
    assert screen.get(f"{own.path}/screen/clip-1.mp4").status_code == 404
    answer = own.send("stage", do="play")
    assert answer.status_code == 409
    assert "consent to shared review is missing" in answer.get_json()["error"]


def test_the_second_device_follows_what_is_directed(own: Together) -> None:
    screen = own.second_screen()

    def shown() -> dict[str, object]:
        told: dict[str, object] = screen.get(f"{own.path}/screen/state").get_json()
        return told

    assert (shown()["clip"], shown()["of"], shown()["playing"]) == (1, 2, False)
    own.send("stage", do="clip", value=2)
    own.send("stage", do="play")
    own.send("stage", do="speed", value=25)
    own.send("stage", do="loop")
    told = shown()
    assert (told["clip"], told["playing"], told["speed"], told["loop"]) == (2, True, 25, True)
    own.send("stage", do="blank")
    assert (shown()["blank"], shown()["playing"]) == (True, False)
    own.send("stage", do="play")
    assert (shown()["blank"], shown()["playing"]) == (False, True)
    own.send("stage", do="freeze")
    assert (shown()["frozen"], shown()["playing"]) == (True, False)
    assert own.client.get(f"{own.path}/state").get_json()["screen"]
    assert own.send("screen/do", client=screen, do="play").headers["Location"].endswith("/screen")


@pytest.mark.parametrize(
    ("do", "value"),
    [("clip", 0), ("clip", 3), ("clip", "1"), ("clip", None), ("speed", 75), ("speed", "50"),
     ("burn", None), (None, None), (["play"], None), ("speed", True)],
)  # fmt: skip
def test_what_the_screen_cannot_do_changes_nothing(
    shared: Together, do: object, value: object
) -> None:
    before = shared.client.get(f"{shared.path}/state").get_json()
    answer = shared.send("stage", do=do, value=value)
    assert answer.status_code == 400, answer.text
    assert shared.client.get(f"{shared.path}/state").get_json() == before


def test_the_same_tablet_plays_by_itself_and_only_what_is_played_was_shown(
    own: Together,
) -> None:
    screen = own.same_tablet()
    assert own.send("screen/do", client=screen, do="clip", value=2).get_json()["clip"] == 2
    assert [bool(each.shown_at) for each in own.kept().shown] == [False, False]
    assert own.send("screen/do", client=screen, do="play").get_json()["playing"]
    assert [bool(each.shown_at) for each in own.kept().shown] == [False, True]


def leave(own: Together, screen: FlaskClient, **form: str) -> tuple[int, str]:
    answer = own.post(f"{own.path}/screen/leave", screen, **form)
    return answer.status_code, answer.headers.get("Location") or answer.text


def test_the_way_out_code_gives_the_tablet_back(own: Together) -> None:
    screen = own.same_tablet("2468")
    assert leave(own, screen, pin="1111")[0] == 403
    assert screen.get("/cases").headers["Location"] == f"{own.path}/screen"
    assert leave(own, screen, pin="2468") == (303, own.path)
    assert screen.get("/cases").status_code == 200


def test_what_is_refused_there_is_told_in_the_language_of_the_page(own: Together) -> None:
    screen = own.same_tablet("2468")
    screen.set_cookie("vigbox-language", "nl")
    status, text = leave(own, screen, pin="1111")
    screen.delete_cookie("vigbox-language")
    assert status == 403
    assert "Dat is niet de code" in text
    assert leave(own, screen, pin="2468")[0] == 303


def test_after_five_wrong_codes_only_the_passphrase_leads_out(own: Together) -> None:
    screen = own.same_tablet("2468")
    for _ in range(5):
        assert leave(own, screen, pin="1111")[0] == 403
    assert leave(own, screen, pin="2468")[0] == 403
    assert 'id="pin"' not in screen.get(f"{own.path}/screen/leave").text
    assert screen.get("/cases").headers["Location"] == f"{own.path}/screen"
    assert leave(own, screen, passphrase=own.place.secrets.passphrase) == (303, own.path)
    assert screen.get("/cases").status_code == 200


def test_without_a_code_an_empty_one_does_not_lead_out(own: Together) -> None:
    screen = own.same_tablet()
    assert leave(own, screen, pin="")[0] == 403
    assert leave(own, screen, passphrase="abacus-abdomen-abide-ability-able-abrasion")[0] == 403
    assert screen.get("/").headers["Location"] == f"{own.path}/screen"


@pytest.mark.parametrize("pin", ["1", "123", "123456789", "12a4", "١٢٣٤"])
def test_a_code_that_is_too_short_or_no_digits_is_refused(shared: Together, pin: str) -> None:
    answer = shared.post(f"{shared.path}/screen/enter", pin=pin)
    assert answer.status_code == 400
    assert "4 to 8 digits" in answer.text
    assert shared.client.get("/cases").status_code == 200


def test_the_second_device_has_no_way_out(own: Together) -> None:
    screen = own.second_screen()
    answer = own.post(f"{own.path}/screen/leave", screen, passphrase=own.place.secrets.passphrase)
    assert answer.headers["Location"] == f"{own.path}/screen"
    assert screen.get("/cases").headers["Location"] == f"{own.path}/screen"


def test_asking_is_no_activity(own: Together) -> None:
    screen = own.second_screen()
    door = own.place.services.door
    (inside,) = door._inside.values()
    before = inside.keyring._idle_since_ns
    screen.get(f"{own.path}/screen/state")
    own.client.get(f"{own.path}/state")
    assert inside.keyring._idle_since_ns == before


def test_entering_and_leaving_are_noted(own: Together) -> None:
    screen = own.same_tablet("1234")
    leave(own, screen, pin="1234")
    own.second_screen()
    desk = own.place.desk()
    with desk.session() as casework:
        told = [each.what for each in audit.all_events(casework) if each.about == own.review]
    desk.close()
    assert told == [
        "shared review begun",
        "client screen opened",
        "client screen left",
        "client screen opened on a second device",
    ]


class Clock:
    now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def test_a_code_grows_old() -> None:
    clock = Clock()
    stages = Stages(lambda _: True, clock)
    stages.open("review", "token")
    code = stages.code("review")
    clock.now_ns = 15 * 60 * 10**9 - 1
    assert stages.is_code(code)
    clock.now_ns += 1
    with pytest.raises(StageError, match="too old"):
        stages.take(code)


def test_a_screen_that_stopped_asking_is_not_told_to_be_there() -> None:
    clock = Clock()
    clock.now_ns = 1
    stages = Stages(lambda _: True, clock)
    stages.open("review", "token")
    stages.take(stages.code("review"))
    assert stages.has_screen("review")
    clock.now_ns += 7 * 10**9
    assert not stages.has_screen("review")


def test_no_seat_outlives_its_stages_token() -> None:
    valid = {"token"}
    stages = Stages(lambda token: token in valid)
    stages.open("review", "token")
    seat = stages.sit("review", "1234")
    code = stages.code("review")
    valid.clear()
    assert stages.seat(seat.key) is None
    assert not stages.is_code(code)
    valid.add("token")
    assert stages.seat(seat.key) is None, "not even when somebody unlocks again"
    stages.open("review", "token")
    with pytest.raises(WrongPinError):
        stages.leave(stages.sit("review"), "")
