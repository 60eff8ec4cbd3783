"""Our own JSON, described by ``schema.json`` beside this module (JSON Schema 2020-12)."""

import json
from importlib.resources import files
from typing import Any, Final

from vigbox.export.interchange.noted import Noted, Span, seconds

VERSION: Final = 1
SCHEMA_ID: Final = "urn:vigbox:interchange:1"


def to_bytes(noted: Noted) -> bytes:
    """Give everything that was noted."""
    facts = {
        "schema": SCHEMA_ID,
        "version": VERSION,
        "case": noted.case,
        "recording": noted.recording,
        "media": noted.media,
        "made_at": noted.made_at,
        "length_s": noted.length_s,
        "pictures": noted.pictures,
        "width": noted.size[0],
        "height": noted.size[1],
        "people": list(noted.people),
        "principles": {
            key: {"heading": heading, "item": item}
            for key, (heading, item) in noted.principles.items()
        },
        "clips": [_clip(each) for each in noted.spans],
        "marks": [{"at_s": seconds(each)} for each in noted.marks_ticks],
    }
    return json.dumps(facts, indent=2, ensure_ascii=False).encode() + b"\n"


def schema() -> dict[str, Any]:
    """Give the schema that every such document keeps to."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("schema.json").read_text())
    return found


def _clip(span: Span) -> dict[str, Any]:
    return {
        "number": span.number,
        "start_s": span.start_s,
        "end_s": span.end_s,
        "first_picture": span.first,
        "last_picture": span.end - 1,
        "principles": list(span.principles),
        "initiative": span.initiative,
        "is_chosen": span.is_chosen,
    }
