"""Orders as the pages give them: place, cancel, try again, withdraw; and settle at an unlock."""

from collections.abc import Callable
from typing import Final

from flask import abort
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit, orders
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import forget_export, has_left
from vigbox.casework.export_erasure import take_back
from vigbox.casework.order_wish import ForWhom, Wish
from vigbox.casework.tables import Case, ExportOrder
from vigbox.errors import VigboxError
from vigbox.web.outgoing import learn_fetched
from vigbox.web.services import Services
from vigbox.web.tablet import today

_GONE: Final = ("withdrawing", "erased")


class NotMadeError(VigboxError):
    """An export that somebody waits for could not be made; the text says why."""


def place(at: Services, desk: Desk, case: str, wish: Wish, whom: ForWhom) -> str:
    """Order an export, and let it be made; gives its id.

    Raises OrderError, and GateShutError that says which consent is missing, before anything is
    made.
    """
    on = today(at)
    with desk.session() as casework:
        found = casework.get(Case, case)
        if found is None or found.state in _GONE:
            abort(404, _("There is no such case, or the family took it back."))
        shows_more = at.orders.shows_more(wish.made)
        order = orders.place(casework, found, wish, whom, on, shows_more=shows_more).id
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
    at.erase_export(order)
    return case


def again(at: Services, desk: Desk, order: str) -> str:
    """Try an order again that failed or was cancelled; gives its case."""
    on = today(at)
    case = _change(desk, order, lambda casework, found: orders.again(casework, found, on))
    at.orders.begin(at, desk)
    at.orders.again(order)
    return case


def withdraw(at: Services, desk: Desk, order: str) -> str:
    """Take an export away that waits on the box; gives its case."""
    learn_fetched(at, desk)
    return _change(desk, order, lambda casework, found: take_back(casework, found, at.erase_export))


def settle_orders(at: Services, desk: Desk) -> None:
    """Erase, after an unlock, what was downloaded; let be made what a cut kept from appearing.

    To be asked once it was learnt what machines have. Raises OSError.
    """
    with desk.session() as casework:
        for each in at.outbox.begun():
            found = casework.get(ExportOrder, each)
            if found is None or found.state not in (orders.WAITING, orders.MADE):
                at.erase_export(each)
        made = select(ExportOrder).where(ExportOrder.state == orders.MADE)
        for order in casework.scalars(made.where(ExportOrder.downloaded_at != "")):
            at.erase_export(order.id)
            forget_export(casework, order.id)
            audit.note(casework, "export erased: it was downloaded", order.id, order.case_id)
        for order in casework.scalars(made):
            # in this order: it is here before its making is over
            is_making = at.orders.is_making(order.id)
            if not is_making and not at.outbox.has(order.id) and not has_left(casework, order.id):
                orders.forget_made(casework, order)


def _change(desk: Desk, order: str, change: Callable[[Session, ExportOrder], None]) -> str:
    with desk.session() as casework:
        found = casework.get(ExportOrder, order)
        if found is None:
            abort(404, _("There is no such export. It may have been erased."))
        change(casework, found)
        return found.case_id
