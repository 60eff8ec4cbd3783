"""The real camera, on picamera2.

A sensor that stalls raises nothing there, and its ``stop_recording`` may then block for ever
(picamera2 #1264, #1275): it is asked in a thread with a deadline, and what hangs is left behind,
for only another process can have the camera again. picamera2's own sound is never used: it has
no common clock.
"""

import atexit
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from av import VideoFrame

from vigbox.config import Settings
from vigbox.devices.camera import AbsentError, CameraError, Picture, small_size
from vigbox.devices.encoders import Shape, encoder_for, read_model
from vigbox.devices.shutter import LARGE, Shutter
from vigbox.devices.sight import Sight
from vigbox.devices.take import Take, output_for
from vigbox.model import NS

_log = logging.getLogger(__name__)

_PATIENCE_S: Final = 2.0
_ANEW_S: Final = 1.0
_BLIND_NS: Final = 3 * NS
"""A camera that was open for so long and gave no picture gives none."""

_CONTINUOUS: Final = 2  # libcamera.controls.AfModeEnum


def open_camera(settings: Settings) -> "PiCamera":
    """Make the box's camera. Only ``start`` and ``watch`` open it."""
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
        self._is_filming = False
        self._opened_ns = 0
        self._sight = Sight(_library, self._is_free)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._shape.size

    @property
    def is_stuck(self) -> bool:
        """Whether the camera has not let go since a stop; another process could have it."""
        return self._closing is not None and self._closing.is_alive()

    def problem(self) -> str | None:
        """Say why a start would be refused; empty when it would not, None while nobody knows.

        The first question begins a look in the background, for which picamera2 is loaded.
        """
        if self._is_filming and self._take.has_begun:
            self._sight.saw()
        return self._sight.problem()

    def watch(self) -> None:
        """Open for looking alone, without an encoder. Raises :class:`CameraError`."""
        self._open(lambda device: device.start())
        self._is_watched = True

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        """Begin; the first picture is a keyframe. Raises :class:`CameraError`."""
        if not self._is_anew():  # a watched camera that stalled is opened again as well
            self._open(lambda device: device.start_recording(*self._encode(when_picture)))
            self._is_filming = True
            return
        try:
            encoder, output = self._encode(when_picture)
            self._device.start_encoder(encoder, output, name=LARGE)
        except (RuntimeError, OSError, ValueError, LookupError) as error:
            self.stop()
            refusal = _cannot_film(error)
            self._sight.refused(refusal)
            raise refusal from error
        self._is_filming, self._opened_ns = True, time.monotonic_ns()

    def _is_free(self) -> bool:
        """Tell whether libcamera may be asked what there is: not while it holds a camera."""
        return self._device is None and not self.is_stuck

    def _is_anew(self) -> bool:
        """Wait until a watched camera shows what is now; what it showed before is no film."""
        is_watched, self._is_watched = self._is_watched, False
        shutter = self._shutter
        if not is_watched or shutter is None:
            return False
        return shutter.wait_past(time.monotonic_ns(), _ANEW_S)

    def _open(self, begin: Callable[[Any], None]) -> None:
        self.stop()
        with self._sight.trying():
            if not self._is_free():
                raise _hangs()
            self._device = _opened()
            try:
                self._configure()
                begin(self._device)
            except (RuntimeError, OSError, ValueError, LookupError) as error:
                self.stop()
                raise _cannot_film(error) from error
            self._opened_ns = time.monotonic_ns()

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
        shutter, self._shutter = self._shutter, None
        self._is_watched = False
        if self._device is None:
            return
        self._judge(shutter)
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
            self._sight.refused(_hangs())

    def _judge(self, shutter: Shutter | None) -> None:
        """Remember what it gave: a loose cable may let it be opened, and carry no picture."""
        is_filming, self._is_filming = self._is_filming, False
        opened_ns, self._opened_ns = self._opened_ns, 0
        if is_filming and self._take.has_begun:
            self._sight.saw()
            return
        is_blind = is_filming or (shutter is not None and not shutter.has_seen)
        if is_blind and opened_ns and time.monotonic_ns() - opened_ns > _BLIND_NS:
            self._sight.refused(_gave_nothing())

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


def _library() -> Any:  # noqa: ANN401
    """Load picamera2, which takes seconds on a small board. Raises CameraError without a camera."""
    try:
        from picamera2 import Picamera2
    except Exception as error:  # a library that is broken may raise anything
        raise AbsentError(
            f"the camera cannot be used: {error}. Install the package python3-picamera2."
        ) from error
    try:
        is_listed = _lists_one(Picamera2)
    except Exception as error:
        raise AbsentError(str(_cannot_film(error))) from error
    if not is_listed:
        raise AbsentError(
            "there is no camera. Switch the box off, check the camera's cable at both ends, "
            "and switch it on again."
        )
    return Picamera2


def _lists_one(library: Any) -> bool:  # noqa: ANN401
    if library.global_camera_info():
        return True
    # picamera2 keeps libcamera's list, empty as it is: one that came late is only in a new one
    with contextlib.suppress(AttributeError):  # its own devices.imx708 asks for a new one so
        library._cm.reset()  # noqa: SLF001
    return bool(library.global_camera_info())


def _opened() -> Any:  # noqa: ANN401
    library = _library()
    try:
        return library()
    except (RuntimeError, OSError, LookupError) as error:
        raise CameraError(
            f"the camera cannot be opened: {_told(error)}. Stop whatever else uses it, "
            "then try again."
        ) from error


def _hangs() -> CameraError:
    return AbsentError(
        "the camera hangs since it was last stopped. It comes back when the recorder "
        "starts again; if it does not, switch the box off and on."
    )


def _gave_nothing() -> CameraError:
    return CameraError("The camera gave no picture. Check its cable, then press again.")


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
