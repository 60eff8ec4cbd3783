"""In which language a page is told: the browser's wish, else the service's setting.

Words stand in the templates and views in English; ``translations`` holds the others as gettext
catalogues. Whoever holds the tablet may choose, on every page; a cookie without any person in it
remembers it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from flask import Blueprint, Flask, current_app, redirect, request
from flask_babel import Babel, get_locale
from werkzeug.wrappers import Response

LANGUAGES: Final = {"en": "English", "nl": "Nederlands", "de": "Deutsch"}
"""Every language there is, by its own name."""

COOKIE: Final = "vigbox-language"
_A_YEAR_S: Final = 365 * 24 * 3600

pages = Blueprint("languages", __name__)


def register(app: Flask, offered: Callable[[], Sequence[str]]) -> None:
    """Let an app speak the languages that are ``offered``; the first is the service's own."""
    app.config["VIGBOX_LANGUAGES"] = offered
    Babel(app, default_locale=offered()[0], locale_selector=_wished)
    app.register_blueprint(pages)
    app.context_processor(
        lambda: {"languages": {each: LANGUAGES[each] for each in offered()}, "language": spoken()}
    )


def spoken() -> str:
    """Give the language of the answer to this request."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


@pages.post("/language")
def choose() -> Response:
    """Remember a browser's choice and show the page again."""
    back = redirect(same_box(request.form.get("back", "")))
    wish = request.form.get("language", "")
    if wish in _offered():
        back.set_cookie(COOKIE, wish, max_age=_A_YEAR_S, httponly=True, samesite="Strict")
    return back


def _wished() -> str:
    chosen, offered = request.cookies.get(COOKIE, ""), _offered()
    if chosen in offered:
        return chosen
    own = offered[0]
    # the service's own language before one that a tablet only tolerates
    return request.accept_languages.best_match(list(offered), default=own) or own


def _offered() -> Sequence[str]:
    offered: Sequence[str] = current_app.config["VIGBOX_LANGUAGES"]()
    return offered


def same_box(path: str) -> str:
    """Give a path of this box: one that leads elsewhere becomes the first page."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_ours else "/"
