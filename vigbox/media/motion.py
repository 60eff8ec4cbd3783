"""How much moves, from what the film itself tells: an encoder spends bytes where pictures change.

Each 200 ms is the mean size of its pictures that build on the one before, beside what is typical
in the half minute around: :data:`TYPICAL` is as usual, three times as much is the most there is.

It is a hint where to look, and cheap: nothing is read or decoded. It is not a measure. It knows
neither who moves nor how far; a lamp switched on and noise in the dark look like motion, a slow
approach may not; and the encoder's own rate control presses the loud down and lifts the quiet.
"""

from typing import Final

import numpy as np

from vigbox.media.fragments import FilmIndex
from vigbox.media.moov import TICKS_PER_SECOND

SLOT_MS: Final = 200
TYPICAL: Final = 85
_SLOT_TICKS: Final = TICKS_PER_SECOND * SLOT_MS // 1000
_AROUND: Final = 75
"""So many slots before and after tell what is typical: 15 s each."""
_MOST_SLOTS: Final = 1 << 18

Sizes = np.ndarray[tuple[int], np.dtype[np.float64]]


def make_motion(index: FilmIndex) -> bytes:
    """Give one byte for each 200 ms of film, 0 to 255; 0 too where no picture tells."""
    count = min(-(-index.pictures.end // _SLOT_TICKS), _MOST_SLOTS)
    if not count:
        return b""
    means = _means(index, count)
    typical = _typical(means)
    loud = np.divide(means * TYPICAL, typical, out=np.zeros(count), where=typical > 0)
    return bytes(np.clip(loud, 0, 255).astype(np.uint8))


def _means(index: FilmIndex, count: int) -> Sizes:
    """Give the mean size of the pictures in each slot that are no keyframes; 0 without one."""
    builds = np.frombuffer(index.is_keyframe, np.uint8) == 0
    sizes = np.array(index.pictures.sizes, np.float64)[builds]
    slots = np.array(index.picture_times, np.int64)[builds] // _SLOT_TICKS
    slots = np.minimum(slots, count - 1)
    held = np.bincount(slots, minlength=count)
    return np.bincount(slots, sizes, minlength=count) / np.maximum(held, 1)


def _typical(means: Sizes) -> Sizes:
    """Give the median around each slot."""
    padded = np.pad(means, _AROUND, mode="reflect" if len(means) > _AROUND else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
    pieces = [np.median(windows[at : at + 4096], axis=1) for at in range(0, len(means), 4096)]
    return np.concatenate(pieces)
