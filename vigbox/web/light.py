"""How light the pages are: as the tablet is set, light, or for a dark room.

Chosen on every page by whoever holds the tablet, and remembered by a cookie without any person in
it, as the language is.
"""

from typing import Final

from flask import Blueprint, Flask, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from vigbox.web.languages import same_box

COOKIE: Final = "vigbox-light"
CHOICES: Final = ("auto", "light", "room")
"""As the tablet is set; light; dark, and the film's surroundings black."""
_A_YEAR_S: Final = 365 * 24 * 3600

pages = Blueprint("light", __name__)


def register(app: Flask) -> None:
    """Let an app be light or dark."""
    app.register_blueprint(pages)
    app.context_processor(lambda: {"light": chosen(), "lights": _words()})


def chosen() -> str:
    """Give what this browser chose."""
    wish = request.cookies.get(COOKIE, "")
    return wish if wish in CHOICES else CHOICES[0]


@pages.post("/light")
def choose() -> Response:
    """Remember a browser's choice and show the page again."""
    back = redirect(same_box(request.form.get("back", "")))
    wish = request.form.get("light", "")
    if wish in CHOICES:
        back.set_cookie(COOKIE, wish, max_age=_A_YEAR_S, httponly=True, samesite="Strict")
    return back


def _words() -> dict[str, str]:
    words = (gettext("As the tablet"), gettext("Light"), gettext("Dark room"))
    return dict(zip(CHOICES, words, strict=True))
