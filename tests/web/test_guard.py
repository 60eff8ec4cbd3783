"""One table of every page: who gets in, and who does not."""

import re
from pathlib import Path

import pytest

import vigbox.demo
import vigbox.web
from tests.web.conftest import ORIGIN, Place
from vigbox.casework.database import DatabaseError
from vigbox.casework.setup import set_up
from vigbox.config import Settings
from vigbox.errors import SettingError
from vigbox.store.layout import Layout
from vigbox.web.services import build

ID = "0" * 31 + "7"  # of nothing; the same in every process that runs tests
GUARDED_READ = [
    "/", f"/recordings/{ID}", f"/recordings/{ID}/film-1.mp4", f"/recordings/{ID}/times-1",
    f"/recordings/{ID}/newest", f"/recordings/{ID}/review", f"/recordings/{ID}/lanes",
    f"/recordings/{ID}/strip.jpg", f"/recordings/{ID}/picture-1.jpg", "/cases", f"/cases/{ID}",
    f"/cases/{ID}/consent-form", "/machines", "/machines/pairing", "/keys/", "/keys/sheet.pdf",
    "/box/look", "/box/look/picture", "/box/check", "/first", "/imports", f"/imports/{ID}",
    f"/cases/{ID}/exports", f"/cases/{ID}/exports/standing", f"/cases/{ID}/exports/list",
    f"/exports/{ID}/files/1",
    "/service", "/service/vocabulary.toml", f"/cases/{ID}/supervision", "/log", "/log.csv",
    f"/cases/{ID}/consent", f"/cases/{ID}/consent/ask", f"/consents/{ID}/evidence",
    f"/cases/{ID}/arm", "/audit", "/audit.json", "/audit.csv", "/bin", "/erasures",
    f"/erasures/{ID}/certificate.pdf", f"/cases/{ID}/retention", f"/cases/{ID}/people/1/data",
    f"/cases/{ID}/reviews", f"/reviews/{ID}", f"/reviews/{ID}/state", f"/reviews/{ID}/clip-1.mp4",
    f"/reviews/{ID}/summary", f"/reviews/{ID}/summary.pdf", f"/reviews/{ID}/still-1.jpg",
    f"/unfiled/{ID}",
    f"/reviews/{ID}/keepsake", f"/reviews/{ID}/keepsake-a4.pdf", "/health", "/health/report.zip",
    f"/clips/{ID}/masks", f"/clips/{ID}/masked.mp4", f"/clips/{ID}/masked-1.jpg",
    # only a client screen gets anything here; see test_screen
    f"/reviews/{ID}/screen", f"/reviews/{ID}/screen/state", f"/reviews/{ID}/screen/clip-1.mp4",
    f"/reviews/{ID}/screen/leave",
    "/updates", "/updates/state",
]  # fmt: skip
GUARDED_WRITE = [
    f"/recordings/{ID}/clips", f"/recordings/{ID}/erase", f"/recordings/{ID}/marks",
    f"/cases/{ID}/question", f"/cases/{ID}/goals", f"/goals/{ID}/reword", f"/goals/{ID}/end",
    f"/goals/{ID}/rate", f"/cases/{ID}/cycles", f"/cycles/{ID}/state", f"/cases/{ID}/visits",
    f"/recordings/{ID}/cycle", f"/cases/{ID}/participants", f"/participants/{ID}/change",
    f"/recordings/{ID}/undo", f"/recordings/{ID}/redo", f"/clips/{ID}/export", "/cases",
    f"/cases/{ID}/arm",
    f"/cases/{ID}/share", f"/cases/{ID}/withdraw", "/keys/practitioners",
    f"/keys/practitioners/{ID}/remove", f"/keys/practitioners/{ID}/renew", "/keys/supervisors",
    f"/keys/supervisors/{ID}/remove", "/keys/sheet", "/keys/sheet/prove", "/keys/sheet/forget",
    "/machines/pair", f"/machines/{ID}/revoke", "/box/look/end", "/imports",
    f"/imports/{ID}/cancel",
    f"/cases/{ID}/exports", f"/exports/{ID}/cancel", f"/exports/{ID}/again",
    f"/exports/{ID}/withdraw",
    "/service", "/service/vocabulary", f"/cases/{ID}/supervision", f"/supervisions/{ID}/held",
    "/log", f"/cases/{ID}/consent/ask",
    f"/cases/{ID}/consent/child", f"/cases/{ID}/consent/withdraw", f"/cases/{ID}/arm-again",
    f"/recordings/{ID}/keep", f"/recordings/{ID}/erase-now", f"/cases/{ID}/reviews",
    f"/reviews/{ID}/begin", f"/reviews/{ID}/discard", f"/reviews/{ID}/end", f"/reviews/{ID}/film",
    f"/reviews/{ID}/screen/enter", f"/reviews/{ID}/stage", f"/reviews/{ID}/code",
    f"/reviews/{ID}/code/end", f"/reviews/{ID}/screen/do", f"/reviews/{ID}/screen/leave",
    f"/recordings/{ID}/bin", f"/bin/{ID}/back", f"/bin/{ID}/erase", f"/cases/{ID}/close",
    f"/cases/{ID}/pause", f"/cases/{ID}/reopen", f"/cases/{ID}/hold", f"/cases/{ID}/hold/end",
    f"/cases/{ID}/people/1/data/export", f"/unfiled/{ID}/file", f"/unfiled/{ID}/erase",
    f"/cases/{ID}/people/1/data/export", f"/clips/{ID}/masks/find", f"/clips/{ID}/masks/looked",
    f"/clips/{ID}/masks/export", "/updates/install", "/updates/forget",
]  # fmt: skip
# what is changed in place, and how: all other writes are posted
IN_PLACE = {
    f"/clips/{ID}": "PATCH",
    f"/marks/{ID}": "DELETE",
    **{f"/reviews/{ID}/{what}": "PUT" for what in ("words", "answers", "ratings")},
}
GUARDED_WRITE += IN_PLACE
OPEN_WRITE = [
    "/unlock",
    "/unlock/hold",
    "/recover",
    "/lock",
    "/box/mark",
    "/box/pause",
    "/box/resume",
    "/box/stop",
    "/language",
    f"/screen/{ID}",
    "/light",
    "/trust/proved",
]
WRITE = [*GUARDED_WRITE, *OPEN_WRITE, "/box/start"]

