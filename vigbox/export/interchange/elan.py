"""ELAN's annotation format 3.0: a tier of clips, one of marks, one for each person and heading.

https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf. Elements stand in the order
of its schema; times are whole milliseconds.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from vigbox.export.interchange.noted import Noted, Span, milliseconds

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA: Final = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_TYPE: Final = "moments"
_MARK_MS: Final = 1_000

Said = tuple[int, int, str]
"""One annotation: from, to, in milliseconds, and its text."""


def to_bytes(noted: Noted) -> bytes:
    """Give the document."""
    root = Element("ANNOTATION_DOCUMENT", _attributes(noted))
    head = SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    where = {"MEDIA_URL": f"./{noted.media}", "RELATIVE_MEDIA_URL": f"./{noted.media}"}
    SubElement(head, "MEDIA_DESCRIPTOR", {**where, "MIME_TYPE": "video/mp4"})
    tiers = [(name, list(said)) for name, said in _tiers(noted)]
    last = SubElement(head, "PROPERTY", {"NAME": "lastUsedAnnotationId"})
    last.text = str(sum(len(said) for _, said in tiers))
    _add(root, tiers)
    indent(root, " ")
    return bytes(tostring(root, "utf-8", xml_declaration=True)) + b"\n"


def _attributes(noted: Noted) -> dict[str, str]:
    return {
        "AUTHOR": "",
        "DATE": noted.began_at,
        "FORMAT": "3.0",
        "VERSION": "3.0",
        "xmlns:xsi": _XSI,
        "xsi:noNamespaceSchemaLocation": _SCHEMA,
    }


def _tiers(noted: Noted) -> Iterator[tuple[str, Iterable[Said]]]:
    yield "Clips", (_said(each, noted.label(each)) for each in noted.spans)
    marks = ((number, milliseconds(each)) for number, each in enumerate(noted.marks_ticks, 1))
    yield "Marks", [(at_ms, at_ms + _MARK_MS, f"Mark {number}") for number, at_ms in marks]
    for who in noted.people:
        theirs = (each for each in noted.spans if each.initiative == who)
        yield f"Initiative: {who}", [_said(each, f"Clip {each.number}") for each in theirs]
    for heading in noted.headings():
        yield heading, [_said(each, items) for each, items in noted.under(heading)]


def _said(span: Span, text: str) -> Said:
    return milliseconds(span.start_ticks), milliseconds(span.end_ticks), text


def _add(root: Element, tiers: list[tuple[str, list[Said]]]) -> None:
    """Add time slots and tiers. Annotations of one tier may not overlap: those that do share it."""
    order = SubElement(root, "TIME_ORDER")
    flat = [(name, lane) for name, said in tiers for lane in _side_by_side(name, said)]
    times = sorted({at for _, (_, said) in flat for start, end, _ in said for at in (start, end)})
    slots = {at: f"ts{number}" for number, at in enumerate(times, 1)}
    for at, slot in slots.items():
        SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": slot, "TIME_VALUE": str(at)})
    number = 0
    for _, (name, said) in flat:
        tier = SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": _TYPE, "TIER_ID": name})
        for start, end, text in said:
            number += 1
            ends = {"TIME_SLOT_REF1": slots[start], "TIME_SLOT_REF2": slots[end]}
            one = SubElement(
                SubElement(tier, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                {"ANNOTATION_ID": f"a{number}", **ends},
            )
            SubElement(one, "ANNOTATION_VALUE").text = text
    kind = {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": _TYPE, "TIME_ALIGNABLE": "true"}
    SubElement(root, "LINGUISTIC_TYPE", kind)


def _side_by_side(name: str, said: list[Said]) -> list[tuple[str, list[Said]]]:
    """Spread annotations that overlap over tiers of their own: ELAN allows none in one tier."""
    lanes: list[list[Said]] = [[]]
    for each in sorted(said):
        free = next((lane for lane in lanes if not lane or lane[-1][1] <= each[0]), None)
        if free is None:
            lanes.append(free := [])
        free.append(each)
    return [(name if n == 1 else f"{name} ({n})", lane) for n, lane in enumerate(lanes, 1)]
