"""The service's settings: any practitioner of the box may change them, and the audit tells what."""

import dataclasses
import re
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from vigbox.casework import audit, vocabulary
from vigbox.casework.desk import Desk
from vigbox.casework.retention import MODES
from vigbox.casework.service import (
    AFTER_SYNC,
    POLICIES,
    VOCABULARIES,
    Service,
    ServiceError,
    changes,
)
from vigbox.casework.unfiled import UNFILED_DAYS
from vigbox.config import LANGUAGES
from vigbox.errors import VigboxError
from vigbox.web import languages
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.unarmed import presses

pages = Blueprint("service", __name__)

_FILES: Final = ("vocabulary", "prompts")
_NUMBER: Final = re.compile(r"\d{1,9}", re.ASCII)


@pages.get("/service")
def page() -> str:
    """Show what the service settled."""
    at = services()
    return _page(at, at.service.now)


@pages.post("/service")
def save() -> AnyResponse | tuple[str, int]:
    """Keep what was settled, all of it or nothing."""
    at = services()
    wish = at.service.now
    try:
        desk = _practitioners_desk(at)
        wish = _wish(request.form)
        _keep(at, desk, wish)
    except VigboxError as error:
        return _page(at, wish, problem=_("Nothing was changed: %(why)s", why=told(str(error)))), 400
    with at.following:
        problem = presses(at, desk).tried()
    if problem:
        return _page(at, at.service.now, problem=told(problem)), 200
    return redirect(url_for(".page", saved=1))


@pages.post("/service/<which>")
def give(which: str) -> AnyResponse | tuple[str, int]:
    """Take a file of one's own, and use it."""
    at = services()
    if which not in _FILES:
        abort(404)
    put = at.service.put_vocabulary if which == "vocabulary" else at.service.put_prompts
    given = request.files.get("file")
    try:
        desk = _practitioners_desk(at)
        put(given.read() if given else b"")
        with desk.session() as casework:
            audit.note(casework, f"service settings changed: a file of its own {which}", "service")
    except VigboxError as error:
        problem = _("Nothing was changed: %(why)s", why=told(str(error)))
        return _page(at, at.service.now, problem=problem), 400
    return redirect(url_for(".page", saved=1))


@pages.get("/service/<which>.toml")
def template(which: str) -> Response:
    """Give the file in use, to be changed and given back."""
    at = services()
    if which not in _FILES:
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="{which}.toml"'}
    return Response(at.service.template(which), mimetype="application/toml", headers=headers)


def _practitioners_desk(at: Services) -> Desk:
    desk = at.desk()
    if desk.me.kind != "practitioner":
        raise ServiceError("only a practitioner of the box settles this, with their passphrase.")
    return desk


def _keep(at: Services, desk: Desk, wish: Service) -> None:
    changed = changes(at.service.now, wish)
    with desk.session() as casework:
        if changed:
            audit.note(casework, f"service settings changed: {changed}", "service")
        at.service.save(wish, request.form.get("known", ""))


def _wish(form: MultiDict[str, str]) -> Service:
    """Make settings of a form. Raises ServiceError."""
    facts: dict[str, Any] = {}
    for each in dataclasses.fields(Service):
        if each.name == "languages":
            facts["languages"] = tuple(form.getlist("languages"))
        elif each.type is int or each.type == "int":
            facts[each.name] = _days(form.get(each.name, ""))
        elif each.name in form:
            facts[each.name] = "\n".join(form[each.name].split("\r\n")).strip()
    return Service(**facts)


def _days(typed: str) -> int:
    if not typed.strip():
        return 0
    if not _NUMBER.fullmatch(typed.strip()):
        raise ServiceError(f"days must be a whole number, not {typed.strip()[:20]!r}.")
    return int(typed)


def _page(at: Services, shown: Service, problem: str = "") -> str:
    own = at.layout.own_vocabulary.exists()
    words = {each: _words(each) for each in VOCABULARIES if each != "own"}
    return render_template(
        "service.html",
        now=shown,
        known=at.service.version,
        retention=at.service.retention(),
        trouble=at.service.problem,
        is_readable=at.service.is_readable,
        problem=problem,
        saved="saved" in request.args,
        modes=MODES,
        policies=POLICIES,
        unfiled_days=UNFILED_DAYS,
        after_sync=AFTER_SYNC,
        words=words,
        chosen=shown.vocabulary or at.settings.vocabulary,
        has_words=own,
        has_prompts=at.layout.own_prompts.exists(),
        asked=[each.ask.label(languages.spoken()) for each in at.prompts.prompts],
        every_language={each: languages.LANGUAGES[each] for each in LANGUAGES},
        offered=at.service.languages(),
    )


def _words(name: str) -> tuple[str, str]:
    found = vocabulary.load(name)
    spoken = languages.spoken()
    return found.name.label(spoken), found.notice.label(spoken)
