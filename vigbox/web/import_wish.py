"""What a page wishes to add: which film, to which case; begun, or gone on with."""

import hashlib
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from vigbox.casework import imports
from vigbox.casework.desk import Desk
from vigbox.casework.imports import Import
from vigbox.casework.tables import Case
from vigbox.errors import VigboxError
from vigbox.media.bubble import READING
from vigbox.model import new_id, now_at
from vigbox.web.arriving import check_room
from vigbox.web.services import Services

GB: Final = 1_000_000_000
GONE: Final = ("withdrawing", "erased")


class ImportRefusedError(VigboxError):
    """A film from elsewhere cannot be added like that."""


def begun(at: Services, desk: Desk, wish: dict[str, Any]) -> Import:
    """Begin an upload, or give the one of the same file for the same case.

    Raises :class:`ImportRefusedError`, what the walls, the room and the case's key raise.
    """
    size, key = _checked_size(at, wish), _key_of(at, wish)
    with desk.session() as casework:
        at.importing.settle(casework)
        mine = [each for each in imports.every(casework) if each.by == desk.me.id]
        shut = shut_of(casework, str(wish.get("case")))
    if shut:
        raise ImportRefusedError(shut)
    for each in mine:
        if each.state in ("uploading", "preparing") and each.key == key:
            return each
    if any(each.state == "uploading" for each in mine):
        raise ImportRefusedError(
            "Another film is on its way in. Let it end, go on with it, or let it be."
        )
    return _new(at, desk, str(wish.get("case")), key, size, _day(wish.get("made_on")))


def _checked_size(at: Services, wish: dict[str, Any]) -> int:
    size, most_gb = wish.get("size"), at.settings.largest_import_gb
    if wish.get("agreed") is not True:
        raise ImportRefusedError(
            "Everybody in the film must have agreed to it being used for this work."
        )
    if type(size) is not int or size <= 0:
        raise ImportRefusedError("The file is empty. Choose the film itself.")
    if size > most_gb * GB:
        raise ImportRefusedError(f"The file is larger than {most_gb} GB. Cut or save it smaller.")
    return size


def _key_of(at: Services, wish: dict[str, Any]) -> str:
    """Tell one file for one case from every other."""
    name, size, case = wish.get("name", ""), wish.get("size"), wish.get("case")
    file = f"{at.public.box}|{name}|{size}|{wish.get('modified')}|{case}"
    return hashlib.sha256(file.encode("utf-8", "replace")).hexdigest()


def shut_of(casework: Session, case: str) -> str:
    """Say why nothing is added to a case now; nothing when it is open, or not known at all."""
    found = casework.get(Case, case)
    if found is None or found.state == "open":
        return ""
    if found.state in GONE:
        return "The family took this case back: nothing is added to it."
    return (
        f"{found.code} is {found.state}: no film is added to it. Open it again on its page, then "
        "choose the film again; what is here of it is kept for a week."
    )


def _new(at: Services, desk: Desk, case: str, key: str, size: int, made_on: str) -> Import:
    at.walls.check(READING)
    check_room(at.layout, at.settings, size)
    with desk.session() as casework:
        found = casework.get(Case, case)
        if found is None:
            raise ImportRefusedError("Choose the case that the film belongs to.")
        recipient = found.recipient
    desk.case_identities(case)  # who cannot open the case adds nothing to it
    begun = Import(new_id(), case, recipient, desk.me.id, key, size, made_on, now_at())
    with desk.session() as casework:
        imports.begin(casework, begun)
    return begun


def _day(text: object) -> str:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        raise ImportRefusedError("Say on which day the film was made.") from None
    return day.isoformat()
