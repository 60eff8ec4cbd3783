"""Recordings as their list shows them: the parts of one press in a row, some rows a page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from sqlalchemy import select

from vigbox.casework.clips import clip_counts
from vigbox.casework.filmed import settle_filmed
from vigbox.casework.retention import days_of
from vigbox.casework.tables import Case, Filmed
from vigbox.web import binned
from vigbox.web.parts import Parts
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.services import Services

ROWS = 60
"""So many presses are listed on one page."""


@dataclass(frozen=True, slots=True)
class Row:
    """The recordings of one press as the list shows them."""

    parts: Parts
    code: str
    clips: int
    length_ns: int
    is_running: bool
    is_asked: bool
    """Whether the family was not asked yet: happy to keep this?"""
    kept_until: date | None


def start_of(every: list[Parts], before: str) -> int:
    """Give where the rows behind a recording begin; at the top when it is not there any more."""
    return next((n + 1 for n, each in enumerate(every) if each.first.recording == before), 0)


def rows_of(at: Services, shown: list[Parts]) -> list[Row]:
    """Give the rows of some presses; films that were not noted yet are noted now."""
    try:
        status = at.recorder.ask(do="status")
    except RecorderGoneError:
        status = {}
    running, running_ns = status.get("recording"), int(status.get("length_ns", 0))
    with at.desk().session() as casework:
        ids = {each.first.case for each in shown}
        cases = {each.id: each for each in casework.scalars(select(Case).where(Case.id.in_(ids)))}
        days = days_of(casework, binned.retention_of(at), cases.values())
        recordings = [one.recording for each in shown for one in each.manifests]
        clips = clip_counts(casework, recordings)
        filmed = settle_filmed(casework, (one for each in shown for one in each.manifests))
        asked = {key for key, each in filmed.items() if _is_unanswered(each)}
    return [_row(each, cases, days, clips, asked, running, running_ns) for each in shown]


def _is_unanswered(filmed: Filmed) -> bool:
    return not filmed.kept_at and not filmed.binned_at


def _row(  # what a row shows
    parts: Parts,
    cases: Mapping[str, Case],
    days: Mapping[str, date],
    clips: Mapping[str, int],
    asked: Collection[str],
    running: str | None,
    running_ns: int,
) -> Row:
    is_running = running in {each.recording for each in parts.manifests}
    length_ns = sum(each.length_ns for each in parts.manifests if each.recording != running)
    return Row(
        parts,
        code=case.code if (case := cases.get(parts.first.case)) else gettext("unknown"),
        kept_until=days.get(parts.first.case),
        clips=sum(clips.get(each.recording, 0) for each in parts.manifests),
        length_ns=length_ns + (running_ns if is_running else 0),
        is_running=is_running,
        is_asked=not is_running and any(one.recording in asked for one in parts.manifests),
    )
