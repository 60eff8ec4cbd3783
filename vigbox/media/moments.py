"""Moments that may be worth a look: where voice, pause and movement change quickly.

A suggestion of where to look first, made of what can be known honestly: when there is a voice (not
whose), when none, and how much moves. Who speaks would need a model for speakers; those that are
kept want torch, or models of their own that no package carries, and are not used here.

The rule: of every eight seconds, the usual length of a clip, count how often voice begins or ends,
and how often movement changes from one second to the next by more than a quarter of the film's own
range. Moments with at least two turns of voice are candidates; the liveliest come first, none
overlaps another, at most one a minute and never more than twelve.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

SPAN_MS: Final = 8_000
STEP_MS: Final = 1_000
LEAST_VOICE_CHANGES: Final = 4
"""Two turns: each begins and ends."""
MOST: Final = 12
_MOTION_PER_STEP: Final = 5
_QUICK: Final = 0.25

Stretch = tuple[int, int]


def candidates(speech: Sequence[Stretch], motion: bytes, length_ms: int) -> list[Stretch]:
    """Give the candidate moments in order of time: (start, end) in ms, each eight seconds.

    ``speech`` as :func:`~vigbox.media.speech.speech` gives it, ``motion`` one byte each 200 ms.
    """
    voice = np.array([edge for stretch in speech for edge in stretch], np.int64)
    moved = _moved(motion)
    found: list[tuple[int, int]] = []
    for start in range(0, max(0, length_ms - SPAN_MS) + 1, STEP_MS):
        changes = _within(voice, start)
        if changes >= LEAST_VOICE_CHANGES:
            found.append((-changes - _within(moved, start), start))
    chosen: list[int] = []
    most = min(MOST, max(1, length_ms // 60_000))
    for _, start in sorted(found):
        if len(chosen) < most and all(abs(start - other) >= SPAN_MS for other in chosen):
            chosen.append(start)
    return [(start, min(length_ms, start + SPAN_MS)) for start in sorted(chosen)]


def _moved(motion: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Tell when movement changes quickly, in ms."""
    whole = len(motion) - len(motion) % _MOTION_PER_STEP
    if not whole:
        return np.zeros(0, np.int64)
    seconds = np.frombuffer(motion, np.uint8, whole).reshape(-1, _MOTION_PER_STEP).mean(axis=1)
    low, high = np.percentile(seconds, (10, 90))
    quick = np.abs(np.diff(seconds)) > max(1.0, _QUICK * (high - low))
    return (np.flatnonzero(quick) + 1) * STEP_MS


def _within(times: "np.ndarray[tuple[int], np.dtype[np.int64]]", start: int) -> int:
    return int(((times >= start) & (times < start + SPAN_MS)).sum())
