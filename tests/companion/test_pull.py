from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from vigbox.companion.link import BoxUnreachableError, Link
from vigbox.companion.pull import MOST_FRUITLESS, kept_bytes, pull_part
from vigbox.companion.verify import VerifyError
from vigbox.delivery.manifest import Part
from vigbox.web.ranges import range_response

DATA = random.Random(7).randbytes(300_000)
EXPORT = "1" * 32


def part_of(data: bytes = DATA) -> Part:
    return Part("clip.age", len(data), hashlib.sha256(data).hexdigest())


class Source:
    """Answers as each test says, and remembers which ranges were asked for."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.answers: list[Callable[[], Response]] = []
        self.data = DATA
        app = Flask("source")
        app.add_url_rule(f"/api/exports/{EXPORT}/clip.age", view_func=self._answer)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        self.link = Link(f"http://127.0.0.1:{self._server.server_port}")

    def honest(self) -> Response:
        def read_at(offset: int, size: int) -> bytes:
            return self.data[offset : offset + size]

        sha256 = hashlib.sha256(self.data).hexdigest()
        return range_response(len(self.data), read_at, etag=sha256, mimetype="x/y")

    def cut_after(self, size: int) -> Callable[[], Response]:
        def answer() -> Response:
            whole = self.honest()
            start = whole.content_range.start or 0
            whole.response = [self.data[start : start + size]]
            return whole

        return answer

    def _answer(self) -> Response:
        self.asked.append(request.headers.get("Range"))
        return self.answers.pop(0)() if self.answers else self.honest()

    def close(self) -> None:
        with self.link:
            self._server.shutdown()
        self._thread.join(20)
        self._server.server_close()


@pytest.fixture
def source() -> Iterator[Source]:
    served = Source()
    yield served
    served.close()


class Pull:
    """One pull, and what it told."""

    def __init__(self, source: Source, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self.waits: list[float] = []
        self.advances: list[int] = []

    def __call__(self, part: Part) -> Path:
        return pull_part(
            self.source.link,
            EXPORT,
            part,
            self.folder,
            wait=self.waits.append,
            advance=self.advances.append,
        )


@pytest.fixture
def pull(source: Source, tmp_path: Path) -> Pull:
    return Pull(source, tmp_path)


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def test_a_part_is_fetched_whole_under_its_name(pull: Pull, tmp_path: Path) -> None:
    assert pull(part_of()).read_bytes() == DATA
    assert names(tmp_path) == ["clip.age"]
    assert sum(pull.advances) == len(DATA)
    assert pull.source.asked == [None]


def test_what_is_there_already_is_not_fetched(pull: Pull) -> None:
    pull(part_of())
    pull(part_of())
    assert len(pull.source.asked) == 1


def test_dropped_connections_are_gone_on_from_the_last_byte(source: Source, pull: Pull) -> None:
    source.answers = [source.cut_after(size) for size in (100_000, 1, 50_000)]
    assert pull(part_of()).read_bytes() == DATA
    assert source.asked == [None, "bytes=100000-", "bytes=100001-", "bytes=150001-"]
    assert sum(pull.advances) == len(DATA)
    assert pull.waits == [0.5, 0.5, 0.5]


def test_connections_that_bring_nothing_are_waited_for_longer_and_given_up(
    source: Source, pull: Pull, tmp_path: Path
) -> None:
    source.answers = [source.cut_after(10)] + [source.cut_after(0)] * 20
    with pytest.raises(BoxUnreachableError):
        pull(part_of())
    assert pull.waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0][:MOST_FRUITLESS]
    assert kept_bytes(part_of(), tmp_path) == 10
    source.answers = []
    assert pull(part_of()).read_bytes() == DATA
    assert source.asked[-1] == "bytes=10-"


def test_a_part_that_changed_meanwhile_starts_again(source: Source, pull: Pull) -> None:
    other = random.Random(8).randbytes(len(DATA))
    (pull.folder / "clip.age.part").write_bytes(other[:1000])
    source.data = DATA
    part = part_of()
    source.answers = [lambda: Response(DATA, headers={"ETag": f'"{part.sha256}"'})]
    assert pull(part).read_bytes() == DATA
    assert pull.advances[0] == -1000


def test_another_range_than_asked_for_is_not_kept(source: Source, pull: Pull) -> None:
    (pull.folder / "clip.age.part").write_bytes(DATA[:1000])

    def other_range() -> Response:
        headers = {"Content-Range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}"}
        return Response(DATA, 206, headers)

    source.answers = [other_range, lambda: Response(status=416), source.cut_after(0)]
    assert pull(part_of()).read_bytes() == DATA


@pytest.mark.parametrize("length", [len(DATA) + 1, len(DATA) * 2])
def test_a_partial_file_that_is_too_long_is_begun_again(pull: Pull, length: int) -> None:
    (pull.folder / "clip.age.part").write_bytes(b"x" * length)
    assert pull(part_of()).read_bytes() == DATA


def test_a_partial_file_that_is_whole_is_verified_without_asking(pull: Pull) -> None:
    (pull.folder / "clip.age.part").write_bytes(DATA)
    assert pull(part_of()).read_bytes() == DATA
    assert pull.source.asked == []


def test_a_wrong_hash_leaves_nothing(source: Source, pull: Pull, tmp_path: Path) -> None:
    source.data = DATA[:-1] + bytes([DATA[-1] ^ 1])
    with pytest.raises(VerifyError):
        pull(part_of())
    assert names(tmp_path) == []


def test_no_more_is_taken_than_was_signed(source: Source, pull: Pull, tmp_path: Path) -> None:
    def endless() -> Response:
        return Response(DATA[:1000] for _ in range(1_000_000))

    source.answers = [endless]
    with pytest.raises(VerifyError):
        pull(part_of(DATA[:1500]))
    assert names(tmp_path) == []
    assert sum(pull.advances) == 1500
