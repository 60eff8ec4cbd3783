"""A stage that plays a real film, looped, decoded at its own pace."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av import VideoFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

from vigbox.devices.microphone import BLOCK_SAMPLES, SAMPLES_PER_SECOND
from vigbox.errors import VigboxError
from vigbox.model import NS

_log = logging.getLogger(__name__)


class FilmError(VigboxError):
    """A film given with ``--film`` cannot be played."""


class PlayedStage:
    """A film file as what is in front of the camera.

    ``caption`` is the film's own ``comment`` tag. A film without sound is silent; one that ends
    begins again. Raises :class:`FilmError` when it has no picture that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as film:
            if not film.streams.video:
                raise FilmError(f"cannot play {path}: there is no picture in it. Choose a film.")
            picture = self._first_picture(film)
            self.size = (picture.width & ~1, picture.height & ~1)
            rate = film.streams.video[0].average_rate
            self.pictures_per_second = float(rate) if rate else 25.0
            self.caption = film.metadata.get("comment", "")
            self._has_sound = bool(film.streams.audio)
        self._length_ns = self._measure()

    def pictures(self) -> Iterator[tuple[int, VideoFrame]]:
        """Give picture after picture with its time in ns."""
        began_ns = 0
        while True:
            for time_ns, frame in self._pictures_once():
                yield began_ns + time_ns, frame
            began_ns += self._length_ns

    def sound(self) -> Iterator[bytes]:
        """Give 20 ms blocks of int16 mono samples at 48 kHz."""
        block_bytes = 2 * BLOCK_SAMPLES
        total_bytes = 2 * (self._length_ns * SAMPLES_PER_SECOND // NS)
        rest = bytearray()
        while True:
            given = 0
            for samples in self._sound_once():
                rest += samples[: total_bytes - given]
                given += min(len(samples), total_bytes - given)
                while len(rest) >= block_bytes:
                    yield bytes(rest[:block_bytes])
                    del rest[:block_bytes]
            missing = total_bytes - given
            while missing > 0:
                silence = min(missing, block_bytes)
                rest += bytes(silence)
                missing -= silence
                while len(rest) >= block_bytes:
                    yield bytes(rest[:block_bytes])
                    del rest[:block_bytes]

    def _open(self) -> InputContainer:
        try:
            return av.open(str(self._path))
        except (OSError, av.error.FFmpegError) as error:
            raise FilmError(
                f"cannot play {self._path}: {error.strerror or 'it is not a film'}. "
                "Choose a film with --film, or leave it out for a drawn scene."
            ) from error

    def _first_picture(self, film: InputContainer) -> VideoFrame:
        try:
            return next(film.decode(video=0))
        except (StopIteration, av.error.FFmpegError) as error:
            raise FilmError(
                f"cannot play {self._path}: its picture cannot be decoded. Choose another film."
            ) from error

    def _measure(self) -> int:
        last_ns, step_ns = 0, round(NS / self.pictures_per_second)
        with self._open() as film:
            stream = film.streams.video[0]
            first = stream.start_time or 0
            try:
                for packet in film.demux(stream):
                    if packet.pts is not None and packet.time_base is not None:
                        time_ns = round((packet.pts - first) * packet.time_base * NS)
                        last_ns = max(last_ns, time_ns)
            except av.error.FFmpegError as error:
                _log.warning("%s is damaged after %.1f s: %s", self._path, last_ns / NS, error)
        return last_ns + step_ns

    def _pictures_once(self) -> Iterator[tuple[int, VideoFrame]]:
        with self._open() as film:
            stream = film.streams.video[0]
            stream.thread_type = "AUTO"
            first = stream.start_time or 0
            try:
                for frame in film.decode(stream):
                    if frame.pts is None or frame.time_base is None:
                        continue
                    time_ns = round((frame.pts - first) * frame.time_base * NS)
                    width, height = self.size
                    yield time_ns, frame.reformat(width, height, "yuv420p")
            except av.error.FFmpegError as error:
                _log.warning("%s cannot be decoded further: %s", self._path, error)

    def _sound_once(self) -> Iterator[bytes]:
        if not self._has_sound:
            return
        resampler = AudioResampler("s16", "mono", SAMPLES_PER_SECOND)
        with self._open() as film:
            try:
                for frame in film.decode(audio=0):
                    yield from map(_samples, resampler.resample(frame))
            except av.error.FFmpegError as error:
                _log.warning("%s: its sound cannot be decoded further: %s", self._path, error)


def _samples(frame: Any) -> bytes:  # noqa: ANN401  # PyAV gives AudioFrame
    return np.ascontiguousarray(frame.to_ndarray()).astype("<i2").tobytes()
