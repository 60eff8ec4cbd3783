"""The browser's session: Flask's signed cookie, its signature verified once for each cookie.

A tablet that watches a film asks many times a second with one and the same cookie.
"""

from functools import lru_cache
from typing import Any, Final

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

_MOST_COOKIES: Final = 64


class RememberedSessions(SecureCookieSessionInterface):
    """As the class it is made of; one key for as long as the app lives."""

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None
        self._facts = lru_cache(_MOST_COOKIES)(self._verified)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give the app's signer, made once."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Give what the cookie holds, nothing when this app did not sign it."""
        if self.get_signing_serializer(app) is None:
            return None  # Flask tells whoever writes into it that there is no key
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        try:
            return self.session_class(self._facts(cookie))
        except BadSignature:
            return self.session_class()

    def _verified(self, cookie: str) -> dict[str, Any]:
        if self._signer is None:
            raise BadSignature("there is no key")
        found: dict[str, Any] = self._signer.loads(cookie)
        return found
