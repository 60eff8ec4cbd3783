"""The film's sound: samples placed by their own times, bent to the picture's clock, then AAC.

``aresample`` compares each block's time with the samples before it: up to 2 ms are left alone,
a drift is bent away by at most 2000 samples a second. More than 10 ms is no drift but a loss:
a hole becomes silence at once, as bending would leave lips and words apart for seconds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av import AudioFifo, AudioFrame
from av.audio.codeccontext import AudioCodecContext
from av.filter import Graph
from av.filter.context import FilterContext

RATE: Final = 48_000
PACKET_SAMPLES: Final = 1024
_BITS_PER_SECOND: Final = 96_000
_NS_PER_US: Final = 1000
_BEND: Final = "async=2000:min_comp=0.002:min_hard_comp=0.01:first_pts=0"
_LC_48K_MONO: Final = b"\x11\x88"


@dataclass(frozen=True, slots=True)
class SoundPacket:
    """One AAC packet: 1024 samples from ``time_samples`` of the film on."""

    data: bytes
    time_samples: int


class SoundTrack:
    """Takes blocks of int16 mono samples at 48 kHz, gives AAC packets from time 0 on."""

    config = _LC_48K_MONO
    """The AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1): AAC-LC, 48 kHz, mono."""

    def __init__(self) -> None:
        self._graph, self._source, self._sink = _bender()
        self._fifo = AudioFifo()
        self._encoder = _encoder()
        self._place = 0

    def push(self, samples: bytes, time_ns: int) -> list[SoundPacket]:
        """Add samples whose first was taken at ``time_ns`` of the film."""
        data = np.frombuffer(samples, "<i2")
        early = min(len(data), max(0, -time_ns * RATE // 10**9))
        if early == len(data):
            return []
        frame = AudioFrame.from_ndarray(data[None, early:], "s16", "mono")
        frame.sample_rate = RATE
        frame.pts = max(0, time_ns + early * 10**9 // RATE) // _NS_PER_US
        frame.time_base = Fraction(1, 1_000_000)
        self._source.push(frame)
        return list(self._encoded(self._bent()))

    def finish(self) -> list[SoundPacket]:
        """Give what is left."""
        self._source.push(None)
        packets = list(self._encoded(self._bent()))
        rest = self._fifo.read(0, partial=True)
        if rest is not None:
            packets += self._encode(rest)
        return packets + self._encode(None)

    def close(self) -> None:
        """Let the encoder go."""
        self._fifo = AudioFifo()

    def _bent(self) -> Iterator[AudioFrame]:
        while True:
            try:
                frame = self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if isinstance(frame, AudioFrame):
                frame.pts = None
                yield frame

    def _encoded(self, frames: Iterable[AudioFrame]) -> Iterator[SoundPacket]:
        for frame in frames:
            self._fifo.write(frame)
            while (whole := self._fifo.read(PACKET_SAMPLES)) is not None:
                yield from self._encode(whole)

    def _encode(self, frame: AudioFrame | None) -> list[SoundPacket]:
        if frame is not None:
            frame.pts, frame.time_base = self._place, Fraction(1, RATE)
            self._place += frame.samples
        return [
            SoundPacket(bytes(packet), packet.pts)
            for packet in self._encoder.encode(frame)
            # the encoder's priming packet lies before the film
            if packet.pts is not None and packet.pts >= 0
        ]


def _bender() -> tuple[Graph, FilterContext, FilterContext]:
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=RATE, format="s16", layout="mono", time_base=Fraction(1, 1_000_000)
    )
    bend = graph.add("aresample", _BEND)
    shape = graph.add("aformat", f"sample_fmts=fltp:sample_rates={RATE}:channel_layouts=mono")
    sink = graph.add("abuffersink")
    source.link_to(bend)
    bend.link_to(shape)
    shape.link_to(sink)
    graph.configure()
    return graph, source, sink


def _encoder() -> AudioCodecContext:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate = RATE
    encoder.layout = "mono"
    encoder.format = "fltp"
    encoder.bit_rate = _BITS_PER_SECOND
    encoder.time_base = Fraction(1, RATE)
    encoder.open()
    return encoder
