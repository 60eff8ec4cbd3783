from __future__ import annotations

import hashlib
import random
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3
from flask import Flask, Response, request
from werkzeug.serving import make_server

from vigbox.companion.link import BoxUnreachableError, Link
from vigbox.companion.pull import MOST_FRUITLESS, kept_bytes, pull_part
from vigbox.companion.verify import VerifyError
from vigbox.delivery.manifest import PIECE_BYTES, Part
from vigbox.delivery.part_hash import PartHash
from vigbox.web.ranges import range_response

DATA = random.Random(7).randbytes(300_000)
EXPORT = "1" * 32


def part_of(data: bytes = DATA) -> Part:
    found = PartHash()
    found.update(data)
    return found.part("clip.age")


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

    def spoilt(self, *places: int) -> Callable[[], Response]:
        """Answer with some bytes changed on the way."""

        def answer() -> Response:
            whole = self.honest()
            start = whole.content_range.start or 0
            data = bytearray(self.data[start : whole.content_range.stop])
            for each in places:
                if start <= each < start + len(data):
                    data[each - start] ^= 1
            whole.response = [bytes(data)]
            return whole

        return answer

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


ALL = "bytes=0-299999"
LONG = random.Random(9).randbytes(3 * PIECE_BYTES + 1000)


def test_a_part_is_fetched_whole_under_its_name(pull: Pull, tmp_path: Path) -> None:
    assert pull(part_of()).read_bytes() == DATA
    assert names(tmp_path) == ["clip.age"]
    assert sum(pull.advances) == len(DATA)
    assert pull.source.asked == [ALL]


def test_what_is_there_already_is_not_fetched(pull: Pull) -> None:
    pull(part_of())
    pull(part_of())
    assert len(pull.source.asked) == 1


def test_dropped_connections_are_gone_on_from_the_last_byte(source: Source, pull: Pull) -> None:
    source.answers = [source.cut_after(size) for size in (100_000, 1, 50_000)]
    assert pull(part_of()).read_bytes() == DATA
    starts = [int(re.findall(r"\d+", each or "")[0]) for each in source.asked]
    assert starts == [0, 100_000, 100_001, 150_001]
    assert sum(pull.advances) == len(DATA)
    assert pull.waits == [0.5, 0.5, 0.5]


def test_connections_that_bring_nothing_are_waited_for_two_minutes_and_given_up(
    source: Source, pull: Pull, tmp_path: Path
) -> None:
    source.answers = [source.cut_after(10)] + [source.cut_after(0)] * 40
    with pytest.raises(BoxUnreachableError):
        pull(part_of())
    assert pull.waits[:4] == [0.5, 0.75, 1.125, 1.6875]
    assert pull.waits[-1] == 8
    assert len(pull.waits) == MOST_FRUITLESS
    assert 110 < sum(pull.waits) < 180
    assert kept_bytes(part_of(), tmp_path) == 10
    source.answers = []
    assert pull(part_of()).read_bytes() == DATA
    assert source.asked[-1] == "bytes=10-299999"


def test_a_connection_that_hangs_is_given_up_and_gone_on_from(source: Source, pull: Pull) -> None:
    over = threading.Event()

    def hanging() -> Response:
        whole = source.honest()

        def pieces() -> Iterator[bytes]:
            yield DATA[:1000]
            over.wait(20)

        whole.response = pieces()
        return whole

    source.answers = [hanging]
    source.link._pool.connection_pool_kw["timeout"] = urllib3.Timeout(3)
    assert pull(part_of()).read_bytes() == DATA
    over.set()
    assert source.asked == [ALL, "bytes=1000-299999"]


def test_a_spoilt_piece_is_fetched_again_and_no_other(source: Source, pull: Pull) -> None:
    source.data = LONG
    source.answers = [source.spoilt(PIECE_BYTES + 5)]
    assert pull(part_of(LONG)).read_bytes() == LONG
    assert source.asked == [
        f"bytes=0-{len(LONG) - 1}",
        f"bytes={PIECE_BYTES}-{2 * PIECE_BYTES - 1}",
    ]
    assert sum(pull.advances) == len(LONG)
    assert pull.waits == []


def test_a_piece_that_stays_spoilt_is_told_and_the_right_ones_are_kept(
    source: Source, pull: Pull, tmp_path: Path
) -> None:
    source.data = LONG
    source.answers = [source.spoilt(5), source.spoilt(5)]
    with pytest.raises(VerifyError, match=r"piece 1 of part clip\.age is not what the box signed"):
        pull(part_of(LONG))
    assert names(tmp_path) == ["clip.age.part"]
    assert sum(pull.advances) == len(LONG) - PIECE_BYTES
    source.asked.clear()
    assert pull(part_of(LONG)).read_bytes() == LONG
    assert source.asked == [f"bytes=0-{PIECE_BYTES - 1}"]


