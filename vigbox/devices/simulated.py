"""The simulated twins of camera and microphone: they play a stage in real time.

They keep the timestamps contract of the real devices: each picture and each block carries the
moment of CLOCK_MONOTONIC at which the stage showed it.
"""

import threading
import time
import uuid
from collections.abc import Callable
from fractions import Fraction
from typing import Final

import av
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from vigbox.devices.camera import LOOKED_AT_NS, CameraError, Picture, small_size
from vigbox.devices.level import Level, level_of
from vigbox.devices.microphone import Sound
from vigbox.devices.stage import SOUND_BLOCK_NS, Curtain, Stage
from vigbox.model import NS

CAPTION_ID: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:vigbox:caption").bytes
_SIZE_BYTE: Final = 255


class _Player:
    """A thread that plays until told to stop."""

    def __init__(self, curtain: Curtain) -> None:
        self._curtain = curtain
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def _begin(self, name: str, play: Callable[[int], None]) -> None:
        self._over.clear()
        epoch_ns = self._curtain.enter(time.monotonic_ns())
        self._thread = threading.Thread(target=play, args=(epoch_ns,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; after this no further callback comes."""
        if self._thread is not None:
            self._over.set()
            self._thread.join()
            self._thread = None
            self._curtain.leave()

    def _is_over_at(self, due_ns: int) -> bool:
        return self._over.wait(max(0, due_ns - time.monotonic_ns()) / NS)


class SimulatedCamera(_Player):
    """Plays a stage's pictures and encodes them as the box's camera would."""

    is_stuck = False
    trouble: str | None = ""
    """What :meth:`problem` says; with words no start succeeds, as where there is no camera."""

    def __init__(self, stage: Stage, curtain: Curtain, bits_per_second: int) -> None:
        super().__init__(curtain)
        self._stage = stage
        self._bits_per_second = bits_per_second
        self._is_blank = False
        self._taking: _Taking | None = None
        self._looked_ns = -LOOKED_AT_NS
        self._shown: tuple[VideoFrame, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._stage.size

    def problem(self) -> str | None:
        """Say why a start would be refused, nothing, or None while nobody knows."""
        return self.trouble

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        """Begin to give pictures; the first is a keyframe, taken after this call."""
        self._check()
        is_watched = self._thread is not None and self._taking is None
        self._is_blank = False
        taking = _Taking(when_picture, time.monotonic_ns() if is_watched else 0, self.encoder())
        if is_watched:
            self._taking = taking
        else:
            self.stop()
            self._taking = taking
            self._begin("simulated-camera", self._play)

    def watch(self) -> None:
        """Show the stage to :meth:`look` alone: nothing is encoded."""
        self._check()
        self.stop()
        self._is_blank = False
        self._begin("simulated-camera", self._play)

    def look(self) -> VideoFrame | None:
        """Give the latest picture, made small; None while there is none."""
        self._looked_ns = time.monotonic_ns()
        shown = self._shown
        if shown is None or self._looked_ns - shown[1] > LOOKED_AT_NS:
            return None
        return shown[0].reformat(*small_size(self.size), "yuv420p")

    def stop(self) -> None:
        """End; after this no further picture comes."""
        super().stop()
        self._taking = self._shown = None

    def blank(self, *, is_blank: bool) -> None:
        """Make every picture black from the next one on, or show the stage again."""
        self._is_blank = is_blank
        self._shown = None

    def _check(self) -> None:
        if self.trouble:
            raise CameraError(self.trouble)

    def _play(self, epoch_ns: int) -> None:
        for time_ns, shown in self._stage.pictures():
            if self._is_over_at(epoch_ns + time_ns):
                return
            frame = _black(self.size) if self._is_blank else shown
            self._keep(frame)
            taking = self._taking
            if taking is not None and epoch_ns + time_ns >= taking.since_ns:
                taking.take(frame, epoch_ns, time_ns, self._stage.caption)

    def _keep(self, frame: VideoFrame) -> None:
        now_ns = time.monotonic_ns()
        is_looked_at = now_ns - self._looked_ns <= LOOKED_AT_NS
        self._shown = (frame, now_ns) if is_looked_at else None

    def encoder(self) -> VideoCodecContext:
        """Make the H.264 encoder: no B-frames, a keyframe where it is told to."""
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height = self.size
        encoder.pix_fmt = "yuv420p"
        encoder.time_base = Fraction(1, 1_000_000)
        encoder.framerate = Fraction(self._stage.pictures_per_second).limit_denominator(1001)
        encoder.bit_rate = self._bits_per_second
        encoder.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "forced-idr": "1",
            "x264-params": "keyint=infinite:scenecut=0:repeat-headers=1:threads=1",
        }
        return encoder


class _Taking:
    """From one start to its stop: encodes what was shown since then, and gives it."""

    def __init__(
        self, when_picture: Callable[[Picture], None], since_ns: int, encoder: VideoCodecContext
    ) -> None:
        self.since_ns = since_ns
        self._when_picture = when_picture
        self._encoder = encoder
        self._key_ns: int | None = None

    def take(self, frame: VideoFrame, epoch_ns: int, time_ns: int, caption: str) -> None:
        is_due = self._key_ns is None or time_ns - self._key_ns >= NS
        self._key_ns = time_ns if is_due else self._key_ns
        frame.pict_type = PictureType.I if is_due else PictureType.NONE
        frame.pts, frame.time_base = time_ns // 1000, Fraction(1, 1_000_000)
        for packet in self._encoder.encode(frame):
            data = bytes(packet)
            if packet.is_keyframe and caption:
                data = _caption(caption) + data
            self._when_picture(Picture(data, epoch_ns + time_ns, packet.is_keyframe))


class SimulatedMicrophone(_Player):
    """Plays a stage's sound in blocks of 20 ms."""

    def __init__(self, stage: Stage, curtain: Curtain) -> None:
        super().__init__(curtain)
        self._stage = stage
        self._latest = b""

    def start(self, when_sound: Callable[[Sound], None]) -> None:
        """Begin to give blocks."""
        self.stop()
        began_ns = time.monotonic_ns()

        def given(sound: Sound) -> None:
            # on a stage that was entered long before, what it has played is no sound of now
            if sound.time_ns + SOUND_BLOCK_NS > began_ns:
                self._latest = sound.samples
                when_sound(sound)

        self._begin("simulated-microphone", lambda epoch_ns: self._play(epoch_ns, given))

    def level(self) -> Level:
        """Tell how loud the stage is just now."""
        return level_of(self._latest)

    def stop(self) -> None:
        """End; after this no further block comes."""
        super().stop()
        self._latest = b""

    def _play(self, epoch_ns: int, when_sound: Callable[[Sound], None]) -> None:
        time_ns = epoch_ns
        for samples in self._stage.sound():
            # a block can be had only once its last sample was taken
            if self._is_over_at(time_ns + SOUND_BLOCK_NS):
                return
            when_sound(Sound(samples, time_ns))
            time_ns += SOUND_BLOCK_NS


def _black(size: tuple[int, int]) -> VideoFrame:
    frame = VideoFrame(*size, "yuv420p")
    for plane, level in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    return frame


def _caption(text: str) -> bytes:
    """Give an SEI unit of user data (H.264, D.1.7) that carries a text.

    Emulation prevention is not needed: neither the id nor UTF-8 text without NUL holds 00 00.
    """
    payload = CAPTION_ID + text.replace("\0", " ").encode()
    full, rest = divmod(len(payload), _SIZE_BYTE)
    sizes = b"\xff" * full + bytes([rest])
    return b"\0\0\0\1\x06\x05" + sizes + payload + b"\x80"
