"""The certificate of an erasure: what was on the box, why it went, and what is out of its reach.

Made from the facts that were kept before anything was erased. It names a case's code, dates,
counts and machines, never a person of the family. What is not over is said to be so, in big.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from vigbox.export.paper import (
    BODY,
    BOTTOM_MM,
    GREY,
    HEADING,
    LEFT_MM,
    PALE,
    RIGHT_MM,
    SMALL,
    TITLE,
    TOP_MM,
    WIDTH_MM,
    Face,
    Paper,
)
from vigbox.model import NS

_LARGE: Final = Face(13)
_BIG: Final = Face(24, style="B")
_LABEL: Final = Face(9, grey=GREY)
_ROW_MM: Final = 5.6
_FOOT_MM: Final = 6.0

_WHY: Final = {
    "consent withdrawn": "The family took its consent back.",
    "kept until its day": "The time for which it was kept was over.",
    "asked for at once": "It was asked for, and done at once.",
    "its days in the bin were over": "A practitioner had put it into the bin; its days were over.",
}
_COUNTED: Final = (
    ("participants", "person in the case", "people in the case"),
    ("consents", "answer about consent", "answers about consent"),
    ("clips", "clip", "clips"),
    ("wordings", "wording of a question or goal", "wordings of questions and goals"),
    ("shared_reviews", "shared review", "shared reviews"),
)
_NOT_OVER: Final = (
    "Something of it is still on the box. It is blocked and goes on being erased after the next "
    "unlock. This paper is no proof of an erasure: print it again when it is finished."
)
_KEY: Final = (
    "**The key was destroyed first.** All films, texts and signatures of the case were sealed to "
    "one key. Every copy of it on the box was destroyed, those for the practitioners and for the "
    "recovery sheet. Without it nobody opens what may be left of them anywhere, this box's old "
    "database included."
)
_FILM_ONLY: Final = (
    "**One recording was erased, the case goes on.** Its film, marks, clips and what waited of "
    "them were erased. The key of the case stays for its other films."
)
_CARD: Final = (
    "**What a memory card may still hold.** A card may keep old blocks for a while, and no program "
    "can promise that they are overwritten. What is left there is sealed."
)
_ELSEWHERE: Final = (
    "**What is out of this box's reach.** A copy that was opened on another machine, shown, "
    "printed or passed on is not touched by this. Neither is a copy of the card or of the key "
    "that somebody may have made before."
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says; ``facts`` are those of :mod:`vigbox.casework.erasure`.

    ``finished_at`` is empty while not all is gone; ``service`` who answers for it.
    """

    number: str
    box: str
    code: str
    why: str
    began_at: str
    finished_at: str
    facts: dict[str, Any]
    made_at: str
    service: str = ""

    @property
    def is_whole_case(self) -> bool:
        """Tell whether it was the whole case, and not one recording."""
        return "recording" not in self.facts


def certificate(told: Certificate) -> bytes:
    """Give the certificate as a PDF, of as many A4 pages as its films need."""
    paper = Paper("Certificate of erasure", date.fromisoformat(told.made_at[:10]))
    sheet = _Sheet(paper, told)
    sheet.head()
    if not told.finished_at:
        sheet.not_over()
    sheet.course()
    sheet.films()
    sheet.copies()
    sheet.beyond()
    return paper.to_bytes()


