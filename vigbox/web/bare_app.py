"""An app without a page: whose requests it answers, its cookie, its words, its colours."""

import secrets
from collections.abc import Callable, Sequence

from flask import Flask

from vigbox.web import languages, light, sentences, tokens
from vigbox.web.browser_session import RememberedSessions
from vigbox.web.guard import guard
from vigbox.web.uploads import UnspooledRequest


def bare_app(
    trusted_hosts: list[str],
    offered: Callable[[], Sequence[str]],
    *,
    largest_form_bytes: int,
    is_https: bool,
) -> Flask:
    """Make an app; ``offered`` gives the languages of its pages, the service's own first.

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
        MAX_CONTENT_LENGTH=largest_form_bytes,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    guard(app, trusted_hosts)
    tokens.register(app)
    sentences.register(app)
    languages.register(app, offered)
    light.register(app)
    return app
