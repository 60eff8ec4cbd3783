"""Camera and microphone as the recorder lends them: to a film, or to whoever aims the camera.

A film always comes first: it takes the devices over without asking, and gets nothing that was seen
or heard before. Nothing of what is only looked at is encoded or written.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from av import VideoFrame

from vigbox.devices.camera import Camera, Picture
from vigbox.devices.level import Level
from vigbox.devices.microphone import Microphone, MicrophoneError, Sound
from vigbox.recorder.glimpse import SILENT

_PATIENCE_S: Final = 2.0


class LentCamera:
    """The box's camera as a recording uses it; ``watch`` is the viewfinder's."""

    def __init__(
        self, camera: Camera, when_blank: Callable[[], None], when_over: Callable[[], None]
    ) -> None:
        self._camera = camera
        self._when_blank = when_blank
        self._when_over = when_over
        self._lock = threading.Lock()
        self.is_filming = self.is_watched = self._is_blank = self._is_hidden = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._camera.size

    @property
    def is_stuck(self) -> bool:
        """Whether it has not let go since a stop."""
        return self._camera.is_stuck

    def problem(self) -> str | None:
        """Say why a film would be refused, nothing, or None while nobody knows."""
        return self._camera.problem()

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        """Film, from now on. Raises CameraError."""
        with self._lock:
            self._is_blank, self.is_filming = False, True
            self._camera.start(when_picture)
            self.is_watched = False

    @property
    def is_blank(self) -> bool:
        """Whether nobody sees anything."""
        return self._is_blank or self._is_hidden

    def hide(self, *, is_hidden: bool) -> None:
        """Show nothing to who looks, or the room again: a pause may outlast the film it is of."""
        has_changed, self._is_hidden = is_hidden != self._is_hidden, is_hidden
        if has_changed and is_hidden:
            self._when_blank()

    def blank(self, *, is_blank: bool) -> None:
        """Show nothing to anybody, or the room again."""
        if is_blank:
            self._is_blank = True
            self._when_blank()
        self._camera.blank(is_blank=is_blank)
        self._is_blank = is_blank

    def look(self) -> VideoFrame | None:
        """Give the latest small picture; None in a privacy pause."""
        return None if self.is_blank else self._camera.look()

    def stop(self) -> None:
        """End the film, and looking with it."""
        if self.is_filming:
            self._when_over()
        with self._lock:
            self._camera.stop()
            self.is_filming = self.is_watched = self._is_blank = False

    def watch(self) -> None:
        """Open for looking, unless it is open. Raises CameraError."""
        with self._lock:
            if not (self.is_filming or self.is_watched):
                self._camera.watch()
                self.is_watched = True

    def unwatch(self) -> None:
        """Close what was open for looking alone."""
        with self._lock:
            if self.is_watched and not self.is_filming:
                self._camera.stop()
            self.is_watched = False


class LentMicrophone:
    """The box's microphone as a recording uses it; ``watch`` is the viewfinder's.

    One that hangs while it is opened is left to whoever opens it: the others wait 2 s, no longer.
    """

    def __init__(self, microphone: Microphone) -> None:
        self._microphone = microphone
        self._lock = threading.Lock()
        self._is_filming = self._is_watched = False

    def start(self, when_sound: Callable[[Sound], None]) -> None:
        """Hear, from now on. Raises MicrophoneError."""
        with self._held(_PATIENCE_S) as is_held:
            if not is_held:
                raise MicrophoneError(
                    "the microphone hangs since it was last opened. Pull it out and plug it in "
                    "again; if that does not help, restart the box."
                )
            self._is_filming, self._is_watched = True, False
            self._microphone.start(when_sound)

    def level(self) -> Level:
        """Tell how loud it is; silence while it is not open."""
        is_open = self._is_filming or self._is_watched
        return self._microphone.level() if is_open else SILENT

    def stop(self) -> None:
        """End."""
        with self._held(_PATIENCE_S) as is_held:
            if is_held:
                self._is_filming = self._is_watched = False
                self._microphone.stop()

    def watch(self) -> None:
        """Open for its level alone, unless it is open; one that refuses or hangs is silent."""
        with self._held(0) as is_held:
            if is_held and not (self._is_filming or self._is_watched):
                self._is_watched = True
                with suppress(MicrophoneError):
                    self._microphone.start(lambda _: None)

    def unwatch(self) -> None:
        """Close what was open for its level alone."""
        with self._held(_PATIENCE_S) as is_held:
            if is_held and self._is_watched:
                self._microphone.stop()
                self._is_watched = False

    @contextmanager
    def _held(self, patience_s: float) -> Iterator[bool]:
        is_held = self._lock.acquire(timeout=patience_s)
        try:
            yield is_held
        finally:
            if is_held:
                self._lock.release()
