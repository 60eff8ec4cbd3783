"""WebVTT: clips and marks as cues that a player shows beside the film.

https://www.w3.org/TR/webvtt1/
"""

from collections.abc import Iterator
from typing import Final

from vigbox.export.interchange.noted import Noted, milliseconds

_MARK_MS: Final = 1_000
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": " "})


def to_bytes(noted: Noted) -> bytes:
    """Give the cues in the order of the film."""
    blocks = [f"WEBVTT - case {noted.case.translate(_ENTITIES).replace('--', '-')}"]
    for start_ms, end_ms, name, text in sorted(_cues(noted)):
        blocks.append(f"{name}\n{_time(start_ms)} --> {_time(end_ms)}\n{text}")
    return ("\n\n".join(blocks) + "\n").encode()


def _cues(noted: Noted) -> Iterator[tuple[int, int, str, str]]:
    for each in noted.spans:
        text = noted.label(each).translate(_ENTITIES)
        yield (
            milliseconds(each.start_ticks),
            milliseconds(each.end_ticks),
            f"clip-{each.number}",
            text,
        )
    for number, ticks in enumerate(noted.marks_ticks, 1):
        start_ms = milliseconds(ticks)
        yield start_ms, start_ms + _MARK_MS, f"mark-{number}", f"Mark {number}"


def _time(ms: int) -> str:
    seconds, rest = divmod(ms, 1_000)
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{rest:03d}"
