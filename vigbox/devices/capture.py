"""The real microphone: a USB or I2S sound card through sounddevice (PortAudio on ALSA).

The card's own thread calls back each 20 ms; there the samples are copied, given their time and
handed on, and nothing else.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from vigbox.devices.cards import Form, card_named, form_of, opened
from vigbox.devices.clock import Timestamper
from vigbox.devices.level import Level, level_of
from vigbox.devices.microphone import MicrophoneError, Sound
from vigbox.model import NS

_log = logging.getLogger(__name__)

_PATIENCE_S: Final = 1.5
_SAME_CLOCK_S: Final = 0.5


class SoundCardMicrophone:
    """A microphone chosen by a part of its name; an empty name takes the first there is.

    ``latency_ns`` is what the self-test found: sound is that much older than the card says.
    Only one may be started at a time in a process, as starting looks for devices anew.
    """

    def __init__(
        self,
        name: str,
        latency_ns: int = 0,
        library: Any = None,  # noqa: ANN401  # sounddevice, or its twin
    ) -> None:
        self.name = name
        self._latency_ns = latency_ns
        self._given_library = library
        self._stream: Any = None
        self._closing: threading.Thread | None = None
        self._take = _Take(lambda _: None, Form(1, "int16"), 0)

    @property
    def is_gone(self) -> bool:
        """Whether the device went while it was wanted, as when its plug is pulled."""
        return self._take.is_gone

    @property
    def overflows(self) -> int:
        """How often samples were lost since the start."""
        return self._take.overflows

    def level(self) -> Level:
        """Tell how loud it is just now; may be asked from any thread."""
        return level_of(self._take.latest)

    def start(self, when_sound: Callable[[Sound], None]) -> None:
        """Begin to give blocks of 20 ms. Raises :class:`MicrophoneError`.

        The first 0.6 s come all at once, as the card's clock has to settle.
        """
        self.stop()
        is_closing = self._closing is not None and self._closing.is_alive()
        if is_closing or self._stream is not None:
            raise MicrophoneError(
                f'the microphone "{self.name}" hangs since it was last stopped. '
                "Pull it out and plug it in again; if that does not help, restart the box."
            )
        library = self._library()
        try:
            # without this a device that was plugged in or came back is not seen
            if library._initialized:  # noqa: SLF001  # else the last time failed half-way
                library._terminate()  # noqa: SLF001
            library._initialize()  # noqa: SLF001
            card = card_named(self.name, library)
            form = form_of(card, library)
            self._take = take = _Take(when_sound, form, self._latency_ns)
            self._stream = opened(card, form, library, take.when_block, take.when_over)
            self._stream.start()
        except library.PortAudioError as error:
            self.stop()
            raise MicrophoneError(
                f'the microphone "{self.name}" cannot be opened: {error}. '
                "Check that nothing else records from it, or plug it in again."
            ) from error

    def stop(self) -> None:
        """End, within 2 s even when the device hangs; after this no further block comes."""
        stream = self._stream
        if stream is None:
            return
        self._take.end()
        closing = threading.Thread(target=_close, args=(stream,), name="mic", daemon=True)
        try:
            closing.start()
        except RuntimeError as error:  # no thread can be had: the next stop tries again
            _log.warning('the microphone "%s" stays open until stopped again: %s', self.name, error)
            return
        self._stream, self._closing = None, closing
        closing.join(_PATIENCE_S)
        if closing.is_alive():
            _log.warning('the microphone "%s" does not let go', self.name)

    def _library(self) -> Any:  # noqa: ANN401
        if self._given_library is not None:
            return self._given_library
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            raise MicrophoneError(
                f"the microphone cannot be used: {error}. Install the packages sounddevice "
                "and libportaudio2."
            ) from error
        return sounddevice


class _Take:
    """From one start to its stop: what the card's thread does with each block."""

    def __init__(self, when_sound: Callable[[Sound], None], form: Form, latency_ns: int) -> None:
        self.latest = b""
        self.overflows = 0
        self.is_gone = False
        self._when_sound = when_sound
        self._form = form
        self._stamper = Timestamper(latency_ns)
        self._gate = threading.Lock()
        self._is_over = False

    def when_block(self, data: Any, _frames: int, times: Any, flags: Any) -> None:  # noqa: ANN401
        """Copy and leave."""
        taken_ns = _taken_ns(times)
        is_broken = bool(flags.input_overflow)
        with self._gate:
            if self._is_over:
                return
            self.latest = self._form.mono(bytes(data))
            self.overflows += is_broken
            for sound in self._stamper.take(self.latest, taken_ns, is_broken=is_broken):
                self._when_sound(sound)

    def when_over(self) -> None:
        """Note that the device went, unless it was let go."""
        self.is_gone = self.is_gone or not self._is_over
        self.end()

    def end(self) -> None:
        """Give what was held, and from now on nothing."""
        with self._gate:
            if not self._is_over:
                self._is_over = True
                self.latest = b""
                for sound in self._stamper.rest():
                    self._when_sound(sound)


def _taken_ns(times: Any) -> int:  # noqa: ANN401
    """Tell when a block's first sample was taken, on CLOCK_MONOTONIC.

    A stream's time is CLOCK_MONOTONIC itself (a sound card on ALSA) and then used as it is, or
    wall time (PulseAudio), which may be set at any moment: then only how long ago it was counts,
    and a thread that had to wait is told late.
    """
    now_s = time.monotonic()
    taken_s: float = times.inputBufferAdcTime
    behind_s: float = now_s - times.currentTime
    is_same_clock = 0 <= behind_s < _SAME_CLOCK_S
    return round((taken_s if is_same_clock else taken_s + behind_s) * NS)


def _close(stream: Any) -> None:  # noqa: ANN401
    # stop() would wait for sound that may never come
    stream.abort(ignore_errors=True)
    stream.close(ignore_errors=True)
