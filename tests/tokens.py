"""A test's browser: what it changes carries the page's token, as every page of ours sends it."""

import hashlib
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from vigbox.web.tokens import FIELD, HEADER

CHANGES = ("POST", "PUT", "PATCH", "DELETE")


class Browser(FlaskClient):
    """As Flask's own client; ``is_ours`` is False for one that knows no token."""

    is_ours = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        method = kwargs.get("method", "GET")
        if self.is_ours and method in CHANGES:
            kwargs["headers"] = {HEADER: self.token(), **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)

    def token(self) -> str:
        """The token of the pages that this browser has open."""
        with self.session_transaction() as session:
            raw = session.setdefault(FIELD, hashlib.sha256(b"a test's session").hexdigest())
        with self.application.test_request_context():
            from flask import session as told

            told[FIELD] = raw
            return str(generate_csrf())


def browsed(app: Flask) -> Flask:
    """Let an app's test clients be browsers that show our pages."""
    app.test_client_class = Browser
    return app
