"""One recording: from the first picture after the press to the final chunk.

Runs in a thread of its own. The film's timeline begins at the first keyframe; camera and
microphone are placed on it by CLOCK_MONOTONIC and the sound is bent to the picture.
"""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from vigbox.config import Settings
from vigbox.devices.camera import Camera, Picture
from vigbox.devices.microphone import SAMPLES_PER_SECOND, Microphone, Sound
from vigbox.errors import VigboxError
from vigbox.media.events import event_box
from vigbox.media.h264 import parameter_sets
from vigbox.media.moov import AudioFormat
from vigbox.media.mux import Muxer
from vigbox.media.sound import SoundTrack
from vigbox.model import NS
from vigbox.recorder.film import Film
from vigbox.recorder.hearing import Hearing
from vigbox.recorder.intake import End, Intake, Item, Note
from vigbox.seal.recipients import Recipient
from vigbox.store.layout import Layout, room_bytes

_log = logging.getLogger(__name__)

FIRST_PICTURE_NS: Final = 5 * NS
"""A camera that gives no picture for so long after its start gives none."""

STALLED_NS: Final = 2 * NS
"""A camera that stalls for so long ends the film, so that what there is is whole; a microphone
that does is marked as silence, and the picture goes on."""

_WAITING_BLOCKS: Final = 250


@dataclass(frozen=True, slots=True)
class Devices:
    """What a recording films with."""

    camera: Camera
    microphone: Microphone


