"""Fetch one part: resume after every drop, in bounded memory, and keep it only when it is right.

HTTP ranges as in RFC 9110, section 14: ``Range`` with ``If-Range`` and the part's hash as the
strong ETag, so that bytes of two different parts never meet in one file.
"""

import os
from collections.abc import Callable
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from typing import Final

import urllib3

from vigbox.companion.link import BoxUnreachableError, Link
from vigbox.companion.verify import VerifyError, verify_part
from vigbox.delivery.manifest import Part
from vigbox.store import durable

PIECE_BYTES: Final = 256 * 1024
PARTIAL: Final = ".part"
MOST_FRUITLESS: Final = 6
"""So many connections in a row may bring nothing; then the box counts as gone."""
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
    negative number when a part starts again. Raises BoxUnreachableError (what arrived stays for
    the next time), BoxRefusedError, VerifyError (nothing stays), OSError.
    """
    whole = folder / part.name
    if whole.exists():
        return whole
    partial = folder / (part.name + PARTIAL)
    _fetch(_Fetch(link, f"/api/exports/{export_id}/{part.name}", part, partial, advance), wait)
    try:
        verify_part(partial, part)
    except VerifyError:
        partial.unlink()
        raise
    partial.replace(whole)
    durable.sync_folder(folder)
    return whole


def kept_bytes(part: Part, folder: Path) -> int:
    """Tell how many bytes of a part are on this machine already."""
    for name in (part.name, part.name + PARTIAL):
        if (folder / name).exists():
            return min((folder / name).stat().st_size, part.size_bytes)
    return 0


def _fetch(fetch: "_Fetch", wait: Callable[[float], None]) -> None:
    fruitless = 0
    while fetch.is_short():
        before = fetch.have_bytes()
        try:
            fetch.go_on()
        except BoxUnreachableError:
            fruitless = 0 if fetch.have_bytes() > before else fruitless + 1
            if fruitless >= MOST_FRUITLESS:
                raise
            wait(min(0.5 * 2**fruitless, _LONGEST_WAIT_S))


class _Fetch:
    """One part under way; its partial file is the only state."""

    def __init__(
        self, link: Link, path: str, part: Part, partial: Path, advance: Callable[[int], None]
    ) -> None:
        self._link = link
        self._path = path
        self._part = part
        self._partial = partial
        self._advance = advance

    def have_bytes(self) -> int:
        return self._partial.stat().st_size if self._partial.exists() else 0

    def is_short(self) -> bool:
        """Tell whether bytes are missing; what is too long cannot be ours and goes."""
        if self.have_bytes() > self._part.size_bytes:
            self._partial.unlink()
        return self.have_bytes() < self._part.size_bytes

    def go_on(self) -> None:
        """Fetch what is missing over one connection. Raises BoxUnreachableError when it drops."""
        have = self.have_bytes()
        with (
            self._link.stream("GET", self._path, self._range(have)) as answer,
            self._partial.open("ab", buffering=0) as file,
        ):
            goes_on = self._goes_on(answer, have)
            if have and not goes_on:
                file.truncate(0)
                self._advance(-have)
            if not goes_on and answer.status != HTTPStatus.OK:
                raise BoxUnreachableError(f"the box answered oddly when asked for {self._path}")
            self._keep(answer, file)

    def _range(self, have: int) -> dict[str, str]:
        if have == 0:
            return {}
        return {"Range": f"bytes={have}-", "If-Range": f'"{self._part.sha256}"'}

    def _goes_on(self, answer: urllib3.BaseHTTPResponse, have: int) -> bool:
        """Tell whether the answer goes on where we are; a 200 is the part from its start."""
        total = self._part.size_bytes
        return (
            answer.status == HTTPStatus.PARTIAL_CONTENT
            and answer.headers.get("Content-Range") == f"bytes {have}-{total - 1}/{total}"
        )

    def _keep(self, answer: urllib3.BaseHTTPResponse, file: FileIO) -> None:
        self._append(answer, file)
        os.fsync(file.fileno())

    def _append(self, answer: urllib3.BaseHTTPResponse, file: FileIO) -> None:
        missing = self._part.size_bytes - self.have_bytes()
        # read1 gives what has arrived, so that a drop loses none of it.
        while missing and (piece := answer.read1(min(PIECE_BYTES, missing))):
            durable.write_all(file.fileno(), piece)
            self._advance(len(piece))
            missing -= len(piece)
        if missing:
            raise BoxUnreachableError(f"the connection dropped while fetching {self._part.name}")
