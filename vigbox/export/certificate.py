"""The certificate of an erasure: what was on the box, why it went, and what is out of its reach.

Made from the facts that were kept before anything was erased. It names a case's code, dates,
counts and machines, never a person of the family. What is not over is said to be so, in big.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from vigbox.export.certificate_words import (
    CARD,
    ELSEWHERE,
    FILM_ONLY,
    KEPT_ASIDE,
    KEY,
    NOT_ERASED,
    NOT_OVER,
    UNFILED,
    WHY,
    counts,
    length,
    openers,
)
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
from vigbox.export.tongue import English, Tongue

_LARGE: Final = Face(13)
_BIG: Final = Face(24, style="B")
_LABEL: Final = Face(9, grey=GREY)
_ROW_MM: Final = 5.6
_FOOT_MM: Final = 6.0

_NO_CASE: Final = "unfiled"
"""The code of what was erased before it was filed under a case."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says; ``facts`` are those of :mod:`vigbox.casework.erasure`.

    ``finished_at`` is empty while not all is gone; ``service`` who answers for it.
    ``is_kept_aside`` tells that another case database may lie on the box, where no erasure reaches.
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
    is_kept_aside: bool = False

    @property
    def is_whole_case(self) -> bool:
        """Tell whether it was the whole case, and not one recording."""
        return "recording" not in self.facts

    @property
    def is_unfiled(self) -> bool:
        """Tell whether it was a film of no case."""
        return self.code == _NO_CASE and not self.is_whole_case


def certificate(told: Certificate, tongue: Tongue | None = None) -> bytes:
    """Give the certificate as a PDF in a language, of as many A4 pages as its films need."""
    tongue = tongue or English()
    title = tongue.gettext("Certificate of erasure")
    sheet = _Sheet(Paper(title, date.fromisoformat(told.made_at[:10])), told, tongue)
    sheet.head()
    if not told.finished_at:
        sheet.not_over()
    sheet.course()
    sheet.films()
    sheet.copies()
    sheet.beyond()
    return sheet.paper.to_bytes()


