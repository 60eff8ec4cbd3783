import json
from typing import Any

import pytest

from vigbox.delivery.contents import About, ContentFile, Contents, ContentsError, Rest, parse

FILE: dict[str, Any] = {
    "part": "clip-1.mp4.age",
    "name": "A12 clip 1.mp4",
    "kind": "clip",
    "sha256": "a" * 64,
    "size_bytes": 5,
}


def text(case: Any = "A12", **values: Any) -> bytes:  # JSON
    return json.dumps({"case": case, "files": [FILE | values]}).encode()


def test_contents_are_read_back_as_they_were() -> None:
    contents = Contents("A12", (ContentFile("a.age", "Größe.mp4", "clip", "b" * 64, 0),))
    assert parse(contents.to_bytes()) == contents


def test_what_an_export_is_and_rests_on_is_read_back() -> None:
    rests = (Rest(4, "training", "vigbox-1 en", "2026-03-01T12:00:00+00:00"),)
    about = About("clips: 3", "laptop", "training", "2026-03-02T12:00:00+00:00", rests)
    contents = Contents("A12", (ContentFile(**FILE),), about)
    assert parse(contents.to_bytes()) == contents


def test_a_box_of_before_told_nothing_about_it() -> None:
    assert parse(text()).about == About()


def test_what_a_later_box_adds_is_passed_over() -> None:
    facts = json.loads(text(length_ms=8000)) | {"cycle": 2}
    assert parse(json.dumps(facts).encode()) == parse(text())


def about(consent: bytes) -> bytes:
    """Give contents that rest on a consent of this number, as it stands in the text."""
    rest = b'{"consent":' + consent + b',"purpose":"p","form":"f","given_at":"d"}'
    return b'{"case":"A12","files":[],"about":{"rests_on":[' + rest + b"]}}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"case":"A12","files":[7]}',
        b'{"case":"A12","files":7}',
        b"[" * 100_000,
        b'{"case":"A12","files":[],"about":7}',
        b'{"case":"A12","files":[],"about":{"rests_on":[{"consent":1}]}}',
        *(about(each) for each in (b"Infinity", b"-1e999", b"NaN", b"[]", b"9" * 5_000, b'"1x"')),
        text(case=""),
        text(case=7),
        text(name=""),
        text(name="n" * 256),
        text(kind=None),
        text(part="../a.age"),
        text(sha256="a"),
        text(size_bytes=-1),
        text(size_bytes="5"),
    ],
)
def test_malformed_contents_are_refused(data: bytes) -> None:
    with pytest.raises(ContentsError):
        parse(data)
