"""Consent on the page: asked, signed, taken back; and the box that is disarmed with it."""

import base64
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.casework.test_evidence import PLACE, a_photo, drawn
from tests.casework.test_forms import ENGLISH
from tests.tokens import browsed
from tests.web.conftest import ORIGIN, Place, a_family
from vigbox.casework.answers import sealed_evidence
from vigbox.casework.consent import PURPOSES, case_answers
from vigbox.casework.tables import AuditEvent, Consent, Participant
from vigbox.casework.versions import participant_version
from vigbox.config import Settings
from vigbox.model import Life, new_id
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.manifests import Manifest
from vigbox.web import disarming
from vigbox.web.app import create_app
from vigbox.web.disarming import disarm_if_fallen
from vigbox.web.recorder_link import RecorderGoneError, RecorderLink
from vigbox.web.services import build

TODAY = datetime.now(UTC).date()


@pytest.fixture
def client(place: Place) -> Iterator[FlaskClient]:
    place.recorder.armed = place.layout.armed
    place.recorder.asked.clear()
    yield place.unlocked()
    place.recorder.armed = None
    place.layout.armed.unlink(missing_ok=True)


@pytest.fixture
def family(place: Place) -> tuple[str, int, int]:
    return a_family(place, f"VIG-{new_id()[:6].upper()}", ())


def signed() -> str:
    return "data:image/png;base64," + base64.b64encode(drawn()).decode()


def ask(client: FlaskClient, case: str, who: int, **more: object) -> tuple[int, str]:
    words = {"how": "signature", "signature": signed(), "form_language": "en", **more}
    path = f"/cases/{case}/consent/ask?who={who}"
    answer = client.post(path, data=words, headers=ORIGIN, content_type="multipart/form-data")
    if answer.status_code == 302:
        answer = client.get(answer.headers["Location"])
    return answer.status_code, " ".join(answer.text.split())


