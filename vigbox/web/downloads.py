"""A browser download: one file of an export, plain in the answer, for who installs nothing.

What is given lies on the card sealed to the case and is opened piece by piece on its way out. It
leaves the box for good, onto a device where no lock and no erasure of the box reaches it: the gate
is asked again, it is in the case's books before the first byte, and it goes by a private line only.
"""

import mimetypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import Response, abort, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vigbox.casework import audit, order_grounds, orders
from vigbox.casework.desk import Desk
from vigbox.casework.order_wish import OrderError
from vigbox.casework.tables import ExportOrder
from vigbox.delivery import contents
from vigbox.delivery.contents import CONTENTS, ContentFile
from vigbox.delivery.outbox import BROWSER, Export, NoSuchExportError
from vigbox.errors import VigboxError
from vigbox.model import now_at
from vigbox.seal.identities import Identity
from vigbox.seal.opening import SeekableReader, open_bytes
from vigbox.web.order_making import disclose_order
from vigbox.web.ranges import range_response
from vigbox.web.services import Services
from vigbox.web.tablet import today

NOT_PRIVATE: Final = (
    "This browser reached the box over a line that others can read. Open the box's page with "
    "https, or export for a paired computer."
)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class File:
    """One file that this browser may have."""

    number: int
    name: str
    size_bytes: int


def is_private() -> bool:
    """Tell whether nobody between box and browser can read: HTTPS, or the same machine."""
    return request.is_secure or urlsplit(f"//{request.host}").hostname in _LOOPBACK


def files_of(at: Services, desk: Desk, order: ExportOrder) -> list[File]:
    """Give the files of an order that is ready for this browser; none when it cannot be read."""
    try:
        export = at.outbox.get(order.id, BROWSER)
        found = _contents(export, desk.case_identities(order.case_id))
    except (VigboxError, OSError):
        return []
    return [File(n, each.name, each.size_bytes) for n, each in enumerate(found, 1)]


def answer(at: Services, order: str, number: int) -> Response:
    """Give one file by range, and note that it leaves. Raises GateShutError, LockedError, OSError.

    Answers 403 on a line that is not private, 404 for what is not there any more.
    """
    if not is_private():
        abort(HTTPStatus.FORBIDDEN, _(NOT_PRIVATE))
    desk = at.desk()
    try:
        export = at.outbox.get(order, BROWSER)
    except NoSuchExportError:
        abort(404, _("This export is not on the box any more. Order it again."))
    with desk.session() as casework:
        case = _case(casework, order)
    files = _contents(export, desk.case_identities(case))
    if not 1 <= number <= len(files):
        abort(404, _("There is no such file in this export."))
    file = files[number - 1]
    part = _Part(desk, case, export.part_path(file.part))
    try:
        _note(at, desk, order, export)
    except BaseException:
        part.close()
        raise
    response = range_response(
        part.size,
        part.read_at,
        etag=f"{order}-{number}",
        mimetype=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
    )
    response.call_on_close(part.close)
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    response.headers["X-Accel-Buffering"] = "no"  # nginx shall keep none of it, not even a while
    return response


class _Part:
    """A sealed part that is read as long as the box is unlocked and the export is there."""

    def __init__(self, desk: Desk, case: str, path: Path) -> None:
        self._desk = desk
        self._case = case
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._reader = SeekableReader(
                self._pread, os.fstat(self._descriptor).st_size, desk.case_identities(case)
            )
        except BaseException:
            self.close()
            raise
        self.size = self._reader.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Read plain bytes. Raises LockedError, CaseGoneError, OrderError once it was erased."""
        self._desk.case_identities(self._case)
        if not self._path.exists():
            raise OrderError("this export was taken back while it was downloaded.")
        return self._reader.read_at(offset, size)

    def close(self) -> None:
        """Close its file."""
        os.close(self._descriptor)

    def _pread(self, offset: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, offset)


def _case(casework: Session, order: str) -> str:
    found = casework.get(ExportOrder, order)
    if found is None or found.state != orders.MADE or found.machine:
        abort(404, _("This export is not on the box any more. Order it again."))
    return found.case_id


def _note(at: Services, desk: Desk, order: str, export: Export) -> None:
    """Ask the gate again, and keep that it leaves: before the first byte, once for an order."""
    on = today(at)
    with desk.session() as casework:
        found = casework.get_one(ExportOrder, order)
        consents = order_grounds.judged(casework, found, on)
        if request.method != "GET":
            return
        if not found.downloaded_at:
            found.downloaded_at = now_at()
            disclose_order(casework, found, export.manifest, consents)
        if _from_start():
            audit.note(casework, "downloaded in the browser", order, found.case_id)


def _from_start() -> bool:
    wanted = request.headers.get("Range", "")
    return not wanted or wanted.replace(" ", "").startswith("bytes=0-")


def _contents(export: Export, identities: Sequence[Identity]) -> tuple[ContentFile, ...]:
    sealed = export.part_path(CONTENTS).read_bytes()
    return contents.parse(open_bytes(sealed, identities)).files
