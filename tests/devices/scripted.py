"""A twin of the sounddevice library that does what a test tells it, with the real one's errors."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sounddevice

from vigbox.devices.microphone import BLOCK_SAMPLES, SAMPLES_PER_SECOND

BLOCK_S = BLOCK_SAMPLES / SAMPLES_PER_SECOND


@dataclass
class Times:
    """What PortAudio tells of a block."""

    inputBufferAdcTime: float  # noqa: N815
    currentTime: float  # noqa: N815


class Stream:
    """An opened card; :meth:`give` and :meth:`go` are the card's own doing."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.is_closed = False
        self.let_go = threading.Event()
        self.let_go.set()
        self.refuses_to_start = False

    def start(self) -> None:
        if self.refuses_to_start:
            raise sounddevice.PortAudioError("Device unavailable", -9985)

    def abort(self, *, ignore_errors: bool) -> None:
        assert ignore_errors
        self.let_go.wait()
        self.told["finished_callback"]()

    def close(self, *, ignore_errors: bool) -> None:
        assert ignore_errors
        self.is_closed = True

    def give(self, data: bytes, times: Times, flags: int = 0) -> None:
        """Call back as the card's thread does."""
        self.told["callback"](data, BLOCK_SAMPLES, times, sounddevice.CallbackFlags(flags))

    def go(self) -> None:
        """Be pulled out."""
        self.told["finished_callback"]()


class Library:
    """sounddevice with the cards it is given: (name, channels, the forms each accepts)."""

    PortAudioError = sounddevice.PortAudioError

    def __init__(self, *cards: tuple[str, int, set[tuple[int, str]]]) -> None:
        self.cards = list(cards)
        self.scans = 0
        self._initialized = 1  # as sounddevice counts: by its import, and up only if that went well
        self.when_initialized: Callable[[], None] = lambda: None
        self.streams: list[Stream] = []
        self.when_opened: Callable[[Stream], None] = lambda _: None

    def _terminate(self) -> None:
        if not self._initialized:
            raise sounddevice.PortAudioError("PortAudio not initialized", -10000)
        self._initialized -= 1
        self.scans += 1

    def _initialize(self) -> None:
        self.when_initialized()
        self._initialized += 1

    def query_devices(self) -> list[dict[str, Any]]:
        return [
            {"index": number, "name": name, "max_input_channels": channels}
            for number, (name, channels, _) in enumerate(self.cards)
        ]

    def check_input_settings(self, device: int, channels: int, dtype: str, samplerate: int) -> None:
        if samplerate != SAMPLES_PER_SECOND or (channels, dtype) not in self.cards[device][2]:
            raise sounddevice.PortAudioError("Invalid sample rate", -9997)

    def RawInputStream(self, **told: Any) -> Stream:  # noqa: N802
        stream = Stream(told)
        self.when_opened(stream)
        self.streams.append(stream)
        return stream


def now(ago_s: float = BLOCK_S, ahead_s: float = 0.0) -> Times:
    """Tell of a block that began so long ago, on a stream clock that much ahead of ours."""
    at_s = time.monotonic() + ahead_s
    return Times(at_s - ago_s, at_s)
