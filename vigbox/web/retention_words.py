"""How long something is kept, in quiet words, for the case and for each of its recordings."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vigbox.casework.retention import MODES, held
from vigbox.casework.tables import Case
from vigbox.web.binned import retention_of
from vigbox.web.services import Services
from vigbox.web.words import day


def kept(at: Services, casework: Session, case: Case | None) -> str:
    """Say how long a case's films are kept; nothing for a case that is not known or is gone."""
    if case is None or case.state in {"withdrawing", "erased"}:
        return ""
    is_held, settled = bool(held(casework, [case.id])), retention_of(at)
    if is_held:
        return str(_("kept for now: on legal hold"))
    due = settled.due_on(case, is_held=False)
    if due is not None:
        return str(_("kept until %(day)s", day=day(due)))
    if settled.mode != MODES[0]:
        return str(_("kept as part of the record"))
    return str(_("kept while the case is open, and %(days)s days after", days=settled.days))