class _Sheet:
    """Writes down a page, and turns to the next one when there is no room."""

    def __init__(self, paper: Paper, told: Certificate) -> None:
        self._paper = paper
        self._told = told
        self._y = TOP_MM
        self._pages = 0
        self._begin_page()

    def head(self) -> None:
        paper, told = self._paper, self._told
        paper.line(LEFT_MM, TOP_MM + 10, "Certificate of erasure", TITLE)
        what = f"Case {told.code}" if told.is_whole_case else f"One recording of case {told.code}"
        paper.line(LEFT_MM, TOP_MM + 19, paper.fitted(what, 100, _LARGE), _LARGE)
        paper.line_to(RIGHT_MM, TOP_MM + 19, f"Printed on {_day(told.made_at)}", _LARGE)
        if told.service:
            told_service = paper.fitted(told.service, WIDTH_MM, SMALL)
            paper.line(LEFT_MM, TOP_MM + 24.5, told_service, SMALL)
        paper.rule(LEFT_MM, TOP_MM + 28, RIGHT_MM, 0.6)
        self._y = TOP_MM + 34

    def not_over(self) -> None:
        self._paper.frame(LEFT_MM, self._y, WIDTH_MM, 30, 1.0)
        self._paper.line(LEFT_MM + 5, self._y + 12, "NOT FINISHED YET", _BIG)
        self._paper.paragraph(LEFT_MM + 5, self._y + 16, WIDTH_MM - 10, _NOT_OVER, SMALL)
        self._y += 37

    def course(self) -> None:
        told = self._told
        finished = _moment(told.finished_at) if told.finished_at else "not finished yet"
        for label, text in (
            ("Why", _WHY.get(told.why, told.why)),
            ("Begun", _moment(told.began_at)),
            ("Finished", finished),
            ("Erased with it", _counts(told.facts)),
            ("Who could open it", _openers(told.facts)),
        ):
            self._labelled(label, text)
        self._y += 2
        if not told.is_whole_case:
            self._paragraph(_FILM_ONLY)
        elif told.finished_at:
            self._paragraph(_KEY)

    def films(self) -> None:
        films = self._told.facts.get("films", [])
        self._heading(f"Films ({len(films)})")
        if not films:
            self._line("There was no film.")
        for number, film in enumerate(films, 1):
            self._need(_ROW_MM)
            self._paper.line_to(LEFT_MM + 8, self._y + 4, str(number), _LABEL)
            self._paper.line(LEFT_MM + 12, self._y + 4, _moment(film["started_at"]))
            self._paper.line_to(LEFT_MM + 105, self._y + 4, _length(film["length_ns"]))
            self._paper.line_to(RIGHT_MM, self._y + 4, film["recording"][:12], _LABEL)
            self._y += _ROW_MM

    def copies(self) -> None:
        left = [
            (each["machine"], each["verified_at"], each.get("what", "clip"))
            for each in self._told.facts.get("copies", [])
        ]
        self._heading(f"Copies that had left the box ({len(left)})")
        if not left:
            self._line("The box knows of none.")
            return
        for where, at, what in left:
            self._need(_ROW_MM)
            paper = self._paper
            paper.line(LEFT_MM + 12, self._y + 4, paper.fitted(where, 80, BODY))
            paper.line(LEFT_MM + 95, self._y + 4, paper.fitted(what, 32, BODY))
            paper.line_to(RIGHT_MM, self._y + 4, _day(at))
            self._y += _ROW_MM
        self._y += 1
        self._paragraph(
            "**They are not erased by this.** Ask whoever keeps each of them to erase it and to "
            "say so. Note the answer here:"
        )
        for _ in left[:6]:
            self._need(9)
            self._paper.rule(LEFT_MM, self._y + 8, RIGHT_MM, grey=PALE)
            self._y += 9

    def beyond(self) -> None:
        self._heading("What this does not reach")
        for text in (_CARD, _ELSEWHERE):
            self._paragraph(text)
        self._need(20)
        self._y += 3
        self._paper.frame(LEFT_MM, self._y, WIDTH_MM, 16)
        for at, text in enumerate(("Handed to the family by", "Name", "Date")):
            x = LEFT_MM + 4 + at * 53
            self._paper.line(x, self._y + 5, text, Face(8, grey=GREY))
            self._paper.rule(x, self._y + 13, x + 48, grey=PALE)

    def _labelled(self, label: str, text: str) -> None:
        self._need(_ROW_MM)
        self._paper.line(LEFT_MM, self._y + 4, label, _LABEL)
        below = self._paper.paragraph(LEFT_MM + 36, self._y, WIDTH_MM - 36, text)
        self._y = below - BODY.leading_mm + 1.5

    def _heading(self, text: str) -> None:
        self._need(14)
        self._paper.line(LEFT_MM, self._y + 8, text, HEADING)
        self._y += 11

    def _line(self, text: str) -> None:
        self._paper.line(LEFT_MM + 12, self._y + 4, text)
        self._y += _ROW_MM

    def _paragraph(self, text: str) -> None:
        lines = 1 + int(self._paper.width_of(text, BODY) / (WIDTH_MM * 0.9))
        self._need(lines * BODY.leading_mm)
        below = self._paper.paragraph(LEFT_MM, self._y, WIDTH_MM, text)
        self._y = below - BODY.leading_mm + 2.5

    def _need(self, height: float) -> None:
        if self._y + height > BOTTOM_MM - _FOOT_MM:
            self._paper.new_page()
            self._begin_page()

    def _begin_page(self) -> None:
        self._pages += 1
        self._y = TOP_MM
        told = self._told
        foot = f"Certificate {told.number} · box {told.box[:8]} · page {self._pages}"
        if not told.finished_at:
            foot += " · NOT FINISHED YET"
        self._paper.line(LEFT_MM, BOTTOM_MM - 1, foot, SMALL)


def _counts(facts: dict[str, Any]) -> str:
    counts = facts.get("counts", {})
    said = [
        f"{counts[key]} {one if counts[key] == 1 else many}"
        for key, one, many in _COUNTED
        if counts.get(key)
    ]
    if waiting := facts.get("exports"):
        said.append(f"{waiting} export{'' if waiting == 1 else 's'} that still waited on the box")
    return ", ".join(said) or "nothing but the films"


def _openers(facts: dict[str, Any]) -> str:
    count = facts.get("opened_by", 0)
    people = "one key holder" if count == 1 else f"{count} key holders"
    return f"{people}, the recovery sheet included" if count else "nobody any more"


def _moment(at: str) -> str:
    try:
        found = datetime.fromisoformat(at).astimezone(UTC)
    except ValueError:
        return "at an unknown time"
    return f"{found.day} {found:%B %Y, %H:%M} UTC"


def _day(at: str) -> str:
    return _moment(at).partition(",")[0]


def _length(length_ns: int) -> str:
    if not length_ns:
        return "length unknown"
    minutes, seconds = divmod(length_ns // NS, 60)
    return f"{minutes} min {seconds:02d} s"
