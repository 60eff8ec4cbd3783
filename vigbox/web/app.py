"""Builds the Flask app from services that are handed in."""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, NotFound, SecurityError
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
    elsewhere,
    erasures,
    exports,
    first,
    goals,
    health,
    imports,
    keeping,
    keepsakes,
    keys,
    lanes,
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
    tokens,
    unfiled,
    unlock,
    updates,
    words,
)
from vigbox.web.api import create_api
from vigbox.web.bare_app import bare_app
from vigbox.web.fetched import begin_settling
from vigbox.web.services import Services
from vigbox.web.trust import create_trust

_LARGEST_FORM_BYTES: Final = 1 << 20
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
    first.pages,
    updates.pages,
    health.pages,
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

    ``is_https`` as :func:`~vigbox.web.bare_app.bare_app` has it.
    """
    app = bare_app(
        trusted_hosts,
        services.service.languages,
        largest_form_bytes=_LARGEST_FORM_BYTES,
        is_https=is_https,
    )
    app.extensions["vigbox"] = services
    words.register(app)
    for blueprint in _GUARDED:
        app.register_blueprint(blueprint)
    trust = create_trust(services.layout)
    for blueprint in (unlock.pages, status.pages, screen.pages, trust, *extra):
        app.register_blueprint(blueprint)
    app.register_blueprint(_api(services))
    app.before_request(screen.stay)
    app.before_request(_stay_outside)
    app.before_request(tokens.check)
    app.register_error_handler(VigboxError, _tell)
    app.register_error_handler(HTTPException, _tell_http)
    has_drawn_box = "drawn_box" in app.blueprints
    app.context_processor(lambda: {"drawn_box": has_drawn_box, "alarms": services.alarms})
    app.context_processor(lambda: {"troubles": services.troubles})
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


def _stay_outside() -> Response | tuple[str, int] | None:
    from vigbox.web.services import services

    if request.blueprint not in _GUARDED_NAMES or services().is_open():
        return None
    if tokens.is_form_with_words():
        return tokens.kept(is_locked=True), 403
    return redirect(url_for("unlock.page"))


def _tell(error: VigboxError) -> tuple[str, int]:
    return render_template("problem.html", sentence=sentences.told(str(error))), 409


def _tell_http(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    if request.path.startswith("/api/") or error.code not in _TOLD:
        return error
    if isinstance(error, SecurityError):
        return elsewhere.page()
    if error.code == NotFound.code and request.path.startswith("/setup/"):
        # a step of the set-up, loaded again when the box's own pages had taken its place
        return redirect(url_for("first.page"))
    sentence = sentences.told(error.description or "")
    return render_template("problem.html", sentence=sentence), error.code
