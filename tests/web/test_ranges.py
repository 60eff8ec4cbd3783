import http.client
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask, Response
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from vigbox.web.ranges import PIECE_BYTES, CutShortError, range_response

BODY = bytes(range(250)) * 4
ETAG = '"abc"'
MODIFIED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read_body(offset: int, size: int) -> bytes:
    return BODY[offset : offset + size]


def app_of(
    size: int, read_at: Callable[[int, int], bytes] = read_body, limit: int | None = None
) -> Flask:
    app = Flask("ranges")

    def film() -> Response:
        return range_response(
            size, read_at, etag="abc", mimetype="video/mp4", last_modified=MODIFIED, limit=limit
        )

    app.add_url_rule("/film", view_func=film)
    return app


def get(headers: dict[str, str], *, limit: int | None = None, size: int = 1000) -> TestResponse:
    return app_of(size, limit=limit).test_client().get("/film", headers=headers)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-1", 0, 1),
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=990-", 990, 999),
        ("bytes=0-", 0, 999),
        ("bytes=-10", 990, 999),
        ("bytes=-5000", 0, 999),
        ("bytes=995-5000", 995, 999),
        ("Bytes=1-2", 1, 2),
        ("bytes= 1-2", 1, 2),
        ("bytes=999-999", 999, 999),
        ("bytes=007-008", 7, 8),
    ],
)
def test_a_range_is_answered_to_the_byte(asked: str, first: int, last: int) -> None:
    answer = get({"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/1000"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.data == BODY[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=1000-1001", "bytes=99999999-", "bytes=-0"])
def test_a_range_outside_is_refused_with_the_size(asked: str) -> None:
    answer = get({"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */1000"
    assert answer.data == b""


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,4-5",
        "bytes=0-1, 1000-",
        "bytes=5-4",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1-2x",
        "bytes=1--2",
        "bytes=+1-2",
        "bytes=\u0663-".encode().decode("latin-1"),
        "bytes",
        "items=0-1",
        "bytes=" + "9" * 40 + "-",
        "",
    ],
)
def test_several_ranges_and_nonsense_give_the_whole(asked: str) -> None:
    answer = get({"Range": asked})
    assert answer.status_code == 200
    assert "Content-Range" not in answer.headers
    assert answer.data == BODY


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 206),
        ('"other"', 200),
        ('W/"abc"', 200),
        ("abc", 200),
        ("Sun, 01 Mar 2026 12:00:00 GMT", 206),
        ("Sun, 01 Mar 2026 12:00:01 GMT", 200),
    ],
)
def test_a_part_is_given_only_of_the_same_whole(condition: str, status: int) -> None:
    answer = get({"Range": "bytes=5-9", "If-Range": condition})
    assert answer.status_code == status
    assert answer.data == (BODY[5:10] if status == 206 else BODY)


def test_a_limit_shortens_a_range_and_says_so() -> None:
    answer = get({"Range": "bytes=100-"}, limit=50)
    assert answer.headers["Content-Range"] == "bytes 100-149/1000"
    assert answer.data == BODY[100:150]


def test_a_limit_leaves_the_first_probe_and_the_whole_alone() -> None:
    assert get({"Range": "bytes=0-1"}, limit=50).data == BODY[:2]
    assert get({}, limit=50).data == BODY


def test_every_answer_says_what_it_is() -> None:
    for headers in ({}, {"Range": "bytes=0-1"}):
        answer = get(headers)
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["ETag"] == ETAG
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"] == "video/mp4"
        assert answer.headers["Last-Modified"] == "Sun, 01 Mar 2026 12:00:00 GMT"


def test_head_tells_the_size_and_ignores_the_range() -> None:
    answer = app_of(1000).test_client().head("/film", headers={"Range": "bytes=0-1"})
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "1000")
    assert answer.data == b""


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=-5", "bytes=7-9"])
def test_an_empty_file_has_no_ranges(asked: str) -> None:
    answer = get({"Range": asked}, size=0)
    assert (answer.status_code, answer.data) == (200, b"")


def test_reading_is_in_pieces_that_fit_memory() -> None:
    sizes: list[int] = []

    def read_at(_offset: int, size: int) -> bytes:
        sizes.append(size)
        return bytes(size)

    whole = 3 * PIECE_BYTES + 7
    assert len(app_of(whole, read_at).test_client().get("/film").data) == whole
    assert sizes == [PIECE_BYTES] * 3 + [7]


def test_a_short_read_is_gone_on_with() -> None:
    app = app_of(1000, lambda offset, size: read_body(offset, min(size, 300)))
    assert app.test_client().get("/film", headers={"Range": "bytes=1-"}).data == BODY[1:]


def test_a_file_that_ends_early_is_no_endless_answer() -> None:
    app = app_of(2000)
    with pytest.raises(CutShortError, match="ends at byte 1000"):
        app.test_client().get("/film").get_data()


def test_a_real_server_and_another_client_agree() -> None:
    server = make_server("127.0.0.1", 0, app_of(1000), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        link = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        link.request("GET", "/film", headers={"Range": "bytes=-3"})
        answer = link.getresponse()
        assert (answer.status, answer.read()) == (206, BODY[-3:])
        link.close()
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
