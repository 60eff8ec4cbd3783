"""What the export page offers: clips by their recording, what for, and what is missing for that."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.covering import ASK_OR_COVER, ASK_OR_LEAVE_OUT, is_covered
from vigbox.casework.cycles import cycles_of
from vigbox.casework.export_gate import KEPT, WHAT_FOR, rests_on
from vigbox.casework.masks import hidden_in
from vigbox.casework.progress import CHOSEN
from vigbox.casework.tables import Case, Clip, Filmed
from vigbox.errors import VigboxError
from vigbox.web.sentences import told
from vigbox.web.services import Services


@dataclass(frozen=True, slots=True)
class Shelf:
    """A recording's clips as the page offers them."""

    recording: str
    started_at: str
    cycle: int
    clips: Sequence[Clip]
    covered: Mapping[str, frozenset[int]]
    """Whose faces are hidden, by the id of each clip whose masks somebody looked at."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One thing an export may be for.

    ``shut`` says what is missing, by the id of each clip; by that of a recording, for all of it.
    """

    key: str
    title: str
    shut: str


def purpose_words() -> dict[str, str]:
    """Give the words of what an export may be for, in the page's language."""
    return {
        KEPT: _("Kept for the work with this family"),
        "shared review": _("Shared review"),
        "supervision": _("Supervision"),
        "intervision": _("Intervision"),
        "training": _("Training or presentations"),
        "keepsake": _("Keepsake for the family"),
        "research": _("Research"),
    }


def shelves_of(at: Services, casework: Session, case: Case) -> Iterator[Shelf]:
    """Give a case's recordings that have clips, the newest first, without what is in the bin."""
    films = [each for each in at.manifests.listed() if each.case == case.id]
    numbers = {each.id: each.number for each in cycles_of(casework, case)}
    for film in films[::-1]:
        if film.recording in at.binned:
            continue
        of_it = select(Clip).where(Clip.recording == film.recording)
        clips = casework.scalars(of_it.order_by(Clip.position, Clip.first)).all()
        filmed = casework.get(Filmed, film.recording)
        if clips:
            cycle = numbers.get(filmed.cycle_id, 0) if filmed else 0
            masked = (each for each in clips if is_covered(casework, each))
            covered = {each.id: hidden_in(casework, each) for each in masked}
            yield Shelf(film.recording, film.started_at, cycle, clips, covered)


def ticked(shelves: Sequence[Shelf]) -> set[str]:
    """Give the clips that are chosen to begin with: those asked for, else the newest chosen."""
    if request.method == "POST":
        return set(request.form.getlist("clip"))
    if wanted := set(request.args.getlist("clip")):
        return wanted
    recording = request.args.get("recording")
    for each in shelves:
        if recording in (None, each.recording):
            return {clip.id for clip in each.clips if clip.state in CHOSEN}
    return set()


def purposes_of(
    casework: Session, case: Case, shelves: Sequence[Shelf], on: date
) -> Iterator[Purpose]:
    """Give every purpose, with what is missing for it ``on`` a day."""
    words = purpose_words()
    for key in WHAT_FOR:
        gate = _Gate(casework, case, key, on)
        shut = {}
        for each in shelves:
            shut[each.recording] = gate.shut(each.recording, frozenset(), ASK_OR_LEAVE_OUT)
            for clip in each.clips:
                hidden = each.covered.get(clip.id, frozenset())
                shut[clip.id] = gate.shut(each.recording, hidden, ASK_OR_COVER)
        is_shut = {name: why for name, why in shut.items() if why}
        yield Purpose(key, words[key], json.dumps(is_shut))


@dataclass(slots=True)
class _Gate:
    """What one purpose needs, asked once for all clips that hide the same people."""

    casework: Session
    case: Case
    purpose: str
    on: date
    known: dict[tuple[str, frozenset[int], str], str] = field(default_factory=dict)

    def shut(self, recording: str, hidden: frozenset[int], way: str) -> str:
        """Give why it is shut, as the page tells it; empty while it is open."""
        about = recording, hidden, way
        if about not in self.known:
            self.known[about] = self._asked(recording, hidden, way)
        return self.known[about]

    def _asked(self, recording: str, hidden: frozenset[int], way: str) -> str:
        try:
            rests_on(
                self.casework,
                self.case,
                recording,
                self.purpose,
                self.on,
                hidden=hidden,
                way=way,
            )
        except VigboxError as error:
            sentence = told(str(error))
            return sentence[:1].upper() + sentence[1:]
        return ""