PUT = ("/imports/*/*", "/updates/*")
"""A part of a film from elsewhere, of an update; who may send one is told in their own tests."""


def test_the_tables_name_every_page(place: Place) -> None:
    varies = (
        ID
        + r"|(?<=(?:film|clip)-)1|(?<=(?:times|still)-)1|(?<=picture-)1|(?<=people/)1|(?<=files/)1"
        r"|(?<=service/)vocabulary|(?<=keepsake-)a4|(?<=masked-)1"
    )
    known = {re.sub(varies, "*", each)
             for each in (*GUARDED_READ, *WRITE, *PUT, "/unlock", "/status", "/static/*",
                          "/authority.crt", "/authority.pem", "/authority.mobileconfig", "/trust",
                          "/trust/plain")
             }  # fmt: skip
    rules = [rule for rule in place.app.url_map.iter_rules() if not rule.rule.startswith("/api/")]
    told = {re.sub(r"<[^>]*>", "*", rule.rule) for rule in rules}
    told |= {f"/box/{what}" for what in ("mark", "pause", "resume", "stop")}
    assert told - {"/box/*"} == known


def deeds(place: Place) -> list[str]:
    """What the recorder was asked to do; how it stands may be asked in the background."""
    return [each["do"] for each in place.recorder.asked if each["do"] != "status"]


@pytest.mark.parametrize("path", GUARDED_READ)
def test_a_locked_page_leads_to_the_door(place: Place, path: str) -> None:
    answer = place.client().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/unlock")


@pytest.mark.parametrize("path", GUARDED_WRITE)
def test_a_locked_page_does_nothing(place: Place, path: str) -> None:
    before = deeds(place)
    answer = place.client().open(path, method=IN_PLACE.get(path, "POST"), headers=ORIGIN)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/unlock")
    assert deeds(place) == before


def test_a_locked_box_films_for_nobody(place: Place) -> None:
    assert place.client().post("/box/start", headers=ORIGIN).status_code == 409
    assert "start" not in [each["do"] for each in place.recorder.asked]


@pytest.mark.parametrize("path", WRITE)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "https://localhost"},
     {"Origin": "http://localhost:99"}, {"Sec-Fetch-Site": "cross-site"}],
)  # fmt: skip
def test_another_page_changes_nothing(place: Place, path: str, headers: dict[str, str]) -> None:
    client = place.unlocked()
    before = deeds(place)
    method = IN_PLACE.get(path, "POST")
    assert client.open(path, method=method, headers=headers).status_code == 403
    assert deeds(place) == before


@pytest.mark.parametrize("path", [*GUARDED_READ, "/unlock", "/status", "/static/page.css"])
def test_another_name_is_not_answered(place: Place, path: str) -> None:
    assert place.client().get(path, headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/unlock", "/status", "/static/page.css", "/nowhere"])
def test_every_answer_forbids_storing_and_framing(place: Place, path: str) -> None:
    answer = place.client().get(path)
    answer.close()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if not path.startswith("/static"):
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_may_not_use_the_machines_interface(place: Place) -> None:
    assert place.client().get("/api/exports", headers=ORIGIN).status_code == 403


def test_no_address_of_the_internet_is_in_any_page() -> None:
    for package in (vigbox.web, vigbox.demo):
        for path in Path(next(iter(package.__path__))).rglob("*"):
            if path.suffix in {".html", ".js", ".css", ".svg"}:
                found = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+[^\"'\s]*", path.read_text())
                assert [each for each in found if "www.w3.org/2000/svg" not in each] == []


def test_a_box_with_a_plain_database_does_not_start(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    set_up(layout, work_factor=10)
    layout.database.write_bytes(b"SQLite format 3\0" + bytes(4080))
    with pytest.raises(DatabaseError, match="not sealed"):
        build(Settings(data=tmp_path, run=tmp_path), layout)


def test_a_vocabulary_that_cannot_be_used_stops_the_start(place: Place, tmp_path: Path) -> None:
    settings = Settings(data=place.layout.data, run=tmp_path, vocabulary="vgi")
    with pytest.raises(
        SettingError, match="vocabulary must be one of marte-meo, verp, vig, vipp-sd"
    ):
        build(settings, place.layout)
