"""Every word of the pages in every language: nothing forgotten, nothing that breaks a sentence."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.support import NullTranslations
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

import vigbox
from tests.tokens import browsed
from tests.web.conftest import ORIGIN, Place, a_family
from vigbox.casework.forms import load as load_forms
from vigbox.casework.service import VOCABULARIES
from vigbox.casework.vocabulary import load as load_vocabulary
from vigbox.web.app import create_app
from vigbox.web.languages import COOKIE, LANGUAGES
from vigbox.web.sentences import SENTENCES, told

PACKAGE = Path(vigbox.__file__).parent
OTHERS = [each for each in LANGUAGES if each != "en"]
GAP = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}|</?\w+[^>]*>")

Key = tuple[str, str]


@cache
def words() -> set[Key]:
    """Every word that stands in pages and views: its context and its English."""
    rules = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["babel"]
    methods = [(each["pattern"], each["method"]) for each in rules["mappings"]]
    found = extract_from_dir(PACKAGE, methods, keywords=KEYWORDS)
    return {(context or "", _first(msgid)) for _, _, msgid, _, context in found}


KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def catalogue(language: str) -> dict[Key, Message]:
    path = PACKAGE / "web/translations" / language / "LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return {(each.context or "", _first(each.id)): each for each in read_po(file) if each.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_in_every_language(language: str) -> None:
    found = catalogue(language)
    assert words() - set(found) == set(), "run: python script/catalogues.py --extract"
    assert [key for key, each in found.items() if not all(_forms(each.string))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_gap_of_a_sentence_is_lost_or_made_up(language: str) -> None:
    for message in catalogue(language).values():
        for wanted, given in zip(_forms(message.id), _forms(message.string), strict=True):
            assert sorted(set(GAP.findall(given))) == sorted(set(GAP.findall(wanted))), given
            # words stand in attributes too
            assert '"' not in given or '"' in wanted, given


def test_every_sentence_of_another_layer_is_said_somewhere() -> None:
    said = _said()
    missing = [each for each in SENTENCES if not said & _ways(each)]
    assert missing == []


def _ways(sentence: str) -> set[str]:
    text = re.sub(r"%\(\w+\)s", "{}", sentence)
    # of "{} days" the word alone stands in a table
    # a column's or a setting's name is told with spaces
    named = text.replace(" ", "_")
    return {text, text[:1].lower() + text[1:], text.removeprefix("{} "), named}


@cache
def _said() -> frozenset[str]:
    paths = (each for each in PACKAGE.rglob("*.py") if not each.name.startswith("sentences"))
    return frozenset(text for path in paths for text in _texts(ast.parse(path.read_text())))


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_what_another_layer_says_is_told_in_the_pages_language(place: Place) -> None:
    with place.app.test_request_context(), force_locale("de"):
        sentence = told("the box is locked. Unlock it with your passphrase.")
        assert sentence == "Die Box ist gesperrt. Entsperren Sie sie mit Ihrer Passphrase."
        wait = told(
            "too many wrong passphrases were tried on this box. Leave it switched on for "
            "3 minutes, then try again. Recording goes on as ever."
        )
        assert "(3 Minuten)" in wait
        assert wait.endswith("weiter wie immer.")
        assert told("Nobody knows this sentence.") == "Nobody knows this sentence."


def test_a_wrong_passphrase_is_told_in_the_browsers_language(place: Place) -> None:
    headers = ORIGIN | {"Accept-Language": "nl"}
    answer = place.client().post("/unlock", data={"passphrase": "zzzzz"}, headers=headers)
    assert "Woord 1 is geen woord uit de lijst" in answer.text


def test_scripts_hold_no_sentences() -> None:
    sentence = re.compile(r"""["'`][A-Z][a-z]+ [a-z]+[^"'`]*["'`]""")
    for path in (PACKAGE / "web/static").rglob("*.js"):
        for line in path.read_text().splitlines():
            code = line.split("// ")[0]
            assert "new Error(" in code or not sentence.search(code), f"{path.name}: {line}"


class Marked(NullTranslations):
    """Puts each word into brackets, so that one that was forgotten is seen."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def upgettext(self, context: str, message: str) -> str:  # noqa: ARG002
        return f"⟦{message}⟧"

    ugettext = gettext
    ungettext = ngettext


class Bare(HTMLParser):
    """Gathers what a page shows outside of brackets, in texts and in attributes that are read."""

    SPOKEN = ("aria-label", "title", "placeholder", "alt")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "svg", "code")
        for name, value in attrs:
            if name in self.SPOKEN:
                self._note(re.sub(r"⟦[^⟧]*⟧", "", value or ""))

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "svg", "code")

    def handle_data(self, data: str) -> None:
        for part in re.split("([⟦⟧])", data):
            self._depth += {"⟦": 1, "⟧": -1}.get(part, 0)
            if not self._depth and not self._silent:
                self._note(part)

    def _note(self, text: str) -> None:
        if re.search(r"[A-Za-z]{3,}", text):
            self.found.append(text.strip())


@pytest.fixture(scope="module")
def marked(place: Place) -> FlaskClient:
    app = browsed(create_app(place.services, ["localhost"]))
    _speak_marked(app)
    client = app.test_client()
    client.set_cookie(COOKIE, "nl")
    client.post("/unlock", data={"passphrase": place.secrets.passphrase}, headers=ORIGIN)
    return client


def _speak_marked(app: Flask) -> None:
    with app.app_context():
        app.extensions["babel"].instance.domain_instance.cache["nl", "messages"] = Marked()


PAGES = [
    *("/unlock", "/recover", "/", "/keys/", "/machines", "/imports", "/box/look", "/cases/x"),
    *("/cases", "/cases/{case}", "/cases/{family}", "/cases/{family}/arm", "/service", "/log"),
    *("/cases/{family}/consent", "/cases/{family}/consent/ask", "/cases/{case}/consent"),
    *("/cases/{family}/reviews", "/cases/{family}/supervision", "/cases/{family}/retention"),
    *("/bin", "/erasures", "/cases/{family}/exports"),
]
NAMES = {"vigbox", *LANGUAGES.values(), "AGE-SECRET-KEY-1…", "age1…", "Practitioner"}
NAMES |= {"VIG-7", "VIG-8", "What soothes him?", "“What soothes him?”"}


@pytest.fixture(scope="module")
def family(place: Place) -> str:
    return a_family(place, "VIG-8")[0]


@pytest.mark.parametrize("path", PAGES)
def test_no_word_of_a_page_is_forgotten(
    place: Place, marked: FlaskClient, family: str, path: str
) -> None:
    found = _bare(marked.get(path.format(case=place.case, family=family)).text)
    # a method's words, a form's and a family's own are not a catalogue's
    assert found - _own_words(place) == set()


def test_no_word_of_the_review_is_forgotten(
    place: Place, marked: FlaskClient, drawn_film: bytes
) -> None:
    text = marked.get(f"/recordings/{place.keep(drawn_film)}").text
    panel = {each for each in _bare(text) if each not in _vocabulary(place)}
    assert panel == set()
    assert _bare(marked.get("/").text) == set()


def _bare(text: str) -> set[str]:
    page = Bare()
    page.feed(text)
    assert "⟦" in text
    titles = {each.removesuffix(" · vigbox").removeprefix("· ") for each in page.found}
    return titles - NAMES


def _own_words(place: Place) -> set[str]:
    forms = load_forms(place.services.settings.consent_forms)
    titles = {each.title for each in forms["nl"].parts}
    found = titles | {f", {each}:" for each in titles}
    found |= {each.ask.label("nl") for each in place.services.prompts.prompts}
    for key in VOCABULARIES:
        if key != "own":
            shown = load_vocabulary(key)
            called = "Marte Meo" if key == "marte-meo" else key.upper().replace("-", " ")
            found |= {f"{called}: {shown.name.label('nl')}", shown.notice.label("nl")}
    return found


def _vocabulary(place: Place) -> set[str]:
    vocabulary = place.services.vocabulary
    found = {vocabulary.notice.label("nl")}
    for heading in vocabulary.headings:
        found |= {heading.name.label("nl"), *(item.name.label("nl") for item in heading.items)}
    return found


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_told_in_every_language(
    place: Place, family: str, path: str, language: str
) -> None:
    client = place.unlocked()
    path = path.format(case=place.case, family=family)
    text = client.get(path, headers={"Accept-Language": language}).text
    assert f'<html lang="{language}">' in text
    assert not GAP.search(re.sub(r"<[^>]*>|\{\w+\}", "", text))


def _first(msgid: object) -> str:
    return msgid[0] if isinstance(msgid, (tuple, list)) else str(msgid)


def _forms(text: object) -> list[str]:
    return list(text) if isinstance(text, (tuple, list)) else [str(text)]
