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

from vigbox.model import NS

_log = logging.getLogger(__name__)

_BLACK, _GREY = 16, 128
_LOOKED_AT_NS: Final = 2 * NS

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
        self._looked_ns = -_LOOKED_AT_NS
        self._small: tuple[Any, str] | None = None

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
        return None if small is None else VideoFrame.from_ndarray(small[0], small[1])

    def when_request(self, request: Any) -> None:  # noqa: ANN401  # picamera2 is untyped
        """Look at a picture before the encoder does. Never raises."""
        try:
            with self._lock:
                if self._hides(request):
                    self._paint(request)
                self._keep_small(request)
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

    def _paint(self, request: Any) -> None:  # noqa: ANN401
        for stream in (LARGE, SMALL):
            height = request.config[stream]["size"][1]
            with self._mapped(request, stream) as picture:
                picture.array[:height] = _BLACK
                picture.array[height:] = _GREY

    def _keep_small(self, request: Any) -> None:  # noqa: ANN401
        if time.monotonic_ns() - self._looked_ns > _LOOKED_AT_NS:
            self._small = None
            return
        pixels = _FORMATS[request.config[SMALL]["format"]]
        with self._mapped(request, SMALL, write=False) as picture:
            self._small = picture.array.copy(), pixels