@pytest.mark.parametrize("name", ["clip.age", "clip.age.part"])
def test_what_the_disk_spoilt_meanwhile_is_found_and_fetched_again(
    source: Source, pull: Pull, name: str
) -> None:
    source.data = LONG
    on_disk = bytearray(LONG)
    on_disk[PIECE_BYTES + 7] ^= 1
    on_disk[-1] ^= 1
    (pull.folder / name).write_bytes(on_disk)
    assert pull(part_of(LONG)).read_bytes() == LONG
    assert source.asked == [
        f"bytes={PIECE_BYTES}-{2 * PIECE_BYTES - 1}",
        f"bytes={3 * PIECE_BYTES}-{len(LONG) - 1}",
    ]
    assert kept_bytes(part_of(LONG), pull.folder) == len(LONG)


def test_a_tail_of_zeros_that_a_power_cut_left_costs_one_piece(source: Source, pull: Pull) -> None:
    source.data = LONG
    (pull.folder / "clip.age.part").write_bytes(LONG[: PIECE_BYTES + 1000] + bytes(5000))
    assert pull(part_of(LONG)).read_bytes() == LONG
    assert source.asked == [
        f"bytes={PIECE_BYTES + 6000}-{len(LONG) - 1}",
        f"bytes={PIECE_BYTES}-{2 * PIECE_BYTES - 1}",
    ]


def test_a_part_that_changed_on_the_box_is_told_and_nothing_of_both_meets(
    source: Source, pull: Pull, tmp_path: Path
) -> None:
    part = part_of()
    source.answers = [source.cut_after(1000)]

    def change(_seconds: float) -> None:
        source.data = random.Random(8).randbytes(len(DATA))

    with pytest.raises(VerifyError, match="changed on the box"):
        pull_part(source.link, EXPORT, part, tmp_path, wait=change, advance=pull.advances.append)
    assert names(tmp_path) == ["clip.age.part"]
    assert (tmp_path / "clip.age.part").read_bytes() == DATA[:1000]


def test_what_was_whole_under_another_manifest_is_not_taken_for_this_one(pull: Pull) -> None:
    (pull.folder / "clip.age").write_bytes(random.Random(8).randbytes(len(DATA)))
    assert pull(part_of()).read_bytes() == DATA


def test_another_range_than_asked_for_is_not_kept(source: Source, pull: Pull) -> None:
    (pull.folder / "clip.age.part").write_bytes(DATA[:1000])
    etag = {"ETag": f'"{part_of().sha256}"'}

    def other_range() -> Response:
        headers = {"Content-Range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}"}
        return Response(DATA, 206, headers | etag)

    source.answers = [
        other_range,
        lambda: Response(DATA, 200, etag),
        lambda: Response(DATA, 206, {"Content-Range": "bytes 1000-299999/300000"}),
        lambda: Response(status=416),
        source.cut_after(0),
    ]
    assert pull(part_of()).read_bytes() == DATA
    assert len(source.asked) == 6


@pytest.mark.parametrize("length", [len(DATA) + 1, len(DATA) * 2])
def test_a_partial_file_that_is_too_long_is_begun_again(pull: Pull, length: int) -> None:
    (pull.folder / "clip.age.part").write_bytes(b"x" * length)
    assert pull(part_of()).read_bytes() == DATA


def test_a_partial_file_that_is_whole_is_verified_without_asking(pull: Pull) -> None:
    (pull.folder / "clip.age.part").write_bytes(DATA)
    assert pull(part_of()).read_bytes() == DATA
    assert pull.source.asked == []


def test_pieces_that_fit_and_a_whole_that_does_not_leave_nothing(
    source: Source, pull: Pull, tmp_path: Path
) -> None:
    source.data = LONG
    honest = part_of(LONG)
    etag = honest.sha256[:-1] + ("0" if honest.sha256[-1] != "0" else "1")
    false = Part(honest.name, honest.size_bytes, etag, honest.pieces)

    def answer() -> Response:
        whole = source.honest()
        whole.headers["ETag"] = f'"{etag}"'
        whole.headers["Content-Range"] = f"bytes 0-{len(LONG) - 1}/{len(LONG)}"
        whole.status_code = 206
        return whole

    source.answers = [answer]
    with pytest.raises(VerifyError):
        pull(false)
    assert names(tmp_path) == []


def test_no_more_is_taken_than_was_asked_for(source: Source, pull: Pull) -> None:
    part = part_of(DATA[:1500])

    def endless() -> Response:
        answer = Response((DATA[at : at + 1000] for at in range(0, 1 << 40, 1000)), 206)
        answer.headers["ETag"] = f'"{part.sha256}"'
        answer.headers["Content-Range"] = "bytes 0-1499/1500"
        return answer

    source.answers = [endless]
    assert pull(part).read_bytes() == DATA[:1500]
    assert sum(pull.advances) == 1500
