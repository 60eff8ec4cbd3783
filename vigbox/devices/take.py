"""From one start of the camera to its stop: what leaves the encoder, made into pictures."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from vigbox.devices.camera import Picture
from vigbox.media.h264 import parameter_sets

_log = logging.getLogger(__name__)

_US: Final = 1_000


class Take:
    """Hands pictures on until it is over. Nothing in it raises, or waits for long.

    An exception in picamera2's threads would end them, and its stop would then wait for ever.
    """

    def __init__(self, when_picture: Callable[[Picture], None]) -> None:
        self._when_picture = when_picture
        self._gate = threading.Lock()
        self._sets = b""
        self._has_begun = False
        self._is_over = False

    @property
    def has_begun(self) -> bool:
        """Whether any picture was handed on."""
        return self._has_begun

    def give(self, data: bytes, time_us: int, *, is_keyframe: bool) -> None:
        """Take what the encoder made: copy and leave. ``time_us`` is on CLOCK_MONOTONIC."""
        with self._gate:
            if self._is_over:
                return
            try:
                self._give(bytes(data), time_us * _US, is_keyframe=is_keyframe)
            except Exception:  # noqa: BLE001  # picamera2 would hang
                _log.exception("a picture was lost")

    def end(self) -> None:
        """From now on give nothing; when it returns no picture is on its way."""
        with self._gate:
            self._is_over = True

    def _give(self, data: bytes, time_ns: int, *, is_keyframe: bool) -> None:
        if is_keyframe:
            data = self._whole(data)
        # what cannot be decoded yet is no beginning
        self._has_begun = self._has_begun or (is_keyframe and bool(self._sets))
        if self._has_begun:
            self._when_picture(Picture(data, time_ns, is_keyframe))

    def _whole(self, keyframe: bytes) -> bytes:
        """Give a keyframe with its parameter sets in front, also when they came only once."""
        sets = parameter_sets(keyframe)
        if sets is None:
            return self._sets + keyframe
        self._sets = sets
        return keyframe


def output_for(encoder: Any, take: Take) -> Any:  # noqa: ANN401  # picamera2 is untyped
    """Make the output through which picamera2's encoder fills a take.

    Its times are microseconds since its first picture, whose own time it keeps.
    """
    from picamera2.outputs import Output

    class TakeOutput(Output):  # type: ignore[misc]  # picamera2 is untyped
        def outputframe(
            self,
            frame: Any,  # noqa: ANN401
            keyframe: bool = True,  # noqa: FBT001, FBT002  # as picamera2 names and gives it
            timestamp: int | None = None,
            packet: Any = None,  # noqa: ANN401, ARG002
            audio: bool = False,  # noqa: FBT001, FBT002
        ) -> None:
            if timestamp is not None and not audio:
                take.give(frame, encoder.firsttimestamp + timestamp, is_keyframe=bool(keyframe))

    return TakeOutput()
