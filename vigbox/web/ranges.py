"""One responder for every file that is read by range: films to browsers, parts to machines.

Single byte ranges as in RFC 9110, section 14. Several ranges, other units and nonsense are
answered with the whole, as the RFC allows.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from flask import Response, request
from werkzeug.http import http_date

from vigbox.errors import VigboxError

PIECE_BYTES: Final = 512 * 1024
LIMIT_BYTES: Final = 2 * 1024 * 1024
"""What a browser is given at most for one range, so that nothing on the way buffers a film."""
_RANGE: Final = re.compile(
    r"bytes=[ \t]*(?:(\d{1,19})-(\d{1,19})?|-(\d{1,19}))[ \t]*", re.IGNORECASE | re.ASCII
)


class CutShortError(VigboxError):
    """What is being served ended before its size."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Bytes from ``start`` up to but without ``end``."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


def range_response(
    size: int,
    read_at: Callable[[int, int], bytes],
    *,
    etag: str,
    mimetype: str,
    last_modified: datetime | None = None,
    limit: int | None = None,
) -> Response:
    """Answer the current request from ``size`` bytes that ``read_at(offset, n)`` gives.

    ``etag`` is a strong one, without its quotes. With a ``limit`` a 206 holds at most so many
    bytes and may be shorter than asked; the browser asks again. A ``read_at`` that gives nothing
    ends the connection with a :class:`CutShortError`: the answer's length was promised.
    """
    modified = http_date(last_modified) if last_modified else None
    span = _asked(size, f'"{etag}"', modified)
    if span is not None and limit is not None:
        span = _Span(span.start, min(span.end, span.start + limit))
    response = _answer(size, span, read_at)
    response.headers["ETag"] = f'"{etag}"'
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "no-store"
    if modified:
        response.headers["Last-Modified"] = modified
    if response.status_code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        response.mimetype = mimetype
    return response


def _asked(size: int, etag: str, modified: str | None) -> _Span | None:
    """Give the range asked for, empty when it lies outside; none stands for the whole."""
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    # Only GET has ranges, and many clients ask for one of an empty file without meaning it.
    if match is None or request.method != "GET" or size == 0 or not _holds(etag, modified):
        return None
    first, last, suffix = (int(text) if text else None for text in match.groups())
    if first is None:
        return _Span(size - min(suffix or 0, size), size)
    if last is not None and last < first:
        return None
    end = size if last is None else min(last + 1, size)
    return _Span(first, max(first, end))


def _holds(etag: str, modified: str | None) -> bool:
    """Tell whether If-Range allows a part: strong comparison, so a weak tag never does."""
    condition = request.headers.get("If-Range")
    return condition is None or condition.strip() in {etag, modified}


def _answer(size: int, span: _Span | None, read_at: Callable[[int, int], bytes]) -> Response:
    if span is None:
        return _streamed(HTTPStatus.OK, _Span(0, size), read_at)
    if span.size == 0:
        outside = Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        outside.headers["Content-Range"] = f"bytes */{size}"
        return outside
    response = _streamed(HTTPStatus.PARTIAL_CONTENT, span, read_at)
    response.headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{size}"
    return response


def _streamed(status: HTTPStatus, span: _Span, read_at: Callable[[int, int], bytes]) -> Response:
    response = Response(_pieces(span, read_at), status, direct_passthrough=True)
    response.headers["Content-Length"] = str(span.size)
    return response


def _pieces(span: _Span, read_at: Callable[[int, int], bytes]) -> Iterator[bytes]:
    offset = span.start
    while offset < span.end:
        piece = read_at(offset, min(PIECE_BYTES, span.end - offset))
        if not piece:
            raise CutShortError(f"what is being served ends at byte {offset}, not {span.end}")
        yield piece
        offset += len(piece)
