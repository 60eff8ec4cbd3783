"""The first steps after a set-up: picture and sound, the first case, and the box armed for it."""

from flask import Blueprint, render_template
from sqlalchemy import func, select

from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case
from vigbox.web.disarming import in_force
from vigbox.web.services import services

pages = Blueprint("first", __name__)


@pages.get("/first")
def page() -> str:
    """Show what comes next on a new box, and what is done of it."""
    at = services()
    with at.desk().session() as casework:
        case = casework.scalars(select(Case).order_by(Case.opened_at).limit(1)).first()
        return render_template("first.html", case=case, is_armed=in_force(at) is not None)


def is_first(desk: Desk) -> bool:
    """Tell whether no case was ever opened on this box."""
    with desk.session() as casework:
        return not casework.scalar(select(func.count()).select_from(Case))