def send_photo(client: FlaskClient, case: str, who: int, photo: bytes) -> tuple[int, str]:
    """Send a photo in bytes of our own making: the test client would put it into a file."""
    edge = "of-a-part"
    lines = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"answer filming": "yes", "how": "paper"}.items()
    ]
    lines.append(
        f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="IMG_1.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    body = "".join(lines).encode() + photo + f"\r\n--{edge}--\r\n".encode()
    answer = client.post(
        f"/cases/{case}/consent/ask?who={who}",
        data=body,
        headers=ORIGIN,
        content_type=f"multipart/form-data; boundary={edge}",
    )
    return answer.status_code, answer.text


def kept(place: Place, case: str) -> list[Consent]:
    desk = place.desk()
    with desk.session() as casework:
        found = case_answers(casework, case)
        casework.expunge_all()
    desk.close()
    return found


def test_a_form_is_asked_part_by_part_and_nothing_is_chosen_before(
    client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, child = family
    for language, title in (("en", "Filming together"), ("nl", "Samen filmen"), ("de", "Zusammen")):
        text = client.get(f"/cases/{case}/consent/ask?who={mother}&form_language={language}").text
        assert title in text
        assert text.count('value="yes"') == text.count('value="no"') == len(PURPOSES)
        answers = [each for each in text.split("<input") if 'name="answer ' in each]
        assert not [each for each in answers if "checked" in each.split(">")[0]]
        assert f'name="by" value="{mother}"' not in text
    assert (
        f'name="by" value="{mother}"' in client.get(f"/cases/{case}/consent/ask?who={child}").text
    )


def test_signed_answers_are_kept_with_the_version_that_was_read(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    until = (TODAY + timedelta(days=40)).isoformat()
    more = {"answer filming": "yes", "answer training": "no", "until": until, "form_language": "nl"}
    status, text = ask(client, case, mother, **more)
    assert status == 200, text
    assert "Noted, thank you" in text
    filming, training = kept(place, case)
    assert (filming.purpose, filming.answer, filming.how) == ("filming", "yes", "signature")
    assert filming.form.startswith("vigbox-1 nl ")
    assert (filming.until_on, training.until_on) == (until, "")
    for each in (filming, training):
        shown = client.get(f"/consents/{each.id}/evidence")
        assert shown.mimetype == "image/png"
        assert shown.data.startswith(b"\x89PNG")
        assert PLACE not in shown.data
        assert shown.headers["Cache-Control"] == "no-store"


def test_a_photo_of_the_paper_is_kept_without_what_the_camera_hid_in_it(
    client: FlaskClient, place: Place, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    photo = (io.BytesIO(a_photo()), "IMG_0001.jpg")
    status, text = ask(
        client, case, mother, **{"answer filming": "yes", "how": "paper", "photo": photo}
    )
    assert status == 200, text
    (consent,) = kept(place, case)
    shown = client.get(f"/consents/{consent.id}/evidence")
    assert shown.mimetype == "image/jpeg"
    assert PLACE not in shown.data


def test_a_large_photo_never_becomes_a_file(
    place: Place,
    client: FlaskClient,
    family: tuple[str, int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    case, mother, _ = family
    status, text = send_photo(client, case, mother, a_photo() + bytes(3 << 20))
    assert status == 302, text
    assert kept(place, case)


def test_a_photo_beyond_all_measure_is_told_calmly(
    client: FlaskClient, place: Place, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    status, text = send_photo(client, case, mother, bytes(18 << 20))
    assert status == 413
    assert "larger than 16 MB" in text
    assert kept(place, case) == []


WRONG = [
    ({}, "Choose yes or no for at least one part"),
    ({"answer filming": "yes", "signature": ""}, "Nothing was signed"),
    ({"answer filming": "yes", "signature": "data:image/png;base64,%%"}, "did not arrive whole"),
    ({"answer filming": "yes", "how": "paper"}, "there is no picture"),
    ({"answer filming": "yes", "how": "telepathy"}, "must be one of signature, paper, spoken"),
    ({"answer filming": "yes", "how": "spoken", "until": "soon"}, "must be a date"),
    ({"answer filming": "yes", "how": "spoken", "until": "2001-01-01"}, "lies in the past"),
    ({"answer filming": "yes", "how": "spoken", "by": "99999"}, "somebody in this case"),
]


@pytest.mark.parametrize(("words", "sentence"), WRONG)
def test_what_is_no_answer_is_told_and_what_was_typed_stays(
    client: FlaskClient,
    place: Place,
    family: tuple[str, int, int],
    words: dict[str, str],
    sentence: str,
) -> None:
    status, text = ask(client, family[0], family[1], **words)
    assert status == 400
    assert sentence.lower() in text.lower()
    assert ('value="yes" checked' in text) is ("answer filming" in words)
    assert kept(place, family[0]) == []


def test_a_later_answer_replaces_and_the_page_says_what(
    client: FlaskClient, place: Place, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    ask(client, case, mother, **{"answer filming": "no", "how": "spoken"})
    _, text = ask(client, case, mother, **{"answer filming": "yes", "how": "spoken"})
    assert "This replaces “no” of" in text
    assert 'data-purpose="filming" data-standing="given"' in text
    assert len(kept(place, case)) == 2
    assert "replaced “no” of" in client.get(f"/cases/{case}/consent").text


def armed(client: FlaskClient, case: str, *people: int) -> int:
    words = {"in_shot": [str(each) for each in people], "kind": "interaction", "cycle": "next"}
    return client.post(f"/cases/{case}/arm", data=words, headers=ORIGIN).status_code


def agreed(client: FlaskClient, family: tuple[str, int, int]) -> None:
    case, mother, child = family
    ask(client, case, mother, **{"answer filming": "yes"})
    ask(client, case, child, **{"answer filming": "yes", "by": str(mother)})


def post(client: FlaskClient, path: str, **words: object) -> int:
    return client.post(path, data=words, headers=ORIGIN).status_code


# what is said after the box was armed for mother and child: is it still armed?
FALLS = [
    ("withdraw", "mother", "", False),
    ("withdraw", "child", "", False),
    ("child", "child", "no", False),
    ("ask", "mother", "no", False),
    ("ask", "mother", "yes", True),
]


@pytest.mark.parametrize(("how", "who", "answer", "holds"), FALLS)
def test_the_box_is_disarmed_in_the_same_action(
    place: Place,
    client: FlaskClient,
    family: tuple[str, int, int],
    how: str,
    who: str,
    answer: str,
    *,
    holds: bool,
) -> None:
    case, mother, child = family
    agreed(client, family)
    assert armed(client, case, mother, child) == 302
    whom = mother if who == "mother" else child
    if how == "ask":
        ask(client, case, whom, **{"answer filming": answer})
    else:
        words = {"who": whom, "purpose": "filming", "answer": answer}
        assert post(client, f"/cases/{case}/consent/{how}", **words) == 302
    assert place.layout.armed.exists() is holds
    assert ("disarm" in {each["do"] for each in place.recorder.asked}) is not holds


@pytest.mark.parametrize(("is_child", "holds"), [("", False), ("yes", True)])
def test_who_is_no_child_any_more_has_not_been_asked_and_the_box_is_disarmed(
    place: Place, client: FlaskClient, family: tuple[str, int, int], is_child: str, *, holds: bool
) -> None:
    case, mother, child = family
    agreed(client, family)
    assert armed(client, case, mother, child) == 302
    desk = place.desk()
    with desk.session() as casework:
        who = casework.get_one(Participant, child)
        role = who.role if is_child else "sibling"
        words = {"role": role, "initials": "Z", "seen": participant_version(who)}
    desk.close()
    words |= {"child": is_child, "answered_by": str(mother) if is_child else ""}
    assert post(client, f"/participants/{child}/change", **words) == 302
    assert place.layout.armed.exists() is holds


def test_a_no_to_another_purpose_disarms_nothing(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, child = family
    agreed(client, family)
    armed(client, case, mother, child)
    ask(client, case, mother, **{"answer training": "no"})
    assert place.layout.armed.exists()


@pytest.fixture
def filming(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> Iterator[tuple[str, int]]:
    """A film is being made of a mother, who agreed; gives the case and who she is."""
    case, mother, child = family
    agreed(client, family)
    armed(client, case, mother, child)
    counter = place.recorder.facts("arm")["arming"]["counter"]
    key = SigningKey.from_text(place.layout.recorder_key.read_text())
    film = Manifest(
        new_id(), case, ("r",), "b", "2026-11-21T19:40:00+00:00", 0, Life.RECORDING, arming=counter
    )
    manifests.write(place.layout, film, key)
    place.recorder.recording, place.recorder.mode = film.recording, "recording"
    place.recorder.asked.clear()
    yield case, mother
    place.recorder.recording, place.recorder.mode = None, "idle"
    place.layout.manifest(film.recording).unlink()


@pytest.mark.parametrize("mode", ["starting", "recording", "stopping"])
def test_a_film_of_somebody_who_takes_it_back_is_stopped(
    place: Place, client: FlaskClient, filming: tuple[str, int], mode: str
) -> None:
    case, mother = filming
    place.recorder.mode = mode
    assert post(client, f"/cases/{case}/consent/withdraw", who=mother, purpose="filming") == 302
    assert place.recorder.mode == "stopping"
    assert not place.layout.armed.exists()


def test_a_film_that_could_not_be_stopped_is_at_the_next_look(
    place: Place, client: FlaskClient, filming: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    case, mother = filming

    def is_away(*_: object, **__: object) -> dict[str, str]:
        raise RecorderGoneError("the recorder does not answer")

    with monkeypatch.context() as away:
        away.setattr(RecorderLink, "ask", is_away)
        assert post(client, f"/cases/{case}/consent/withdraw", who=mother, purpose="filming") == 409
    assert (place.recorder.mode, place.layout.armed.exists()) == ("recording", True)
    desk = place.desk()
    assert disarm_if_fallen(place.services, desk)
    desk.close()
    assert (place.recorder.mode, place.layout.armed.exists()) == ("stopping", False)


def test_a_stop_that_is_refused_keeps_nothing_armed(
    place: Place, client: FlaskClient, filming: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    case, mother = filming
    monkeypatch.setattr(disarming, "_PAUSE_S", 0)
    place.recorder.refusals["stop"] = "cannot stop now"
    assert post(client, f"/cases/{case}/consent/withdraw", who=mother, purpose="filming") == 409
    del place.recorder.refusals["stop"]
    assert not place.layout.armed.exists()


def test_an_answer_is_kept_when_the_box_cannot_be_told(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, child = family
    agreed(client, family)
    armed(client, case, mother, child)
    place.recorder.refusals["disarm"] = "the card failed"
    words = {"who": str(mother), "purpose": "filming"}
    answer = client.post(f"/cases/{case}/consent/withdraw", data=words, headers=ORIGIN)
    del place.recorder.refusals["disarm"]
    assert answer.status_code == 409
    assert "a press on it may still film" in answer.text
    assert kept(place, case)[-1].answer == "withdrawn"


def test_withdrawing_filming_offers_the_whole_beside_it(
    client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    ask(client, case, mother, **{"answer filming": "yes"})
    text = client.get(f"/cases/{case}/consent").text
    assert f"/cases/{case}#withdraw" in text
    words = {"who": str(mother), "purpose": "filming"}
    answer = client.post(f"/cases/{case}/consent/withdraw", data=words, headers=ORIGIN)
    after = client.get(answer.headers["Location"]).text
    assert "the box does not film them" in after
    assert f"/cases/{case}#withdraw" in after
    again = client.post(f"/cases/{case}/consent/withdraw", data=words, headers=ORIGIN)
    assert (again.status_code, "to withdraw" in again.text) == (400, True)


def test_a_childs_own_no_is_one_tap_and_so_is_its_later_yes(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, child = family
    agreed(client, family)
    path = f"/cases/{case}/consent"
    assert "does not want to be filmed" in client.get(path).text
    post(client, f"{path}/child", who=child, purpose="filming", answer="no")
    text = client.get(path).text
    assert "the child said no" in text
    assert "would like to be filmed again" in text
    assert armed(client, case, mother, child) == 409
    post(client, f"{path}/child", who=child, purpose="filming", answer="yes")
    assert armed(client, case, mother, child) == 302
    assert post(client, f"{path}/child", who=mother, purpose="filming", answer="no") == 400
    assert [each.answered_by for each in kept(place, case)][-2:] == [child, child]


def test_evidence_lies_sealed_and_is_erased_with_the_case(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    ask(client, case, mother, **{"answer filming": "yes"})
    (consent,) = kept(place, case)
    picture = client.get(f"/consents/{consent.id}/evidence").data
    desk = place.desk()
    with desk.session() as casework:
        sealed = sealed_evidence(casework, casework.get_one(Consent, consent.id))
        seen = casework.query(AuditEvent).where(AuditEvent.what == "evidence of consent shown")
        assert seen.count() >= 1
    desk.close()
    assert picture[60:200] not in sealed
    for path in place.layout.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert picture[60:200] not in data, path
    code = client.get(f"/cases/{case}").text.split('class="code">')[1].split("<")[0]
    assert post(client, f"/cases/{case}/withdraw", code=code) == 302
    assert client.get(f"/consents/{consent.id}/evidence").status_code == 404
    assert client.get(f"/cases/{case}/consent").status_code == 404
    assert kept(place, case) == []


def test_a_name_instead_of_initials_is_a_hint_and_no_refusal(
    place: Place, client: FlaskClient
) -> None:
    words = {"code": "VIG-NAMES", "role": "mother", "initials": "Anna", "sure": "yes"}
    assert post(client, "/cases", **words) == 302
    found = client.get("/cases").text.split("VIG-NAMES")[0].rsplit("/cases/", 1)[1].split('"')[0]
    assert "“Anna” reads like a name" in client.get(f"/cases/{found}/consent").text
    assert place.layout.case_identity(found).exists()


def test_the_printed_form_has_the_same_words(
    client: FlaskClient, family: tuple[str, int, int]
) -> None:
    for language in ("en", "nl", "de"):
        printed = client.get(f"/cases/{family[0]}/consent-form?form_language={language}").text
        asked = client.get(
            f"/cases/{family[0]}/consent/ask?who={family[1]}&form_language={language}"
        )
        for part in ("<h2>", "<p>"):
            words = {each.split("</")[0] for each in printed.split("<article")[1].split(part)[1:]}
            assert len(words) >= 4
            assert not [each for each in words if each not in asked.text]


def test_a_template_that_does_not_parse_leaves_everything_else_working(
    place: Place, tmp_path: Path
) -> None:
    (tmp_path / "en.toml").write_text(ENGLISH.replace("[copies]", "[copy]"))
    settings = place.services.settings
    own = Settings(
        data=settings.data, run=settings.run, work_factor=15, consent_forms=str(tmp_path)
    )
    services = build(own, place.layout)
    client = browsed(create_app(services, ["localhost"])).test_client()
    client.post("/unlock", data={"passphrase": place.secrets.passphrase}, headers=ORIGIN)
    case, _, _ = a_family(place, f"VIG-{new_id()[:6].upper()}")
    answer = client.get(f"/cases/{case}/consent")
    assert answer.status_code == 409
    assert "line" in answer.text
    assert "&#39;copy&#39; must be one of" in answer.text
    assert client.get(f"/cases/{case}/arm").status_code == 200
    (tmp_path / "en.toml").write_text(ENGLISH)
    assert client.get(f"/cases/{case}/consent").status_code == 200, "without a new start"
    services.door.lock()
