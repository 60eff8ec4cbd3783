"""Orders as the export page lists them: where each stands, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from vigbox.casework import orders
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclosed, left_at
from vigbox.casework.order_wish import OrderError, Wish
from vigbox.casework.tables import ExportOrder
from vigbox.web import downloads
from vigbox.web.services import Services


@dataclass(frozen=True, slots=True)
class Row:
    """One order as the list shows it.

    ``standing`` is waiting, ready (for this browser), made (waits for its machine), fetched,
    downloaded, failed, cancelled, erased, or out: erased here after it had left.
    """

    order: ExportOrder
    made: Sequence[str]
    clips: int
    covered: int
    standing: str
    left_at: str


def rows_of(at: Services, casework: Session, case: str) -> list[Row]:
    """Give a case's orders as they stand, the newest first."""
    out = {each.export_id: left_at(each) for each in disclosed(casework, case) if each.export_id}
    return [_row(at, each, out.get(each.id, "")) for each in orders.of_case(casework, case)]


def _row(at: Services, order: ExportOrder, verified_at: str) -> Row:
    left = order.downloaded_at or verified_at
    try:
        wish = Wish.of(order)
    except OrderError:  # of a case that a colleague opens
        wish = Wish((), ())
    # its papers come a moment before it appears
    is_going = order.state == orders.MADE and at.orders.progress(order.id) is not None
    standing = orders.WAITING if is_going else _standing(order, left)
    return Row(order, wish.made, len(wish.clips), wish.covered, standing, left)


def files_of(at: Services, desk: Desk, row: Row) -> Sequence[downloads.File]:
    """Give what this browser may download of an order; nothing while it is not ready for it."""
    is_here = row.standing in ("ready", "downloaded")
    return downloads.files_of(at, desk, row.order) if is_here else ()


def _standing(order: ExportOrder, left: str) -> str:
    if order.state != orders.MADE:
        return order.state if order.state != orders.ERASED or not left else "out"
    if order.machine:
        return "fetched" if left else "made"
    return "downloaded" if left else "ready"


def facts_of(at: Services, row: Row) -> dict[str, Any]:
    """Give what the page's script follows: how far an order is."""
    going = at.orders.progress(row.order.id) if row.standing == orders.WAITING else None
    return {
        "id": row.order.id,
        "standing": row.standing,
        "progress": round(going.part, 3) if going else 0.0,
        "is_making": going is not None and not going.is_held,
        "is_held": going is not None and going.is_held,
    }
