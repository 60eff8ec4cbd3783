"""Fetch one part: resume after every drop, in bounded memory, and keep it only when it is right.

HTTP ranges as in RFC 9110, section 14: ``Range`` with ``If-Range`` and the part's hash as the
strong ETag, so that bytes of two different parts never meet in one file. One request goes on to
the end of what is missing; every 8 MiB of it are hashed as they come (:mod:`.partial`).
"""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final

import urllib3

from vigbox.companion.link import BoxUnreachableError, Link, OtherBoxError, WrongTimeError
from vigbox.companion.partial import Partial
from vigbox.companion.verify import VerifyError
from vigbox.delivery.manifest import PIECE_BYTES, Part
from vigbox.store import durable

READ_BYTES: Final = 256 * 1024
PARTIAL: Final = ".part"
MOST_FRUITLESS: Final = 20
"""So many connections in a row may bring nothing, some two minutes: a box restarts in less."""
_LONGEST_WAIT_S: Final = 8.0


def pull_part(
    link: Link,
    export_id: str,
    part: Part,
    folder: Path,
    *,
    wait: Callable[[float], None],
    advance: Callable[[int], None],
) -> Path:
    """Give the part's whole, verified file in ``folder``; what is there already is not fetched.

    ``wait(seconds)`` is called between connections, ``advance(bytes)`` for what arrives, with a
    negative number for a piece that was spoilt. Raises BoxUnreachableError, BoxRefusedError,
    VerifyError, OSError; what was right stays for the next time.
    """
    whole, partial = folder / part.name, folder / (part.name + PARTIAL)
    if whole.exists():
        # not taken at its word: the disk may have changed it, or the box what it offers
        whole.replace(partial)
    with Partial(partial, part) as kept:
        here = kept_bytes(part, folder)
        kept.look()
        if here != kept.here_bytes:
            advance(kept.here_bytes - here)
        _fill(_Fetch(link, f"/api/exports/{export_id}/{part.name}", part, kept, advance), wait)
        is_right = kept.finish()
    if not is_right:
        partial.unlink()
        raise VerifyError(
            f"part {part.name} is not what the box signed, so it was removed; sync again, and "
            "make the export again on the box when that does not help"
        )
    partial.replace(whole)
    durable.sync_folder(folder)
    return whole


def kept_bytes(part: Part, folder: Path) -> int:
    """Tell how many bytes of a part are on this machine already, right or spoilt."""
    for name in (part.name, part.name + PARTIAL):
        if (folder / name).exists():
            return min((folder / name).stat().st_size, part.size_bytes)
    return 0


def _fill(fetch: "_Fetch", wait: Callable[[float], None]) -> None:
    fruitless = 0
    while fetch.is_short():
        before = fetch.arrived_bytes
        try:
            fetch.go_on()
        except (OtherBoxError, WrongTimeError):
            raise  # the next connection brings no more
        except BoxUnreachableError:
            fruitless = 0 if fetch.arrived_bytes > before else fruitless + 1
            if fruitless >= MOST_FRUITLESS:
                raise
            wait(min(0.5 * 1.5**fruitless, _LONGEST_WAIT_S))


class _Fetch:
    """One part under way."""

    def __init__(
        self, link: Link, path: str, part: Part, kept: Partial, advance: Callable[[int], None]
    ) -> None:
        self._link = link
        self._path = path
        self._part = part
        self._kept = kept
        self._advance = advance
        self.arrived_bytes = 0

    def is_short(self) -> bool:
        return self._kept.gap() is not None

    def go_on(self) -> None:
        """Fetch the first gap over one connection. Raises BoxUnreachableError when it drops."""
        start, end = self._kept.gap() or (0, 0)
        asked = {"Range": f"bytes={start}-{end - 1}", "If-Range": f'"{self._part.sha256}"'}
        with self._link.stream("GET", self._path, asked) as answer:
            self._check(answer, f"bytes {start}-{end - 1}/{self._part.size_bytes}")
            while start < end:
                start += self._take(answer, start, end)

    def _check(self, answer: urllib3.BaseHTTPResponse, asked: str) -> None:
        """Refuse what is not the range that was asked for, of the part that was signed."""
        etag = answer.headers.get("ETag")
        if etag is not None and etag != f'"{self._part.sha256}"':
            raise VerifyError(
                f"part {self._part.name} was changed on the box while it was fetched; sync again"
            )
        is_asked = answer.headers.get("Content-Range") == asked
        if etag is None or answer.status != HTTPStatus.PARTIAL_CONTENT or not is_asked:
            raise BoxUnreachableError(f"the box answered oddly when asked for {self._path}")

    def _take(self, answer: urllib3.BaseHTTPResponse, start: int, end: int) -> int:
        """Keep what has arrived, so that a drop loses none of it; gives how much."""
        most = min(READ_BYTES, end - start, PIECE_BYTES - start % PIECE_BYTES)
        data = answer.read1(most)
        if not data:
            raise BoxUnreachableError(f"the connection dropped while fetching {self._part.name}")
        self.arrived_bytes += len(data)
        before = self._kept.here_bytes
        try:
            self._kept.put(start, data)
        finally:
            self._advance(len(data))
            lost = before + len(data) - self._kept.here_bytes
            if lost:
                self._advance(-lost)
        return len(data)
