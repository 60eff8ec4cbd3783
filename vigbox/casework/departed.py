"""Exports between the books and the outbox: which the books know, and which never appeared.

Rows are kept before an export appears, files go before its rows: what a cut leaves is found here.
"""

from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.disclosures import forget_export, waiting_exports
from vigbox.casework.orders import MADE, WAITING, forget_made
from vigbox.casework.tables import Disclosure, Export, ExportOrder, Supervision


def known(session: Session) -> set[str]:
    """Give the ids of exports that may be in the outbox: some case knows of them."""
    rows = (
        select(Disclosure.export_id),
        select(Export.id),
        select(Supervision.export_id),
        select(ExportOrder.id).where(ExportOrder.state.in_((WAITING, MADE))),
    )
    return {each for found in rows for each in session.scalars(found)}


def never_appeared(session: Session, is_coming: Callable[[str], bool]) -> list[str]:
    """Give the exports that should wait in the outbox and do not.

    ``is_coming`` tells of an id whether it is there, or made at this moment.
    """
    waits = {each.export_id for each in waiting_exports(session) if not each.sent_at}
    made = select(ExportOrder.id).where(ExportOrder.state == MADE)
    verified = select(Disclosure.export_id).where(Disclosure.verified_at != "")
    waits.update(session.scalars(made.where(ExportOrder.id.not_in(verified))))
    return sorted(each for each in waits if not is_coming(each))


def forget(session: Session, export_id: str) -> None:
    """Take back the rows of an export that never appeared; an order is to be made again."""
    order = session.get(ExportOrder, export_id)
    if order is not None and order.state == MADE:
        forget_made(session, order)
        return
    forget_export(session, export_id)
    packed = delete(Supervision).where(Supervision.export_id == export_id)
    session.execute(packed.where(Supervision.held_on == ""))
    audit.note(session, "export forgotten: it was cut before it was whole", export_id)
