"""The journal of edits: whatever is done to a recording's marks and clips can be undone.

An edit holds the rows that changed, before and after, sealed under the case's own key: it lasts
across a reload and a lock, and its words are gone with the key. A new edit ends what could be done
again; the oldest are forgotten.
"""

import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from vigbox.casework.clips import remove_clip
from vigbox.casework.tables import Case, Clip, Edit, Export, Mark
from vigbox.casework.texts import seal_text
from vigbox.errors import VigboxError
from vigbox.model import now_at

MOST: Final = 200
"""How many edits of a recording are remembered."""

MOVED: Final = "clip moved"
"""What a step of an end is called: a burst of them is one edit."""

_ONE_BURST: Final = timedelta(seconds=2)
_TABLES: Final[dict[str, type[Clip | Mark]]] = {"clip": Clip, "mark": Mark}
_Facts = dict[str, Any]
_Rows = dict[str, _Facts]
EraseExport = Callable[[str], None]


class UndoError(VigboxError):
    """There is nothing to undo or to do again, or not for this practitioner."""


@contextlib.contextmanager
def noted(session: Session, case: Case, recording: str, what: str) -> Iterator[None]:
    """Note what the block changes of a recording's marks and clips as one edit.

    A block that changes nothing is no edit.
    """
    before, exports = _rows(session, recording), _exports(session, recording)
    yield
    after = _rows(session, recording)
    changed = [key for key in before | after if before.get(key) != after.get(key)]
    if not changed:
        return
    sides = [{key: side.get(key) for key in changed} for side in (before, after)]
    lost = exports - _exports(session, recording)
    edit = Edit(case_id=case.id, recording=recording, at=now_at(), what=what, lost_exports=lost)
    _join_steps(session, edit, sides)
    edit.sealed_change = seal_text(case.recipient, json.dumps(sides))
    _keep(session, edit)


def _join_steps(session: Session, edit: Edit, sides: list[dict[str, _Facts | None]]) -> None:
    """Let a step of an end go on with the one just before it: they are undone together."""
    before = last_done(session, edit.recording)
    is_step = before is not None and before.what == edit.what == MOVED
    if before is None or not is_step or last_undone(session, edit.recording) is not None:
        return
    apart = datetime.fromisoformat(edit.at) - datetime.fromisoformat(before.at)
    if not timedelta() <= apart <= _ONE_BURST or not before.change:
        return
    from_rows, to_rows = json.loads(before.change)
    if set(from_rows) == set(sides[1]) and to_rows == sides[0]:
        sides[0] = from_rows
        session.delete(before)


def _keep(session: Session, edit: Edit) -> None:
    edits = Edit.recording == edit.recording
    session.execute(delete(Edit).where(edits, Edit.is_undone))
    session.add(edit)
    session.flush()
    newest = select(Edit.id).where(edits).order_by(Edit.id.desc()).limit(MOST)
    session.execute(delete(Edit).where(edits, Edit.id.not_in(newest)))


def last_done(session: Session, recording: str) -> Edit | None:
    """Give the edit that would be undone."""
    found = select(Edit).where(Edit.recording == recording, Edit.is_undone.is_(False))
    return session.scalars(found.order_by(Edit.id.desc())).first()


def last_undone(session: Session, recording: str) -> Edit | None:
    """Give the edit that would be done again."""
    found = select(Edit).where(Edit.recording == recording, Edit.is_undone)
    return session.scalars(found.order_by(Edit.id)).first()


def undo(session: Session, recording: str, erase_export: EraseExport) -> str:
    """Undo the last edit; gives a sentence when not all of it came back, else nothing.

    Raises :class:`UndoError`, and what ``erase_export`` raises.
    """
    edit = last_done(session, recording)
    if edit is None:
        raise UndoError("There is nothing to undo.")
    told = _take(session, edit, 0, erase_export)
    edit.is_undone = True
    if edit.lost_exports:
        told = "The clip is back, without what was exported of it. Export it again."
    return told


def redo(session: Session, recording: str, erase_export: EraseExport) -> str:
    """Do again what was undone last; gives and raises as :func:`undo`."""
    edit = last_undone(session, recording)
    if edit is None:
        raise UndoError("There is nothing to do again.")
    told = _take(session, edit, 1, erase_export)
    edit.is_undone = False
    return told


def forget(session: Session, recording: str) -> None:
    """Erase a recording's marks and journal; its clips go on their own, with their exports."""
    for table in (Edit, Mark):
        session.execute(delete(table).where(table.recording == recording))


def _take(session: Session, edit: Edit, side: int, erase_export: EraseExport) -> str:
    try:
        rows: dict[str, _Facts | None] = json.loads(edit.change)[side]
    except ValueError:
        raise UndoError("Only who may open this case can undo that.") from None
    exports = _exports(session, edit.recording)
    for key, facts in rows.items():
        _put(session, key, facts, erase_export)
    session.flush()
    if _exports(session, edit.recording) < exports:
        return "What was exported of the clip went from this box with it."
    return ""


def _put(session: Session, key: str, facts: _Facts | None, erase_export: EraseExport) -> None:
    kind, _, name = key.partition("/")
    row = session.get(_TABLES[kind], name)
    if facts is None:
        if isinstance(row, Clip):
            remove_clip(session, row, erase_export)
        elif row is not None:
            session.delete(row)
        return
    if row is None:
        row = _TABLES[kind](id=name)
        session.add(row)
    for column, value in facts.items():
        sealed = column.startswith("sealed_")
        setattr(row, column, base64.b64decode(value) if sealed else value)


def _rows(session: Session, recording: str) -> _Rows:
    session.flush()
    found: dict[str, list[Clip] | list[Mark]] = {
        "clip": list(session.scalars(select(Clip).where(Clip.recording == recording))),
        "mark": list(session.scalars(select(Mark).where(Mark.recording == recording))),
    }
    return {f"{kind}/{row.id}": _facts(row) for kind, rows in found.items() for row in rows}


def _facts(row: Clip | Mark) -> _Facts:
    facts = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    plain = {
        key: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for key, value in facts.items()
    }
    return plain | ({"principle_keys": row.principle_keys} if isinstance(row, Clip) else {})


def _exports(session: Session, recording: str) -> int:
    found = select(func.count(Export.id)).join(Clip).where(Clip.recording == recording)
    return session.scalars(found).one()
