"""The real camera, on picamera2.

A sensor that stalls raises nothing there, and its ``stop_recording`` may then block for ever
(picamera2 #1264, #1275): it is asked in a thread with a deadline, and what hangs is left behind,
for only another process can have the camera again. picamera2's own sound is never used: it has
no common clock.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from av import VideoFrame

from vigbox.config import Settings
from vigbox.devices.camera import CameraError, Picture, small_size
from vigbox.devices.encoders import Shape, encoder_for, read_model
from vigbox.devices.shutter import LARGE, Shutter
from vigbox.devices.take import Take, output_for

_log = logging.getLogger(__name__)

_PATIENCE_S: Final = 2.0
_ANEW_S: Final = 1.0
_CONTINUOUS: Final = 2  # libcamera.controls.AfModeEnum


def open_camera(settings: Settings) -> "PiCamera":
    """Make the box's camera. It is only opened by ``start``, which tells when there is none."""
    return PiCamera(
        (settings.width, settings.height),
        settings.pictures_per_second,
        settings.bits_per_second,
    )


class PiCamera:
    """Films through picamera2. It is opened at each start and given back at each stop."""

    def __init__(
        self,
        size: tuple[int, int],
        pictures_per_second: int,
        bits_per_second: int,
        model: str | None = None,
    ) -> None:
        self._shape = Shape(size, pictures_per_second, bits_per_second)
        self._model = read_model() if model is None else model
        self._device: Any = None
        self._take = Take(lambda _: None)
        self._shutter: Shutter | None = None
        self._closing: threading.Thread | None = None
        self._is_watched = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._shape.size

    @property
    def is_stuck(self) -> bool:
        """Whether the camera has not let go since a stop; another process could have it."""
        return self._closing is not None and self._closing.is_alive()

    def watch(self) -> None:
        """Open for looking alone, without an encoder. Raises :class:`CameraError`."""
        self._open(lambda device: device.start())
        self._is_watched = True

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        """Begin; the first picture is a keyframe. Raises :class:`CameraError`."""
        if not self._is_anew():  # a watched camera that stalled is opened again as well
            self._open(lambda device: device.start_recording(*self._encode(when_picture)))
            return
        try:
            encoder, output = self._encode(when_picture)
            self._device.start_encoder(encoder, output, name=LARGE)
        except (RuntimeError, OSError, ValueError, LookupError) as error:
            self.stop()
            raise _cannot_film(error) from error

    def _is_anew(self) -> bool:
        """Wait until a watched camera shows what is now; what it showed before is no film."""
        is_watched, self._is_watched = self._is_watched, False
        shutter = self._shutter
        if not is_watched or shutter is None:
            return False
        return shutter.wait_past(time.monotonic_ns(), _ANEW_S)

    def _open(self, begin: Callable[[Any], None]) -> None:
        self.stop()
        if self.is_stuck or self._device is not None:
            raise CameraError(
                "the camera hangs since it was last stopped. It comes back when the recorder "
                "starts again; if it does not, switch the box off and on."
            )
        self._device = _opened()
        try:
            self._configure()
            begin(self._device)
        except (RuntimeError, OSError, ValueError, LookupError) as error:
            self.stop()
            raise _cannot_film(error) from error

    def blank(self, *, is_blank: bool) -> None:
        """Paint every picture black before it is encoded, or show the room again."""
        if self._shutter is None:
            return
        if is_blank:
            self._shutter.shut()
        else:
            self._shutter.open()

    def look(self) -> VideoFrame | None:
        """Give the latest small picture, 320 wide; None while there is none.

        The first look gives nothing: small pictures are kept only while somebody looks.
        """
        shutter = self._shutter
        return None if shutter is None else shutter.look()

    def stop(self) -> None:
        """End, within 2 s even when the camera hangs; after this no further picture comes."""
        self._shutter = None
        self._is_watched = False
        if self._device is None:
            return
        device = self._device
        closing = threading.Thread(target=_let_go, args=(device,), name="camera-stop", daemon=True)
        try:
            closing.start()
        except RuntimeError as error:  # no thread can be had: the next stop tries again
            self._take.end()
            _log.error("the camera stays open until it is stopped again: %s", error)
            return
        self._device, self._closing = None, closing
        closing.join(_PATIENCE_S)
        self._take.end()  # not before: the encoder still gives what it holds
        if closing.is_alive():
            # at the end of the process picamera2 would ask it again, and wait for ever
            atexit.unregister(device.close)
            _log.error("the camera does not let go")

    def _configure(self) -> None:
        from picamera2 import MappedArray

        self._device.configure(self._configuration())
        configured = tuple(self._device.camera_configuration()[LARGE]["size"])
        if configured != self.size:
            width, height = configured
            raise ValueError(f"it gives {width}x{height}, not {self.size[0]}x{self.size[1]}")
        self._shutter = Shutter(MappedArray, when_broken=self._end_take)
        self._device.pre_callback = self._shutter.when_request

    def _end_take(self) -> None:
        self._take.end()  # of the moment: a watched camera has another one than the film

    def _encode(self, when_picture: Callable[[Picture], None]) -> tuple[Any, Any]:
        self._take = Take(when_picture)
        encoder = encoder_for(self._model, self._shape)
        return encoder, output_for(encoder, self._take)

    def _configuration(self) -> Any:  # noqa: ANN401  # picamera2 is untyped
        return self._device.create_video_configuration(
            main={"size": self.size, "format": "YUV420"},
            lores={"size": small_size(self.size), "format": "YUV420"},
            display=None,
            encode=LARGE,
            controls=self._controls(),
        )

    def _controls(self) -> dict[str, Any]:
        period_us = round(1_000_000 / self._shape.pictures_per_second)
        wished = {"FrameDurationLimits": (period_us, period_us), "AfMode": _CONTINUOUS}
        known = self._device.camera_controls
        return {name: value for name, value in wished.items() if name in known}


def _opened() -> Any:  # noqa: ANN401
    try:
        from picamera2 import Picamera2
    except (ImportError, OSError) as error:
        raise CameraError(
            f"the camera cannot be used: {error}. Install the package python3-picamera2."
        ) from error
    if not Picamera2.global_camera_info():
        raise CameraError(
            "there is no camera. Switch the box off, check the camera's cable at both ends, "
            "and switch it on again."
        )
    try:
        return Picamera2()
    except (RuntimeError, OSError, LookupError) as error:
        raise CameraError(
            f"the camera cannot be opened: {_told(error)}. Stop whatever else uses it, "
            "then try again."
        ) from error


def _cannot_film(error: Exception) -> CameraError:
    return CameraError(
        f"the camera cannot film: {_told(error)}. Switch the box off, check the "
        "camera's cable, and switch it on again."
    )


def _told(error: BaseException) -> str:
    """Give what went wrong underneath: picamera2 wraps it in words that say nothing."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).rstrip(".") or type(error).__name__


def _let_go(device: Any) -> None:  # noqa: ANN401
    for each in (device.stop_recording, device.close):
        try:
            each()
        except Exception:  # noqa: BLE001  # whatever it is, the camera must be given back
            _log.exception("the camera did not stop in order")
