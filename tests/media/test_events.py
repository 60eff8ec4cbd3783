"""Events inside a film: what goes in comes out, and nothing else is taken for one."""

import pytest

from vigbox.media.boxes import BoxError, full_box
from vigbox.media.events import Event, event_box, parse_event


def test_an_event_comes_back_as_it_was() -> None:
    data = event_box("stop", 10**12 + 1, reason="family asked", tries=[1, 2])
    assert data[4:8] == b"emsg"
    assert int.from_bytes(data[:4]) == len(data)
    expected = Event("stop", 10**12 + 1, {"reason": "family asked", "tries": [1, 2]})
    assert parse_event(data[8:]) == expected


def test_an_event_of_somebody_else_is_passed_over() -> None:
    foreign = full_box(b"emsg", 1, 0, bytes(20), b"urn:mpeg:dash:event:2012\0", b"1\0", b"<xml>")
    assert parse_event(foreign[8:]) is None


@pytest.mark.parametrize("facts", [b"", b"[1]", b"nul", b"\xff", b"[" * 100_000])
def test_a_damaged_event_is_refused(facts: bytes) -> None:
    data = event_box("mark", 5)[8:]
    with pytest.raises(BoxError, match="event"):
        parse_event(data[: -len(b"{}")] + facts)
