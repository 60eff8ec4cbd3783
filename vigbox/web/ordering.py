"""Orders as the pages give them: place, cancel, try again, withdraw; and settle at an unlock."""

from collections.abc import Callable
from typing import Final

from flask import abort
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit, orders
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import forget_export, is_verified
from vigbox.casework.orders import ForWhom, Wish
from vigbox.casework.practice import ExportOrder
from vigbox.casework.tables import Case
from vigbox.errors import VigboxError
from vigbox.web.outgoing import learn_fetched
from vigbox.web.services import Services
from vigbox.web.tablet import box_time

_GONE: Final = ("withdrawing", "erased")


class NotMadeError(VigboxError):
    """An export that somebody waits for could not be made; the text says why."""


def place(at: Services, desk: Desk, case: str, wish: Wish, whom: ForWhom) -> str:
    """Order an export, and let it be made; gives its id.

    Raises OrderError, and GateShutError that says which consent is missing, before anything is
    made.
    """
    on = box_time(at).date()
    with desk.session() as casework:
        found = casework.get(Case, case)
        if found is None or found.state in _GONE:
            abort(404, _("There is no such case, or the family took it back."))
        order = orders.place(casework, found, wish, whom, on).id
    at.orders.begin(at, desk)
    return order


def await_made(at: Services, desk: Desk, order: str, timeout_s: float) -> None:
    """Wait for an export for a moment; it goes on by itself. Raises :class:`NotMadeError`."""
    at.orders.wait(order, timeout_s)
    with desk.session() as casework:
        found = casework.get(ExportOrder, order)
        if found is not None and found.state == orders.FAILED:
            raise NotMadeError(found.why)


def cancel(at: Services, desk: Desk, order: str) -> str:
    """End an order before it is made, in the middle if need be; gives its case."""
    case = _change(desk, order, orders.cancel)
    at.orders.drop(order)
    return case


def again(at: Services, desk: Desk, order: str) -> str:
    """Try an order again that failed or was cancelled; gives its case."""
    on = box_time(at).date()
    case = _change(desk, order, lambda casework, found: orders.again(casework, found, on))
    at.orders.begin(at, desk)
    at.orders.again(order)
    return case


def withdraw(at: Services, desk: Desk, order: str) -> str:
    """Take an export away that waits on the box; gives its case."""
    learn_fetched(at, desk)
    return _change(
        desk, order, lambda casework, found: orders.take_back(casework, found, at.erase_export)
    )


def settle_orders(at: Services, desk: Desk) -> None:
    """Set right, after an unlock, what a cut left of orders, and erase what was downloaded.

    An order that was noted as made, and never appeared, is made again. Raises OSError.
    """
    with desk.session() as casework:
        made = select(ExportOrder).where(ExportOrder.state == orders.MADE)
        for order in casework.scalars(made):
            if order.downloaded_at:
                at.erase_export(order.id)
                forget_export(casework, order.id)
                audit.note(casework, "export erased: it was downloaded", order.id, order.case_id)
            elif not is_verified(casework, order.id) and not at.outbox.has(order.id):
                orders.forget_made(casework, order)


def _change(desk: Desk, order: str, change: Callable[[Session, ExportOrder], None]) -> str:
    with desk.session() as casework:
        found = casework.get(ExportOrder, order)
        if found is None:
            abort(404, _("There is no such export. It may have been erased."))
        change(casework, found)
        return found.case_id