class Recording:
    """Films until told to stop. ``is_over`` becomes true once the film is closed.

    ``failure`` is then None for a finished film, else why it stays interrupted.
    """

    def __init__(
        self,
        recording: str,
        devices: Devices,
        recipients: Sequence[Recipient],
        layout: Layout,
        settings: Settings,
    ) -> None:
        self.id = recording
        self.failure: str | None = None
        self._devices = devices
        self._layout = layout
        self._settings = settings
        self._intake = Intake(settings.bits_per_second)
        self._film = Film(layout, recording, recipients)
        self._hearing = Hearing(devices.microphone, self._intake)
        self._track = SoundTrack()
        self._muxer: Muxer | None = None
        self._zero_ns = 0
        self._early: deque[Sound] = deque(maxlen=_WAITING_BLOCKS)
        self._is_silent = False
        self._synced_ns = 0
        self.is_deaf = False
        """Whether the microphone gives nothing: the film is silent there."""
        self.ended: str = ""
        """Why the film ended, as it says itself; empty until then."""
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)

    def start(self) -> None:
        """Start the devices, then film. Raises :class:`VigboxError` when a device refuses."""
        try:
            self._devices.camera.start(self._intake.put)
            self._hearing.start()
            self._thread.start()
        except (VigboxError, RuntimeError):  # the latter: no thread can be had
            self._stop_devices()
            self._film.close()
            raise

    def stop(self, end: End) -> None:
        """Ask for the end; ``is_over`` tells when it has come."""
        self._intake.put(end)

    def note(self, note: Note) -> None:
        """Put a mark or a pause into the film."""
        if note.what != "mark":
            self._devices.camera.blank(is_blank=note.what == "pause")
        self._intake.put(note)

    @property
    def is_over(self) -> bool:
        """Whether the film is closed."""
        return not self._thread.is_alive()

    def join(self) -> None:
        """Wait until the film is closed."""
        self._thread.join()

    @property
    def length_ns(self) -> int:
        """How much film has been written."""
        return self._film.length_ns

    @property
    def safe_at_ns(self) -> int | None:
        """When a fragment was last made durable, on CLOCK_MONOTONIC; a film without one is none."""
        syncer = self._film.syncer
        return syncer.safe_at_ns if syncer.safe_length_ns else None

    @property
    def is_fed(self) -> bool:
        """Whether pictures come in."""
        return time.monotonic_ns() - self._intake.picture_at_ns < STALLED_NS

    @property
    def no_sound(self) -> str:
        """Why the film is silent, in the microphone's own words, as far as it said."""
        return self._hearing.refusal if self.is_deaf else ""

    @property
    def dropped(self) -> int:
        """How many pictures and blocks of sound did not fit into memory."""
        return self._intake.dropped

    def _run(self) -> None:
        try:
            end = self._record()
            self.ended = end.reason
            self._finish(end)
        except OSError as error:
            self._fail(f"the card failed: {error.strerror}. What is on it is kept.")
        except VigboxError as error:
            self._fail(f"the camera gave what is no film: {error}")
        except Exception:  # noqa: BLE001  # whatever it is, this is no finished film
            self._fail("the recorder failed in the middle. What is on the card is kept.")
        finally:
            self._stop_devices()
            self._track.close()

    def _fail(self, why: str) -> None:
        self.failure = why
        self.ended = self.ended or "card"
        _log.exception("recording %s: %s", self.id, why)
        with contextlib.suppress(OSError):
            self._film.close()

    def _record(self) -> End:
        while True:
            item = self._intake.take(timeout_s=0.5)
            if isinstance(item, End):
                return item
            if item is not None:
                self._handle(item)
            self._listen()
            if (end := self._reason_to_end()) is not None:
                return end

    def _handle(self, item: Item) -> None:
        match item:
            case Picture():
                self._add_picture(item)
            case Sound():
                self._add_sound(item)
            case Note():
                self._add_note(item)
            case End():
                pass

    def _finish(self, end: End) -> None:
        self._stop_devices()
        while (item := self._intake.take(timeout_s=0)) is not None:
            self._handle(item)
        if self._muxer is not None:
            for packet in self._track.finish():
                self._muxer.add_sound(packet.data, packet.time_samples)
            while (fragment := self._muxer.flush()) is not None:
                self._film.append(fragment)
            self._film.note(event_box("stop", end.at_ns - self._zero_ns, reason=end.reason))
        elif end.reason == "camera":
            self.failure = "The camera gave no picture. Check its cable, then press again."
        self._film.finish()

    def _stop_devices(self) -> None:
        self._devices.camera.stop()
        self._hearing.stop()

    def _add_picture(self, picture: Picture) -> None:
        if self._muxer is None and picture.is_keyframe:
            self._begin(picture)
        if self._muxer is None:
            return
        self._muxer.add_picture(
            picture.data, picture.time_ns - self._zero_ns, is_keyframe=picture.is_keyframe
        )
        self._write_fragments(self._muxer)

    def _begin(self, picture: Picture) -> None:
        width, height = self._devices.camera.size
        self._zero_ns = picture.time_ns
        self._muxer = Muxer(
            width=width,
            height=height,
            parameter_sets=parameter_sets(picture.data) or b"",
            audio=AudioFormat(SAMPLES_PER_SECOND, 1, self._track.config),
            film_id=self.id,
        )
        self._film.begin(self._muxer.header())
        if self._is_silent:  # paused before there was a picture
            self._film.note(event_box("pause", 0))
        for sound in self._early:
            self._add_sound(sound)
        self._early.clear()

    def _add_sound(self, sound: Sound) -> None:
        if self._muxer is None:
            self._early.append(sound)
            return
        samples = bytes(len(sound.samples)) if self._is_silent else sound.samples
        for packet in self._track.push(samples, sound.time_ns - self._zero_ns):
            self._muxer.add_sound(packet.data, packet.time_samples)
        self._write_fragments(self._muxer)

    def _listen(self) -> None:
        """Mark where the microphone falls silent, and where it is heard again."""
        age_ns = time.monotonic_ns() - self._intake.sound_at_ns
        is_deaf = self._muxer is not None and age_ns > STALLED_NS
        if is_deaf == self.is_deaf:
            return
        self.is_deaf = is_deaf
        what: Literal["silence", "sound"] = "silence" if is_deaf else "sound"
        self._add_note(Note(what, self._intake.sound_at_ns))
        _log.warning("recording %s: %s", self.id, what)
        if is_deaf:
            self._hearing.again()

    def _add_note(self, note: Note) -> None:
        if note.what in ("pause", "resume"):
            self._is_silent = note.what == "pause"
        if self._muxer is not None:
            at_ns = note.at_ns - self._zero_ns
            if note.what == "mark":
                at_ns -= self._settings.mark_backdate_ms * 1_000_000
            self._film.note(event_box(note.what, max(0, at_ns)))

    def _write_fragments(self, muxer: Muxer) -> None:
        while (fragment := muxer.take_fragment()) is not None:
            self._film.append(fragment)
            written_ns = self._film.length_ns - self._synced_ns
            # the next fragment would overstep the interval
            if written_ns + fragment.duration_ns > self._settings.sync_interval_ms * 1_000_000:
                self._film.sync_point()
                self._synced_ns = self._film.length_ns

    def _reason_to_end(self) -> End | None:
        now_ns = time.monotonic_ns()
        if self._film.syncer.error is not None:
            raise self._film.syncer.error
        if room_bytes(self._layout.recordings) < self._settings.room_to_stop_mb * 1_000_000:
            return End("card", now_ns)
        if self._film.length_ns > self._settings.longest_recording_minutes * 60 * NS:
            return End("limit", now_ns)
        patience_ns = FIRST_PICTURE_NS if self._muxer is None else STALLED_NS
        if now_ns - self._intake.picture_at_ns > patience_ns:
            return End("camera", now_ns)
        return None
