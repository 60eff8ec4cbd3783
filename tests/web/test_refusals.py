"""Every sentence that the lower layers can put on a page is known to the translators.

The code is read, not run: whoever raises, returns or aborts with a new sentence finds it here.
"""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale

import vigbox
from tests.tokens import browsed
from tests.web.conftest import Place, a_family
from tests.web.test_catalogues import Marked
from vigbox.appliance.updates.steps import AROUND
from vigbox.casework import audit
from vigbox.web import sentences
from vigbox.web.app import create_app
from vigbox.web.languages import COOKIE
from vigbox.web.sentences import told
from vigbox.web.sentences_kept import EVENTS, HEADINGS

PACKAGE = Path(vigbox.__file__).parent
GAP = "\x01"
LAYERS = ("casework", "store", "recorder", "web", "appliance/updates", "devices/capture.py",
          "devices/cards.py", "devices/picamera.py")  # fmt: skip

NEVER_ON_A_PAGE = {
    # they end a program, or are told in a terminal
    "DataFolderError", "InUseError", "AlreadySetUpError", "SelfTestError", "StuckCameraError",
    # they end work in the background, which says in words of its own what became of it
    "StoppedError", "CancelledError", "CutShortError", "CannotFinishError", "MisplacedPartError",
    "DamagedCountError",
    # they are answers to machines
    "OtherManifestError", "UnknownMachineError", "NoSuchExportError",
    # mistakes of ours
    "TypeError", "RuntimeError", "AssertionError", "LookupError",
    # a cookie that is not ours counts as none
    "BadSignature",
}  # fmt: skip
NOT_TOLD = {
    "store/floor.py", "store/identity.py", "store/manifests.py",  # inside of a file's damage
    "web/api.py",  # machines
    "web/serving.py",  # a terminal
    "web/retention.py",  # a mistake of ours
    "devices/picamera.py",  # inside of a camera's own words
    "web/arriving.py", "web/lane_making.py",  # inside of the reader of a film
}  # fmt: skip


def said(node: ast.expr) -> list[str]:
    """Every text that an expression can be, with a mark for each gap; none for a mere name."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            whole = (str(p.value) if isinstance(p, ast.Constant) else GAP for p in parts)
            return ["".join(whole)]
        case ast.IfExp(body=one, orelse=other):
            return [*said(one), *said(other)]
        case ast.Call(args=[one]) if ast.unparse(node.func) == "_":
            return []  # a page's own word
        case _:
            return []


def refusals(tree: ast.AST, where: str) -> Iterator[str]:
    for node in ast.walk(tree):
        call = None
        if isinstance(node, ast.Raise):
            call = node.exc
        elif isinstance(node, ast.Return) and "Error(" in ast.unparse(node):
            call = node.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "abort":
            call = node
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = ast.unparse(call.func)
        if name in NEVER_ON_A_PAGE or (name == "ValueError" and where in NOT_TOLD):
            continue
        # an abort's code and a form's key come first
        yield from said(call.args[-1] if name in ("abort", "_WrongError") else call.args[0])


def sources() -> Iterator[tuple[str, ast.AST]]:
    for layer in LAYERS:
        place = PACKAGE / layer
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            where = str(path.relative_to(PACKAGE))
            if not path.name.startswith("sentences") and where != "web/api.py":
                yield where, ast.parse(path.read_text())


def is_known(sentence: str) -> bool:
    return any(pattern.fullmatch(sentence) for _, pattern in sentences._patterns())


def test_every_refusal_can_be_translated() -> None:
    found = {(where, text) for where, tree in sources() for text in refusals(tree, where)}
    assert len(found) > 150, "the code is read"
    unknown = {
        each
        for each in found
        if not is_known(each[1]) and not (each[0] in NOT_TOLD and each[1][:1].islower())
    }
    assert sorted(unknown) == [], "name each in vigbox/web/sentences_refused.py"


def test_why_an_update_was_gone_back_from_can_be_translated() -> None:
    assert [each for each in AROUND.values() if not is_known(each)] == []


def events() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.note":
                yield from said(node.args[1])


def test_every_event_of_the_audit_can_be_translated() -> None:
    found = set(events())
    assert len(found) > 40, "the code is read"
    assert sorted(each for each in found if not is_known(each)) == []


def test_an_event_stays_english_where_it_is_kept_and_is_told_in_the_pages_language(
    place: Place,
) -> None:
    desk = place.desk()
    with desk.session() as casework:
        audit.note(casework, "legal hold ended", "VIG-7", place.case)
    desk.close()
    client = marked(place)
    shown = client.get("/audit").text
    assert "⟦legal hold ended⟧" in shown
    assert '"what": "legal hold ended"' in client.get("/audit.json").text


def marked(place: Place) -> FlaskClient:
    app = browsed(create_app(place.services, ["localhost"]))
    with app.app_context():
        app.extensions["babel"].instance.domain_instance.cache["nl", "messages"] = Marked()
    client = app.test_client()
    client.set_cookie(COOKIE, "nl")
    words = {"passphrase": place.secrets.passphrase}
    client.post("/unlock", data=words, headers={"Origin": "http://localhost"})
    return client


def test_one_persons_data_is_headed_in_the_pages_language(place: Place) -> None:
    case, mother, _child = a_family(place, f"S-{datetime.now(UTC):%f}")
    shown = marked(place).get(f"/cases/{case}/people/{mother}/data").text
    for word in ("consents", "given at", "purpose", "filming", "spoken"):
        assert f"⟦{word}⟧" in shown
    gathered = (PACKAGE / "casework" / each for each in ("subject.py", "client_words.py"))
    keys = {
        key.value.replace("_", " ")
        for path in gathered
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }
    assert keys <= set(HEADINGS)


@pytest.mark.parametrize(
    ("sentence", "is_told"),
    [
        (
            (
                "cannot show this clip: consent to filming is missing from mother M (not asked "
                "yet), child C (the child said no). Ask, and note the answer on the case's page."
            ),
            (
                "⟦cannot ⟦show this clip⟧: consent to ⟦filming⟧ is missing from ⟦mother⟧ M "
                "(⟦not asked yet⟧), ⟦child⟧ C (⟦the child said no⟧). ⟦Ask, and note the answer on "
                "the case's page.⟧⟧"
            ),
        ),
        (
            "a role must be one of mother, child, not 'aunt'.",
            "⟦a role must be one of ⟦mother⟧, ⟦child⟧, not 'aunt'.⟧",
        ),
    ],
)
def test_what_fills_a_sentence_is_translated_as_well(
    place: Place, sentence: str, is_told: str
) -> None:
    app = browsed(create_app(place.services, ["localhost"]))
    with app.app_context():
        app.extensions["babel"].instance.domain_instance.cache["nl", "messages"] = Marked()
    with app.test_request_context(), force_locale("nl"):
        assert told(sentence) == is_told
    with app.test_request_context(), force_locale("en"):
        assert told(sentence) == sentence, "in English nothing changes"


def test_no_event_is_told_as_a_refusal() -> None:
    for each in EVENTS:
        if "%" not in each:
            assert next(m for m, p in sentences._patterns() if p.fullmatch(each)) == each
