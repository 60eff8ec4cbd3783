"""The sound of a film from elsewhere: gathered, without holes, encoded anew."""

from fractions import Fraction
from typing import Final

from av import AudioFrame, AudioResampler

from vigbox.media.sound import RATE, SoundPacket, SoundTrack

_NS: Final = 10**9
_SILENCE_STEP_NS: Final = _NS


class ForeignSound:
    """Brings any sound to 48 kHz mono, placed by its own times."""

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._shape: object = None
        self._track = SoundTrack()
        self.end_ns = 0

    def add(self, frame: AudioFrame, time: Fraction | None) -> list[SoundPacket]:
        """Take a frame at its time, in seconds; where it has none, after the last."""
        time_ns = self.end_ns if time is None else int(time * _NS)
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:  # a call's file changes in the middle
            self._shape, self._resampler = shape, AudioResampler("s16", "mono", RATE)
        made = []
        frame.pts = None
        for each in self._resampler.resample(frame) if self._resampler else ():
            made += self._push(bytes(each.planes[0])[: each.samples * 2], time_ns)
            time_ns += each.samples * _NS // RATE
        return made

    def finish(self) -> list[SoundPacket]:
        """Give what is left."""
        made = self._track.finish()
        self._track.close()
        return made

    def _push(self, samples: bytes, time_ns: int) -> list[SoundPacket]:
        made = []
        while time_ns - self.end_ns > _SILENCE_STEP_NS:
            # a long hole at once would take the memory of all of it
            made += self._track.push(bytes(RATE * 2), self.end_ns)
            self.end_ns += _SILENCE_STEP_NS
        made += self._track.push(samples, time_ns)
        self.end_ns = max(self.end_ns, time_ns + len(samples) // 2 * _NS // RATE)
        return made
