"""What stands between the sensor and the encoder: it can be shut, and has a small window.

In a privacy pause the sensor runs on and each picture is painted black before anything reads it.
To stop the sensor instead would need black pictures from another encoder, which no decoder could
place in the same film, and a sensor that may not come back.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from av import VideoFrame

from vigbox.devices.camera import LOOKED_AT_NS

_log = logging.getLogger(__name__)

_BLACK, _GREY = 16, 128

LARGE: Final = "main"
SMALL: Final = "lores"

_FORMATS: Final = {"YUV420": "yuv420p", "NV12": "nv12"}


class Shutter:
    """Sees each picture in the camera's own thread.

    ``mapped`` is picamera2's MappedArray; ``when_broken`` is called when a picture could not be
    made black, and must let none of them pass any more.
    """

    def __init__(self, mapped: Any, when_broken: Callable[[], None]) -> None:  # noqa: ANN401
        self._mapped = mapped
        self._when_broken = when_broken
        self._lock = threading.Lock()
        self._is_shut = False
        self._opened_ns = 0
        self._looked_ns = -LOOKED_AT_NS
        self._small: tuple[Any, str, int] | None = None
        self._awaited_ns = 0
        self._is_past = threading.Event()
        self.has_seen = False
        """Whether any picture came."""

    def shut(self) -> None:
        """Make every picture black, from the next one on."""
        with self._lock:
            self._is_shut = True
            self._small = None

    def open(self) -> None:
        """Show what is taken from now on; what was taken before stays black."""
        with self._lock:
            if self._is_shut:
                self._opened_ns = time.monotonic_ns()
            self._is_shut = False

    def look(self) -> VideoFrame | None:
        """Give the latest small picture; None until one comes after the first look."""
        self._looked_ns = time.monotonic_ns()
        small = self._small
        if small is None or self._looked_ns - small[2] > LOOKED_AT_NS:
            return None
        return VideoFrame.from_ndarray(small[0], small[1])

    def wait_past(self, time_ns: int, patience_s: float) -> bool:
        """Wait for a picture that was taken later than that; False when none came in time."""
        self._is_past.clear()
        self._awaited_ns = time_ns
        return self._is_past.wait(patience_s)

    def when_request(self, request: Any) -> None:  # noqa: ANN401  # picamera2 is untyped
        """Look at a picture before the encoder does. Never raises."""
        self.has_seen = True
        try:
            with self._lock:
                if self._hides(request):
                    self._paint(request)
                self._keep_small(request)
            self._tell(request)
        except Exception:  # noqa: BLE001  # picamera2 would hang, and show the room
            self._when_broken()
            _log.exception("a picture could not be covered: no further picture is given")

    def _hides(self, request: Any) -> bool:  # noqa: ANN401
        if self._is_shut or not self._opened_ns:
            return self._is_shut
        if request.get_metadata()["SensorTimestamp"] < self._opened_ns:
            return True
        self._opened_ns = 0
        return False

    def _tell(self, request: Any) -> None:  # noqa: ANN401
        awaited_ns = self._awaited_ns
        if awaited_ns and request.get_metadata()["SensorTimestamp"] >= awaited_ns:
            self._awaited_ns = 0
            self._is_past.set()

    def _paint(self, request: Any) -> None:  # noqa: ANN401
        for stream in (LARGE, SMALL):
            height = request.config[stream]["size"][1]
            with self._mapped(request, stream) as picture:
                picture.array[:height] = _BLACK
                picture.array[height:] = _GREY

    def _keep_small(self, request: Any) -> None:  # noqa: ANN401
        now_ns = time.monotonic_ns()
        if now_ns - self._looked_ns > LOOKED_AT_NS:
            self._small = None
            return
        pixels = _FORMATS[request.config[SMALL]["format"]]
        with self._mapped(request, SMALL, write=False) as picture:
            self._small = picture.array.copy(), pixels, now_ns
