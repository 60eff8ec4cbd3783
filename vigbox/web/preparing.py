"""Prepares one film from elsewhere: from its sealed parts, through the sandbox, to a recording."""

import contextlib
import logging
import threading
from dataclasses import dataclass
from typing import Final

from vigbox.casework.imports import Import
from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.media.jobs import Order, Walls
from vigbox.media.sandbox import Conversion, Limits
from vigbox.media.sniff import HEAD_BYTES, demuxer_of
from vigbox.media.wire_messages import End, Picture, Shape
from vigbox.seal.signing import SigningKey
from vigbox.store.layout import Layout
from vigbox.store.uploads import Upload, UploadReader
from vigbox.web.arriving import Arriving
from vigbox.web.recorder_link import RecorderLink
from vigbox.web.words import clock

_log = logging.getLogger(__name__)

_LOOK_S: Final = 1.0
_MS: Final = 1_000_000
_PICTURES_PER_SECOND: Final = 30
"""As many as a phone takes; more are thinned."""

_BROKEN: Final = (
    "The film could not be prepared: something in it is not as it should be. Save it again as MP4 "
    "with another program, then add it again."
)


class CancelledError(VigboxError):
    """Somebody does not want the film any more."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a film is prepared on and with."""

    layout: Layout
    settings: Settings
    key: SigningKey
    recorder: RecorderLink
    limits: Limits | None = None
    walls: Walls | None = None


class Preparation:
    """One film on its way; holds the keys of its parts and no others.

    Any thread may ask how far it is and cancel it; ``over`` is set by whoever let it run.
    """

    def __init__(self, ground: Ground, wish: Import, reader: UploadReader) -> None:
        self.wish = wish
        self.over = threading.Event()
        self.is_waiting = False
        self._ground = ground
        self._reader = reader
        self._conversion: Conversion | None = None
        self._cancelled = threading.Event()
        self._told_ms = 0
        self._length_ns = 0

    @property
    def progress(self) -> float:
        """How far it is, from 0 to 1."""
        whole_ns = self._told_ms * _MS
        return min(0.99, self._length_ns / whole_ns) if whole_ns else 0.0

    def cancel(self) -> None:
        """End the work at once."""
        self._cancelled.set()
        if self._conversion is not None:
            self._conversion.kill()

    def run(self) -> tuple[str, str] | None:
        """Make the recording; gives what became of it and what to tell, None when cancelled.

        Never raises: whoever waits for its end must not wait for ever.
        """
        try:
            return "ready", self._prepare()
        except VigboxError as error:
            why = str(error)
        except OSError as error:
            why = f"The card failed: {error.strerror or error}. Nothing else was changed."
        except Exception:  # noqa: BLE001  # a stream made to do harm breaks its reader in any way
            _log.exception("import %s could not be prepared", self.wish.id)
            why = _BROKEN
        return None if self._cancelled.is_set() else ("failed", why)

    def _prepare(self) -> str:
        ground, settings = self._ground, self._ground.settings
        order = Order(
            demuxer=demuxer_of(self._reader.read_at(0, HEAD_BYTES)),
            size=self._reader.size,
            bits_per_second=settings.bits_per_second,
            pictures_per_second=_PICTURES_PER_SECOND,
            longest_s=settings.longest_recording_minutes * 60,
        )
        arriving = Arriving(ground.layout, settings, self.wish)
        try:
            end = self._convert(order, arriving)
            arriving.finish(ground.key)
        except BaseException:
            arriving.abandon()
            raise
        with contextlib.suppress(OSError):  # it is a recording now; the parts go another time
            Upload(ground.layout, self.wish.id, self.wish.size_bytes).remove()
        return self._told() if end.is_cut else ""

    def _convert(self, order: Order, arriving: Arriving) -> End:
        with Conversion(
            order, self._reader.read_at,
            limits=self._ground.limits, walls=self._ground.walls, when_asked=self._wait_turn,
        ) as conversion:  # fmt: skip
            self._conversion = conversion
            self._check_wanted()  # it may have been cancelled before there was one to kill
            for part in conversion:
                if isinstance(part, End):
                    return part
                arriving.take(part)
                if isinstance(part, Shape):
                    self._told_ms = part.told_ms
                if isinstance(part, Picture):
                    self._length_ns = arriving.length_ns
        raise CancelledError("the film ended without its end")

    def _wait_turn(self) -> None:
        """Let the recorder have the board for itself. Raises :class:`CancelledError`."""
        while self._ground.recorder.is_recording():
            self.is_waiting = True
            if self._cancelled.wait(_LOOK_S):
                break
        self.is_waiting = False
        self._check_wanted()

    def _check_wanted(self) -> None:
        if self._cancelled.is_set():
            raise CancelledError("the import was cancelled")

    def _told(self) -> str:
        return (
            f"The file was cut off: {clock(self._length_ns)} of {clock(self._told_ms * _MS)} were "
            "in it, and are here."
        )
