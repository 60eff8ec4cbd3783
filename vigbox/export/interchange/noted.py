"""What was noted about one recording, as every format of interchange is made of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vigbox.casework.tables import Clip
from vigbox.casework.vocabulary import Vocabulary
from vigbox.media.moov import TICKS_PER_SECOND

_TICKS_PER_MS: Final = TICKS_PER_SECOND // 1000


@dataclass(frozen=True, slots=True)
class Span:
    """One clip: its number, pictures ``first`` up to but without ``end``, when it begins and ends.

    Times are ticks of 1/90,000 s on the film's timeline. ``principles`` are keys; ``initiative``
    is one of the people, or empty.
    """

    number: int
    first: int
    end: int
    start_ticks: int
    end_ticks: int
    principles: tuple[str, ...] = ()
    initiative: str = ""
    is_chosen: bool = False

    @property
    def start_s(self) -> float:
        """When its first picture appears, in seconds."""
        return seconds(self.start_ticks)

    @property
    def end_s(self) -> float:
        """When the picture after its last one appears, in seconds."""
        return seconds(self.end_ticks)


@dataclass(frozen=True, slots=True)
class Noted:
    """A recording's clips and marks.

    ``case`` is its code, ``media`` the file name of its film as it is exported, ``people`` who is
    in the case by role, ``principles`` the names of all keys that clips have, heading and item.
    """

    case: str
    recording: str
    media: str
    made_at: str
    length_ticks: int
    pictures: int
    size: tuple[int, int]
    people: tuple[str, ...]
    principles: Mapping[str, tuple[str, str]]
    spans: tuple[Span, ...]
    marks_ticks: tuple[int, ...]

    @property
    def began_at(self) -> str:
        """When it was made, as day and time: of a film from elsewhere the day alone is known."""
        return self.made_at if "T" in self.made_at else f"{self.made_at}T00:00:00+00:00"

    @property
    def length_s(self) -> float:
        """How long the film is, in seconds."""
        return seconds(self.length_ticks)

    @property
    def pictures_per_second(self) -> float:
        """On the average: a camera's pictures are not evenly spaced."""
        return self.pictures / self.length_s if self.length_ticks else 0.0

    def label(self, span: Span) -> str:
        """Name a clip: its number and its principles."""
        told = [self.principle(each) for each in span.principles]
        return f"Clip {span.number}" + (": " + "; ".join(told) if told else "")

    def principle(self, key: str) -> str:
        """Name a principle by its heading and item."""
        heading, item = self.principles[key]
        return f"{heading}, {item}" if item else heading

    def headings(self) -> list[str]:
        """Give the headings that clips have, each once, in the vocabulary's order."""
        return list(dict.fromkeys(heading for heading, _ in self.principles.values()))

    def under(self, heading: str) -> Iterator[tuple[Span, str]]:
        """Give the clips that a heading was noted of, with its items."""
        for span in self.spans:
            of_it = [self.principles[each] for each in span.principles]
            items = [item or heading for above, item in of_it if above == heading]
            if items:
                yield span, "; ".join(items)


def spans_of(clips: Iterable[Clip], times: Sequence[int], people: Mapping[str, str]) -> list[Span]:
    """Give clips with their times, in the order of the film.

    ``times`` is when each picture begins and, last, when the film ends, in ticks; ``people`` gives
    the role of whom a clip's initiative names, and whoever is not in it is left out.
    """
    found = sorted(clips, key=lambda each: (each.first, each.end, each.id))
    return [
        Span(
            number,
            each.first,
            each.end,
            times[each.first],
            times[each.end],
            tuple(each.principle_keys),
            people.get(each.initiative, ""),
            is_chosen=each.position > 0,
        )
        for number, each in enumerate(found, 1)
    ]


def named(
    vocabulary: Vocabulary, spans: Iterable[Span], language: str
) -> dict[str, tuple[str, str]]:
    """Name the principles that clips have, in the vocabulary's order.

    A key that the vocabulary does not know, because the service changed it since, names itself.
    """
    used = {key for each in spans for key in each.principles}
    found: dict[str, tuple[str, str]] = {}
    for heading in vocabulary.headings:
        above = heading.name.label(language)
        if heading.key in used:
            found[heading.key] = (above, "")
        for item in heading.items:
            if item.key in used:
                found[item.key] = (above, item.name.label(language))
    return found | {key: (key, "") for key in sorted(used - found.keys())}


def seconds(ticks: int) -> float:
    """Give ticks as seconds, to the microsecond: nearer than any two pictures."""
    return round(ticks / TICKS_PER_SECOND, 6)


def milliseconds(ticks: int) -> int:
    """Give ticks as whole milliseconds, never before the picture appears."""
    return -(-ticks // _TICKS_PER_MS)