class _Sheet:
    """Writes down a page, and turns to the next one when there is no room."""

    def __init__(self, paper: Paper, told: Certificate, tongue: Tongue) -> None:
        self.paper = paper
        self._told = told
        self._tongue = tongue
        self._y = TOP_MM
        self._pages = 0
        self._begin_page()

    def head(self) -> None:
        paper, told, tongue = self.paper, self._told, self._tongue
        paper.line(LEFT_MM, TOP_MM + 10, tongue.gettext("Certificate of erasure"), TITLE)
        paper.line(LEFT_MM, TOP_MM + 19, paper.fitted(self._what(), 100, _LARGE), _LARGE)
        printed = tongue.gettext("Printed on %(day)s", day=tongue.day(told.made_at))
        paper.line_to(RIGHT_MM, TOP_MM + 19, paper.fitted(printed, 70, _LARGE), _LARGE)
        if told.service:
            told_service = paper.fitted(told.service, WIDTH_MM, SMALL)
            paper.line(LEFT_MM, TOP_MM + 24.5, told_service, SMALL)
        paper.rule(LEFT_MM, TOP_MM + 28, RIGHT_MM, 0.6)
        self._y = TOP_MM + 34

    def _what(self) -> str:
        told, gettext = self._told, self._tongue.gettext
        if told.is_whole_case:
            return gettext("Case %(code)s", code=told.code)
        if told.is_unfiled:
            return gettext("A film that was made without a case")
        return gettext("One recording of case %(code)s", code=told.code)

    def not_over(self) -> None:
        self.paper.frame(LEFT_MM, self._y, WIDTH_MM, 30, 1.0)
        gettext = self._tongue.gettext
        self.paper.line(LEFT_MM + 5, self._y + 12, gettext("NOT FINISHED YET"), _BIG)
        text = gettext(NOT_OVER)
        self.paper.paragraph(LEFT_MM + 5, self._y + 16, WIDTH_MM - 10, text, SMALL)
        self._y += 37

    def course(self) -> None:
        told, tongue = self._told, self._tongue
        gettext = tongue.gettext
        is_over = bool(told.finished_at)
        finished = tongue.moment(told.finished_at) if is_over else gettext("not finished yet")
        self._labelled(gettext("Why"), self._why())
        self._labelled(gettext("Begun"), tongue.moment(told.began_at))
        self._labelled(gettext("Finished"), finished)
        self._labelled(gettext("Erased with it"), counts(told.facts, tongue))
        if not told.is_unfiled:
            self._labelled(gettext("Who could open it"), openers(told.facts, tongue))
        self._y += 2
        if told.is_unfiled:
            self._paragraph(gettext(UNFILED))
        elif not told.is_whole_case:
            self._paragraph(gettext(FILM_ONLY))
        elif told.finished_at:
            self._paragraph(gettext(KEY))

    def _why(self) -> str:
        why = self._told.why
        return self._tongue.gettext(WHY[why]) if why in WHY else self._tongue.told(why)

    def films(self) -> None:
        films = self._told.facts.get("films", [])
        tongue = self._tongue
        self._heading(tongue.gettext("Films (%(count)s)", count=len(films)))
        if not films:
            self._line(tongue.gettext("There was no film."))
        for number, film in enumerate(films, 1):
            self._need(_ROW_MM)
            self.paper.line_to(LEFT_MM + 8, self._y + 4, str(number), _LABEL)
            self.paper.line(LEFT_MM + 12, self._y + 4, tongue.moment(film["started_at"]))
            self.paper.line_to(LEFT_MM + 105, self._y + 4, length(film["length_ns"], tongue))
            self.paper.line_to(RIGHT_MM, self._y + 4, film["recording"][:12], _LABEL)
            self._y += _ROW_MM

    def copies(self) -> None:
        left = [
            (each["machine"], each["verified_at"], each.get("what", "clip"))
            for each in self._told.facts.get("copies", [])
        ]
        tongue = self._tongue
        self._heading(tongue.gettext("Copies that had left the box (%(count)s)", count=len(left)))
        if not left:
            self._line(tongue.gettext("The box knows of none."))
            return
        for where, at, what in left:
            self._need(_ROW_MM)
            paper = self.paper
            paper.line(LEFT_MM + 12, self._y + 4, paper.fitted(where, 80, BODY))
            paper.line(LEFT_MM + 95, self._y + 4, paper.fitted(tongue.told(what), 32, BODY))
            paper.line_to(RIGHT_MM, self._y + 4, tongue.day(at))
            self._y += _ROW_MM
        self._y += 1
        self._paragraph(tongue.gettext(NOT_ERASED))
        for _row in left[:6]:
            self._need(9)
            self.paper.rule(LEFT_MM, self._y + 8, RIGHT_MM, grey=PALE)
            self._y += 9

    def beyond(self) -> None:
        gettext = self._tongue.gettext
        self._heading(gettext("What this does not reach"))
        for text in (CARD, *((KEPT_ASIDE,) if self._told.is_kept_aside else ()), ELSEWHERE):
            self._paragraph(gettext(text))
        self._need(20)
        self._y += 3
        self.paper.frame(LEFT_MM, self._y, WIDTH_MM, 16)
        fields = (gettext("Handed to the family by"), gettext("Name"), gettext("Date"))
        for at, text in enumerate(fields):
            x = LEFT_MM + 4 + at * 53
            self.paper.line(x, self._y + 5, text, Face(8, grey=GREY))
            self.paper.rule(x, self._y + 13, x + 48, grey=PALE)

    def _labelled(self, label: str, text: str) -> None:
        self._need(_ROW_MM)
        self.paper.line(LEFT_MM, self._y + 4, label, _LABEL)
        below = self.paper.paragraph(LEFT_MM + 36, self._y, WIDTH_MM - 36, text)
        self._y = below - BODY.leading_mm + 1.5

    def _heading(self, text: str) -> None:
        self._need(14)
        self.paper.line(LEFT_MM, self._y + 8, text, HEADING)
        self._y += 11

    def _line(self, text: str) -> None:
        self.paper.line(LEFT_MM + 12, self._y + 4, text)
        self._y += _ROW_MM

    def _paragraph(self, text: str) -> None:
        lines = 1 + int(self.paper.width_of(text, BODY) / (WIDTH_MM * 0.9))
        self._need(lines * BODY.leading_mm)
        below = self.paper.paragraph(LEFT_MM, self._y, WIDTH_MM, text)
        self._y = below - BODY.leading_mm + 2.5

    def _need(self, height: float) -> None:
        if self._y + height > BOTTOM_MM - _FOOT_MM:
            self.paper.new_page()
            self._begin_page()

    def _begin_page(self) -> None:
        self._pages += 1
        self._y = TOP_MM
        told, gettext = self._told, self._tongue.gettext
        foot = gettext(
            "Certificate %(number)s · box %(box)s · page %(page)s",
            number=told.number, box=told.box[:8], page=self._pages,
        )  # fmt: skip
        if not told.finished_at:
            foot += " · " + gettext("NOT FINISHED YET")
        self.paper.line(LEFT_MM, BOTTOM_MM - 1, foot, SMALL)
