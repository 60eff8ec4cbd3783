from dataclasses import dataclass, field

import pytest

from tests.export.interchange import made
from vigbox.casework.tables import Clip, ClipPrinciple
from vigbox.casework.vocabulary import load
from vigbox.export.interchange import FORMATS, piece
from vigbox.export.interchange.noted import milliseconds, named, spans_of


@dataclass
class Kept:
    data: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> None:
        self.data += data


def clip(name: str, first: int, end: int, *keys: str, position: int = 0) -> Clip:
    found = Clip(id=name, case_id="c", recording="r", first=first, end=end, length_ms=1)
    found.position = position
    found.principles = [ClipPrinciple(key=key) for key in keys]
    return found


def test_clips_are_numbered_in_the_order_of_the_film() -> None:
    times = list(range(0, 3000 * 101, 3000))
    clips = [clip("b", 50, 100, position=1), clip("a", 10, 60)]
    first, second = spans_of(clips, times, {})
    assert (first.number, first.first, first.start_ticks) == (1, 10, 30_000)
    assert (second.end, second.end_ticks) == (100, 300_000)
    assert (first.is_chosen, second.is_chosen) == (False, True)


def test_principles_are_named_in_the_order_of_the_vocabulary_and_in_a_language() -> None:
    vocabulary = load("vig")
    receiving = vocabulary.headings[2]
    span = made.span(1, 0, 1, receiving.items[0].key, vocabulary.headings[0].key, "old/gone")
    found = named(vocabulary, [span], "de")
    assert list(found) == [vocabulary.headings[0].key, receiving.items[0].key, "old/gone"]
    assert found[receiving.items[0].key][0] == receiving.name.label("de")
    assert found["old/gone"] == ("old/gone", "")


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_file_is_named_as_the_film_beside_it(wanted: str) -> None:
    kept, steps = Kept(), list[float]()
    made_of = piece(made.NOTED, wanted)
    made_of.write(kept, steps.append)
    assert made_of.name == "VIG-7 2026-11-21" + FORMATS[wanted][0]
    assert kept.data
    assert steps == [0.0, 1.0]


def test_a_moment_is_never_told_before_its_picture_appears() -> None:
    assert [milliseconds(each) for each in (0, 1, 90, 91)] == [0, 1, 1, 2]
