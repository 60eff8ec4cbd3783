"""Builds the app of a box that is not set up: its set-up, the trust in it, and nothing else."""

from typing import Final

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from vigbox.config import LANGUAGES
from vigbox.errors import VigboxError
from vigbox.web import elsewhere, sentences, set_up, tokens
from vigbox.web.bare_app import bare_app
from vigbox.web.set_up import SetUp
from vigbox.web.trust import create_trust

_LARGEST_FORM_BYTES: Final = 64 << 10
_TOLD: Final = frozenset({400, 403, 404, 405, 413, 500})


def create_set_up_app(at: SetUp, trusted_hosts: list[str], *, is_https: bool = False) -> Flask:
    """Make the app, guarded as the box's own pages are."""
    own = at.settings.language
    app = bare_app(
        trusted_hosts,
        lambda: (own, *(each for each in LANGUAGES if each != own)),
        largest_form_bytes=_LARGEST_FORM_BYTES,
        is_https=is_https,
    )
    app.extensions["vigbox-set-up"] = at
    app.before_request(tokens.check)
    app.register_blueprint(set_up.pages)
    app.register_blueprint(create_trust(at.layout))
    app.register_error_handler(VigboxError, _tell)
    app.register_error_handler(HTTPException, _tell_http)
    return app


def _tell(error: VigboxError) -> tuple[str, int]:
    return render_template("set_up_problem.html", sentence=sentences.told(str(error))), 409


def _tell_http(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    if isinstance(error, SecurityError):
        return elsewhere.page()
    if error.code not in _TOLD:
        return error
    sentence = sentences.told(error.description or "")
    return render_template("set_up_problem.html", sentence=sentence), error.code
