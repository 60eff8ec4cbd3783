"""Builds the Flask app from services that are handed in."""

import secrets
from collections.abc import Sequence

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from vigbox.errors import VigboxError
from vigbox.web import (
    arming,
    asking,
    audit,
    cases,
    clips,
    consents,
    cycles,
    erasures,
    exports,
    goals,
    imports,
    keeping,
    keepsakes,
    keys,
    lanes,
    languages,
    light,
    log,
    look,
    machines,
    masking,
    participants,
    recordings,
    retention,
    review_desk,
    screen,
    sealed_bin,
    sentences,
    service,
    shared_reviews,
    status,
    stills,
    subject,
    summaries,
    supervision,
    trust,
    unfiled,
    unlock,
    words,
)
from vigbox.web.api import create_api
from vigbox.web.browser_session import RememberedSessions
from vigbox.web.fetched import begin_settling
from vigbox.web.guard import guard
from vigbox.web.services import Services
from vigbox.web.uploads import UnspooledRequest

_TOLD = frozenset({400, 403, 404, 405, 409, 413, 500})
_GUARDED = (
    recordings.pages,
    stills.pages,
    lanes.pages,
    imports.pages,
    clips.pages,
    exports.pages,
    cases.pages,
    consents.pages,
    asking.pages,
    arming.pages,
    keeping.pages,
    unfiled.pages,
    goals.pages,
    cycles.pages,
    participants.pages,
    keys.pages,
    machines.pages,
    look.pages,
    service.pages,
    supervision.pages,
    log.pages,
    shared_reviews.pages,
    review_desk.pages,
    summaries.pages,
    keepsakes.pages,
    masking.pages,
    retention.pages,
    sealed_bin.pages,
    erasures.pages,
    audit.pages,
    subject.pages,
)
_GUARDED_NAMES = frozenset(each.name for each in _GUARDED)


def create_app(
    services: Services,
    trusted_hosts: list[str],
    extra: Sequence[Blueprint] = (),
    *,
    is_https: bool = False,
) -> Flask:
    """Make the app. ``extra`` are pages that only some services have, as the demo's drawn box.

    With ``is_https`` the cookie is for this host over HTTPS alone (RFC 6265bis, ``__Host-``).
    """
    app = Flask("vigbox.web", static_url_path="/static")
    app.request_class = UnspooledRequest
    app.session_interface = RememberedSessions()
    # sessions end with the process, as the unlocked keys do
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="__Host-vigbox" if is_https else "vigbox",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=1 << 20,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.extensions["vigbox"] = services
    guard(app, trusted_hosts)
    words.register(app)
    sentences.register(app)
    languages.register(app, services.service.languages)
    light.register(app)
    for blueprint in _GUARDED:
        app.register_blueprint(blueprint)
    for blueprint in (unlock.pages, status.pages, screen.pages, trust.pages, *extra):
        app.register_blueprint(blueprint)
    app.register_blueprint(_api(services))
    app.before_request(screen.stay)
    app.before_request(_stay_outside)
    app.register_error_handler(VigboxError, _tell)
    app.register_error_handler(HTTPException, _tell_http)
    has_drawn_box = "drawn_box" in app.blueprints
    app.context_processor(lambda: {"drawn_box": has_drawn_box, "alarms": services.alarms})
    app.context_processor(lambda: {"consent_card": consents.card})
    return app


def _api(services: Services) -> Blueprint:
    return create_api(
        services.outbox,
        services.machines,
        services.pairing,
        services.device_key,
        services.public.box,
        lambda _export, _machine: begin_settling(services),
    )


def _stay_outside() -> Response | None:
    from vigbox.web.services import services

    if request.blueprint in _GUARDED_NAMES and not services().is_open():
        return redirect(url_for("unlock.page"))
    return None


def _tell(error: VigboxError) -> tuple[str, int]:
    return render_template("problem.html", sentence=sentences.told(str(error))), 409


def _tell_http(error: HTTPException) -> tuple[str, int] | HTTPException:
    # for a foreign host there is no page: its links could not be made
    is_foreign = isinstance(error, SecurityError)
    if is_foreign or request.path.startswith("/api/") or error.code not in _TOLD:
        return error
    sentence = sentences.told(error.description or "")
    return render_template("problem.html", sentence=sentence), error.code
