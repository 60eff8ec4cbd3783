"""Subject access: all that the box holds about one participant, and nothing of the others.

Others are told by their role, in texts as well. Somebody reads it before it is given away: a text
may tell of a person in other words.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.client_words import client_words
from vigbox.casework.consent import case_answers
from vigbox.casework.disclosures import disclosed, left_at
from vigbox.casework.others import Others
from vigbox.casework.tables import (
    AuditEvent,
    Case,
    Clip,
    Consent,
    Filmed,
    Participant,
    Visit,
)
from vigbox.errors import VigboxError
from vigbox.model import NS
from vigbox.store.manifests import Manifest

LARGEST_BYTES: Final = 32 << 20
"""Of all pictures of signatures and papers together: they are held in memory."""

_KINDS: Final = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"))
_Row = dict[str, Any]


class SubjectError(VigboxError):
    """What is kept about somebody cannot be gathered; the text says why."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts as JSON values, by heading; and pictures of signatures and papers, by name."""

    facts: dict[str, Any]
    pictures: dict[str, bytes]

    @property
    def tables(self) -> dict[str, list[_Row]]:
        """The facts that are rows, by heading."""
        return {key: rows for key, rows in self.facts.items() if isinstance(rows, list)}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it is, and what it is gathered from.

    ``films`` are the manifests of the case; ``open_picture`` opens a sealed picture.
    """

    session: Session
    case: Case
    participant: Participant
    films: Iterable[Manifest]
    open_picture: Callable[[bytes], bytes]

    def gather(self) -> Gathered:
        """Gather everything.

        Questions, goals, ratings and words are the client's: they are told unless the participant
        is a child. Raises :class:`SubjectError`, and what ``open_picture`` raises.
        """
        others, one = Others(self.case, self.participant), self.participant
        pictures: dict[str, bytes] = {}
        consents = self._consents(others, pictures)
        return Gathered(
            {
                "case": self.case.code,
                "role": one.role,
                "initials": one.initials,
                "read_for": " ".join(others.left_in),
                "consents": consents,
                **self._in_shot(others),
                **({} if one.is_child else client_words(self.session, self.case, others)),
                "visits": self._visits(),
                "given_to_others": self._given(),
                "audit": self._audit(),
            },
            pictures,
        )

    def _consents(self, others: Others, pictures: dict[str, bytes]) -> list[_Row]:
        rows, size = [], 0
        for each in case_answers(self.session, self.case.id):
            if self.participant.id not in (each.participant_id, each.answered_by):
                continue
            name = ""
            # a signature is a piece of whoever gave it
            if each.sealed_evidence and each.answered_by == self.participant.id:
                picture = self.open_picture(each.sealed_evidence)
                size += len(picture)
                if size > LARGEST_BYTES:
                    raise SubjectError("the signatures are more than fits into one export.")
                name = f"consent-{each.id}.{_kind(picture)}"
                pictures[name] = picture
            rows.append(_consent(each, others, name))
        return rows

    def _in_shot(self, others: Others) -> dict[str, list[_Row]]:
        filmed = self.session.scalars(select(Filmed).where(Filmed.case_id == self.case.id))
        known = {each.recording: each for each in filmed}
        mine: list[_Row] = []
        unsaid: list[_Row] = []
        for film in self.films:
            row = known.get(film.recording)
            in_shot = row.in_shot.split() if row else []
            if not in_shot or str(self.participant.id) in in_shot:
                (mine if in_shot else unsaid).append(_film(film, row, others))
        clips = self.session.scalars(select(Clip).where(Clip.case_id == self.case.id))
        shown = {each["recording"] for each in mine}
        return {
            "recordings": mine,
            "recordings_without_word_who_is_in_shot": unsaid,
            "clips": [_clip(each, others) for each in clips if each.recording in shown],
        }

    def _visits(self) -> list[_Row]:
        rows = self.session.scalars(select(Visit).where(Visit.case_id == self.case.id))
        mine = str(self.participant.id)
        return [{"visited_on": each.visited_on} for each in rows if mine in each.present.split()]

    def _given(self) -> list[_Row]:
        columns = ("disclosed_at", "what", "to_whom", "purpose", "sha256")
        return [
            {**{column: getattr(each, column) for column in columns}, "left_at": left_at(each)}
            for each in disclosed(self.session, self.case.id)
        ]

    def _audit(self) -> list[_Row]:
        rows = select(AuditEvent).where(AuditEvent.case_id == self.case.id).order_by(AuditEvent.id)
        # who of the service did it is not the participant's data
        return [
            {key: value for key, value in audit.facts(each).items() if key in {"at", "what"}}
            for each in self.session.scalars(rows)
        ]


def _consent(consent: Consent, others: Others, evidence: str) -> _Row:
    columns = ("given_at", "purpose", "answer", "how", "form", "until_on")
    return {
        **{column: getattr(consent, column) for column in columns},
        "for": others.who(consent.participant_id),
        "by": others.who(consent.answered_by),
        "evidence": evidence,
    }


def _film(film: Manifest, row: Filmed | None, others: Others) -> _Row:
    return {
        "recording": film.recording,
        "started_at": film.started_at,
        "length_s": film.length_ns // NS,
        "kind": row.kind if row else "interaction",
        "activity": others.text(row.activity) if row else "",
        "in_the_bin": bool(row and row.binned_at),
    }


def _clip(clip: Clip, others: Others) -> _Row:
    texts = ("given_name", "initiative", "reception", "response", "note")
    return {
        "clip": clip.id,
        "recording": clip.recording,
        "made_at": clip.made_at,
        "length_ms": clip.length_ms,
        "state": clip.state,
        **{name: others.text(getattr(clip, name)) for name in texts},
        "principles": " ".join(clip.principle_keys),
    }


def _kind(picture: bytes) -> str:
    return next((kind for begin, kind in _KINDS if picture.startswith(begin)), "bin")
