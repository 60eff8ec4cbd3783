"""What a film sounds like: its loudness to be drawn, its samples to find speech in.

Sound is decoded packet by packet, each placed at its own time: what was lost or cannot be decoded
is silence of the same length, so that nothing slides against the picture.
"""

from collections.abc import Iterator
from typing import Final

import av
import numpy as np
from av import AudioFrame, AudioResampler, Packet

from vigbox.media import samples
from vigbox.media.boxes import ReadAt
from vigbox.media.fragments import FilmIndex
from vigbox.media.samples import Progress
from vigbox.media.sound import RATE

Samples = np.ndarray[tuple[int], np.dtype[np.float32]]

SPEECH_RATE: Final = 16_000
"""Samples a second that models of speech listen to."""
PEAKS_PER_SECOND: Final = 50
_PEAK_SAMPLES: Final = RATE // PEAKS_PER_SECOND
_BLOCK_SAMPLES: Final = 4 * RATE
_LOUDEST: Final = 255


def make_wave(index: FilmIndex, read_at: ReadAt, *, progress: Progress = samples.nobody) -> bytes:
    """Give the largest sample of each 20 ms as a byte, 255 the loudest that can be.

    Nothing is given for a film without sound. Raises BoxError, OSError.
    """
    found = []
    for block in _blocks(index, read_at):
        found.append(_peaks(block))
        progress(min(1.0, len(found) * _BLOCK_SAMPLES / index.sound.end))
    return b"".join(found)


def speech_samples(index: FilmIndex, read_at: ReadAt) -> Iterator[Samples]:
    """Give the sound as blocks of float32 samples, -1 to 1, mono, 16,000 a second.

    The first sample is at the film's time 0; nothing is given for a film without sound. Raises
    BoxError, OSError.
    """
    resampler = AudioResampler("flt", "mono", SPEECH_RATE)
    for block in _blocks(index, read_at):
        frame = AudioFrame.from_ndarray(block[None], "flt", "mono")
        frame.sample_rate = RATE
        yield from map(_array, resampler.resample(frame))
    if index.sound.times:
        yield from map(_array, resampler.resample(None))


class _Tape:
    """Samples laid at their times, silence between them, taken off block by block."""

    def __init__(self) -> None:
        self.begin = 0
        # what reaches over a block's end begins the next
        self._room = np.zeros(2 * _BLOCK_SAMPLES, np.float32)

    @property
    def block_end(self) -> int:
        return self.begin + _BLOCK_SAMPLES

    def lay(self, time: int, piece: Samples) -> None:
        at = time - self.begin
        room = self._room[at : at + len(piece)]
        room[:] = piece[: len(room)]

    def take(self) -> Samples:
        block = self._room[:_BLOCK_SAMPLES].copy()
        self._room[:_BLOCK_SAMPLES] = self._room[_BLOCK_SAMPLES:]
        self._room[_BLOCK_SAMPLES:] = 0
        self.begin += _BLOCK_SAMPLES
        return block


def _blocks(index: FilmIndex, read_at: ReadAt) -> Iterator[Samples]:
    """Give the film's sound from time 0, some seconds at a time; the last block is shorter."""
    if not samples.has_sound(index):
        return
    tape = _Tape()
    for time, piece in _heard(index, read_at):
        while time >= tape.block_end:
            yield tape.take()
        tape.lay(time, piece)
    while (rest := index.sound.end - tape.begin) > 0:
        yield tape.take()[:rest]


def _heard(index: FilmIndex, read_at: ReadAt) -> Iterator[tuple[int, Samples]]:
    decoder = samples.sound_decoder()
    for number, time in enumerate(index.sound.times):
        data = samples.read(read_at, index.sound, number)
        if not data:
            continue
        try:
            frames = decoder.decode(Packet(data))
        except av.error.FFmpegError:
            continue
        for frame in frames:
            yield time, _array(frame)


def _peaks(block: Samples) -> bytes:
    whole = np.zeros(-(-len(block) // _PEAK_SAMPLES) * _PEAK_SAMPLES, np.float32)
    whole[: len(block)] = block
    rows = whole.reshape(-1, _PEAK_SAMPLES)
    peaks = np.nan_to_num(np.maximum(rows.max(1), -rows.min(1)))
    return bytes(np.clip(peaks * _LOUDEST, 0, _LOUDEST).astype(np.uint8))


def _array(frame: AudioFrame) -> Samples:
    return np.frombuffer(memoryview(frame.planes[0]), np.float32, frame.samples)
