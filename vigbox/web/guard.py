"""What every request must pass: the right host, the right origin; and what every answer says."""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def guard(app: Flask, trusted_hosts: list[str]) -> None:
    """Refuse foreign hosts and foreign pages; forbid storing, framing and foreign content."""
    app.config["TRUSTED_HOSTS"] = trusted_hosts
    app.before_request(_check_host_and_origin)
    app.after_request(_add_headers)


def _check_host_and_origin() -> None:
    _ = request.host  # raises SecurityError, a 400, for a host that is not trusted
    origin = request.headers.get("Origin")
    if request.path.startswith("/api/"):
        # machines send no Origin; a page that calls the API is somebody else's
        if origin is not None:
            abort(403, "Pages may not use the machines' interface.")
        return
    if request.method in _SAFE:
        return
    if origin is None:
        is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    else:
        is_ours = urlsplit(origin)[:2] == (request.scheme, request.host)
    if not is_ours:
        abort(403, "This came from another page. Open the box's own page and try again.")


def _add_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
