"""A BORIS project (format 7.0) with one observation: the recording, its clips as states.

Each heading that clips have is a behaviour, its items the modifiers; a mark is a point event.
https://www.boris.unito.it/
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from vigbox.export.interchange.noted import Noted, Span, milliseconds

_FORMAT: Final = "7.0"
_CLIP: Final = "Clip"
_MARK: Final = "Mark"
_NOT_IN_MODIFIERS: Final = str.maketrans(dict.fromkeys("(|),`~", " "))

Event = tuple[float, str, str, str, str, int]
"""Seconds, subject, behaviour, modifier, comment, picture."""


def to_bytes(noted: Noted) -> bytes:
    """Give the project."""
    facts = {
        "time_format": "hh:mm:ss",
        "project_date": noted.began_at[:19],
        "project_name": noted.case,
        "project_description": "",
        "project_format_version": _FORMAT,
        "subjects_conf": {
            str(number): {"key": "", "name": who, "description": ""}
            for number, who in enumerate(noted.people)
        },
        "behaviors_conf": {str(number): each for number, each in enumerate(_behaviours(noted))},
        "observations": {_observation_id(noted): _observation(noted)},
        "behavioral_categories": [],
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }
    return json.dumps(facts, indent=1, ensure_ascii=False).encode() + b"\n"


def _observation_id(noted: Noted) -> str:
    return f"{noted.case} {noted.recording[:8]}"


def _behaviours(noted: Noted) -> Iterator[dict[str, Any]]:
    yield _behaviour(_CLIP, "State event", [str(each.number) for each in noted.spans])
    yield _behaviour(_MARK, "Point event", [])
    for heading in noted.headings():
        items = dict.fromkeys(_modifier(items) for _, items in noted.under(heading))
        yield _behaviour(heading, "State event", list(items))


def _behaviour(code: str, kind: str, values: list[str]) -> dict[str, Any]:
    chosen_from = {"name": "", "type": 0, "values": values}
    return {
        "type": kind,
        "key": "",
        "code": code,
        "description": "",
        "category": "",
        "modifiers": {"0": chosen_from} if values else {},
        "excluded": "",
        "coding map": "",
    }


def _observation(noted: Noted) -> dict[str, Any]:
    media = noted.media
    return {
        "file": {str(player): [media] if player == 1 else [] for player in range(1, 9)},
        "type": "MEDIA",
        "date": noted.began_at[:19],
        "description": "",
        "time offset": 0.0,
        "events": sorted(_events(noted), key=lambda each: each[0]),
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "media_creation_date_as_offset": False,
        "media_scan_sampling_duration": 0,
        "image_display_duration": 1,
        "close_behaviors_between_videos": False,
        "media_info": {
            "length": {media: noted.length_s},
            "fps": {media: round(noted.pictures_per_second, 3)},
            "hasVideo": {media: True},
            "hasAudio": {media: True},
            "offset": {"1": 0.0},
        },
    }


def _events(noted: Noted) -> Iterator[Event]:
    for each in noted.spans:
        yield from _states([each], _CLIP, str(each.number))
    for heading in noted.headings():
        same: dict[tuple[str, str], list[Span]] = {}
        for span, items in noted.under(heading):
            same.setdefault((span.initiative, _modifier(items)), []).append(span)
        for (_, modifier), spans in same.items():
            yield from _states(spans, heading, modifier)
    for ticks in noted.marks_ticks:
        at_s = _s(ticks)
        yield at_s, "", _MARK, "", "", round(at_s * noted.pictures_per_second)


def _states(spans: list[Span], code: str, modifier: str) -> Iterator[Event]:
    """Give a start and a stop for each span; those that overlap are one.

    BORIS pairs what has one subject, code and modifier, in the order of time.
    """
    who, start, end = spans[0].initiative, spans[0], spans[0]
    for each in [*spans[1:], None]:
        if each is not None and each.first < end.end:
            end = max(end, each, key=lambda one: one.end)
            continue
        yield _s(start.start_ticks), who, code, modifier, "", start.first
        yield _s(end.end_ticks), who, code, modifier, "", end.end
        if each is not None:
            start = end = each


def _s(ticks: int) -> float:
    """Give ticks in seconds; BORIS keeps milliseconds, and these are never before the picture."""
    return milliseconds(ticks) / 1_000


def _modifier(text: str) -> str:
    """Give a text without the characters that BORIS keeps for itself."""
    return " ".join(text.translate(_NOT_IN_MODIFIERS).split())
