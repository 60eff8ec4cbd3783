"""The page's token: what a request that changes something carries beside its origin (Flask-WTF).

Bound to the browser's session, and good for as long as that is. A page that was open while the box
was started again has an old one: a script is given the new one and asks again by itself; whoever
sent a form is shown a page that holds everything that was typed, but for secrets and pictures.
"""

from typing import Final

from flask import Flask, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect, generate_csrf, validate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import ValidationError

from vigbox.web.uploads import allow_a_picture

HEADER: Final = "X-CSRFToken"
FIELD: Final = "csrf_token"
_CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SECRET: Final = frozenset({"passphrase", "identity", "word", "pin"})
_WITH_PICTURE: Final = frozenset({"asking.answer"})
"""Passed on as it arrives (``config/nginx/vigbox.conf``), as the parts of films and updates are."""

_MACHINES: Final = "api"

_protection = CSRFProtect()


def register(app: Flask) -> None:
    """Ask every request of a page that changes something for its token."""
    # no end by itself: it ends with the session, which ends with the process
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False)
    _protection.init_app(app)
    app.jinja_env.globals["token"] = field


def field() -> Markup:
    """Give the hidden field of a form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, generate_csrf())


def check() -> Response | tuple[str, int] | None:
    """Refuse a request without a token of this session; for :meth:`Flask.before_request`."""
    is_page = request.endpoint is not None and request.blueprint != _MACHINES
    if request.method not in _CHANGES or not is_page:
        return None
    try:
        validate_csrf(_token())
    except ValidationError:
        return _again()
    return None


def kept(*, is_locked: bool) -> str:
    """Make a page that holds what was typed in a form, to be sent once more."""
    typed = [(key, value) for key, value in request.form.items(multi=True) if key != FIELD]
    return render_template(
        "again.html",
        address=request.full_path.rstrip("?"),
        typed=[(key, value) for key, value in typed if key not in _SECRET],
        secrets=[key for key, _value in typed if key in _SECRET],
        is_locked=is_locked,
    )


def is_form_with_words() -> bool:
    """Tell whether a person sent a form that holds something they would have to type again.

    Asked before anybody is known: reads no body but one that nginx holds whole.
    """
    is_whole = request.method == "POST" and request.endpoint not in _WITH_PICTURE
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    is_page = request.headers.get("Sec-Fetch-Mode") == "navigate"
    if not (is_whole and is_form and is_page):
        return False
    return any(request.form[key] for key in request.form if key != FIELD)


def _token() -> str | None:
    if HEADER in request.headers:
        return request.headers[HEADER]
    if request.endpoint in _WITH_PICTURE:
        allow_a_picture()
    return request.form.get(FIELD)


def _again() -> Response | tuple[str, int]:
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return kept(is_locked=False), 400
    answer = jsonify(error=_("This page is old. Load it again, then try again."))
    answer.status_code = 400
    answer.headers[HEADER] = generate_csrf()
    return answer
