import json
import re
from urllib.parse import unquote

from tests.export.interchange import made
from vigbox.export.interchange import annotations

_FRAGMENT = re.compile(r"t=(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?")


def test_each_clip_has_its_span_as_a_media_fragment() -> None:
    page = json.loads(annotations.to_bytes(made.NOTED))
    assert page["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert page["type"] == "AnnotationPage"
    for each, span in zip(page["items"], made.SPANS, strict=False):
        assert unquote(each["target"]["source"]) == made.NOTED.media
        match = _FRAGMENT.fullmatch(each["target"]["selector"]["value"])
        assert match is not None
        assert [float(at) for at in match.groups()] == [span.start_s, span.end_s]


def test_marks_are_single_moments() -> None:
    page = json.loads(annotations.to_bytes(made.NOTED))
    values = [each["target"]["selector"]["value"] for each in page["items"][len(made.SPANS) :]]
    assert values == ["t=0", "t=1.371744", "t=599.5"]


def test_principles_are_tags_and_every_annotation_has_a_name_of_its_own() -> None:
    page = json.loads(annotations.to_bytes(made.NOTED))
    first = page["items"][0]["body"]
    tags = [each["value"] for each in first if each["purpose"] == "tagging"]
    assert tags == [made.NOTED.principle(each) for each in made.SPANS[0].principles]
    ids = [each["id"] for each in page["items"]]
    assert len(set(ids)) == len(ids) == len(made.SPANS) + len(made.NOTED.marks_ticks)
