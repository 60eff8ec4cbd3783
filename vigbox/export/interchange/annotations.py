"""W3C Web Annotations: one for each clip and mark, its target a span of the film's file.

https://www.w3.org/TR/annotation-model/ and https://www.w3.org/TR/media-frags/
"""

import json
from typing import Any, Final
from urllib.parse import quote

from vigbox.export.interchange.noted import Noted, Span, seconds

_CONTEXT: Final = "http://www.w3.org/ns/anno.jsonld"
_FRAGMENTS: Final = "http://www.w3.org/TR/media-frags/"


def to_bytes(noted: Noted) -> bytes:
    """Give a page of annotations."""
    items = [_clip(noted, each) for each in noted.spans]
    items += [_mark(noted, number, each) for number, each in enumerate(noted.marks_ticks, 1)]
    page = {
        "@context": _CONTEXT,
        "id": f"urn:vigbox:recording:{noted.recording}",
        "type": "AnnotationPage",
        "items": items,
    }
    return json.dumps(page, indent=2, ensure_ascii=False).encode() + b"\n"


def _clip(noted: Noted, span: Span) -> dict[str, Any]:
    bodies = [_body(noted.principle(each), "tagging") for each in span.principles]
    if span.initiative:
        bodies.append(_body(f"Initiative: {span.initiative}", "describing"))
    bodies.append(_body(f"Clip {span.number}", "identifying"))
    return _annotation(
        noted, f"clip-{span.number}", bodies, f"t={_s(span.start_ticks)},{_s(span.end_ticks)}"
    )


def _mark(noted: Noted, number: int, ticks: int) -> dict[str, Any]:
    bodies = [_body(f"Mark {number}", "bookmarking")]
    return _annotation(noted, f"mark-{number}", bodies, f"t={_s(ticks)}")


def _body(text: str, purpose: str) -> dict[str, str]:
    return {"type": "TextualBody", "value": text, "format": "text/plain", "purpose": purpose}


def _annotation(
    noted: Noted, name: str, bodies: list[dict[str, str]], fragment: str
) -> dict[str, Any]:
    source = quote(noted.media)
    return {
        "id": f"urn:vigbox:recording:{noted.recording}:{name}",
        "type": "Annotation",
        "body": bodies,
        "target": {
            "source": source,
            "selector": {
                "type": "FragmentSelector",
                "conformsTo": _FRAGMENTS,
                "value": fragment,
            },
        },
    }


def _s(ticks: int) -> str:
    """Give ticks as normal play time: seconds, in digits alone."""
    return f"{seconds(ticks):.6f}".rstrip("0").rstrip(".")
