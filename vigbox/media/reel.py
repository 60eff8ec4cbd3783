"""A film as it grows: parts in, a plain MP4 out, to something that can only be written on.

Each second lies in an ``mdat`` of its own as it comes; what tells of them all, the ``moov``, is the
file's end, as a camera writes it. So nothing of the film is held in memory but its tables. The
sound is one AAC track over all parts, without a seam.
"""

from typing import Final, Protocol

from vigbox.media import h264
from vigbox.media.boxes import BoxError, box
from vigbox.media.chapters import Chapters
from vigbox.media.fragments import TrackIndex
from vigbox.media.moov import (
    PICTURE_TRACK,
    SOUND_TRACK,
    TICKS_PER_SECOND,
    AudioFormat,
    Track,
    picture_description,
    sound_description,
)
from vigbox.media.scene import Format, samples_of
from vigbox.media.sound import PACKET_SAMPLES, RATE, SoundPacket, SoundTrack
from vigbox.media.tables import FTYP, plain_tail

_BYTES_PER_SAMPLE: Final = 2
_MOST_WAITING_BYTES: Final = 64 << 20
"""Seconds of the worst pictures there are, which wait until their sound comes."""

_START: Final = b"\0\0\1"
_MOST_UNITS: Final = 64
"""A picture has a few; taken apart into millions it would be many times its size."""


class Sink(Protocol):
    """What a film is written to, from its first byte to its last."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


class Reel:
    """Takes the parts of one film in order; the H.264 of each by the same encoder."""

    def __init__(self, sink: Sink, shape: Format) -> None:
        self._sink = sink
        self._shape = shape
        self._place = 0
        self._sets = b""
        self._stream = h264.Delimited()
        self._pictures, self._sound = TrackIndex(), TrackIndex()
        self._track = SoundTrack()
        self._odd = b""
        self._samples = 0
        self._seen: list[bytes] = []
        self._seen_bytes = 0
        self._heard: list[SoundPacket] = []
        self._chapters = Chapters()
        self._put(FTYP)

    @property
    def pictures(self) -> int:
        """How many pictures came so far."""
        return len(self._pictures.times) + len(self._seen)

    def begin(self, title: str) -> None:
        """Begin a chapter with the next picture."""
        self._chapters.add(title, self.pictures * TICKS_PER_SECOND // self._shape.rate)

    def add(self, picture: bytes, sound: bytes, most: int) -> None:
        """Add some H.264 (Annex B, delimited) and some int16 mono samples.

        ``most`` is how many pictures there may be before the part ends, and their sound: whoever
        gives more would fill memory. Raises BoxError.
        """
        self._take(self._stream.push(picture))
        sound = self._odd + sound
        whole = len(sound) - len(sound) % _BYTES_PER_SAMPLE
        self._odd = sound[whole:]
        samples = self._samples + whole // _BYTES_PER_SAMPLE
        self._check(samples, most)
        if whole:
            self._heard += self._track.push(sound[:whole], self._samples * 10**9 // RATE)
            self._samples = samples
        while self._has_second():
            self._write(self._shape.rate)

    def end(self, pictures: int) -> None:
        """End a part after which the film must have so many pictures and their sound.

        Raises BoxError.
        """
        self._take(self._stream.finish())
        wanted = samples_of(pictures, self._shape.rate)
        if (self.pictures, self._samples) != (pictures, wanted) or self._odd:
            raise BoxError(
                f"the film has {self.pictures} pictures and {self._samples} samples of sound "
                f"where there should be {pictures} and {wanted}"
            )

    def finish(self) -> None:
        """Write what is left and what tells of all of it."""
        self._heard += self._track.finish()
        self._track.close()
        while self._seen or self._heard:
            self._write(self._shape.rate)
        told = self._chapters.samples()
        if told:
            self._chapters.offset = self._place + 8
            self._put(box(b"mdat", *told))
        size = (self._shape.width, self._shape.height)
        seen = Track(PICTURE_TRACK, TICKS_PER_SECOND, picture_description(*size, self._sets), size)
        heard = Track(SOUND_TRACK, RATE, sound_description(AudioFormat(RATE, 1, SoundTrack.config)))
        self._put(plain_tail([(seen, self._pictures), (heard, self._sound)], self._chapters))

    def _check(self, samples: int, most: int) -> None:
        if self.pictures > most or samples > samples_of(most, self._shape.rate):
            raise BoxError(f"more came than the {most} pictures that are due, or than their sound")
        if self._seen_bytes + self._stream.held_bytes > _MOST_WAITING_BYTES:
            raise BoxError("the film's pictures have no end, or come without their sound")

    def _take(self, units: list[bytes]) -> None:
        for each in units:
            if each.count(_START) > _MOST_UNITS:
                raise BoxError("a picture is in more pieces than any encoder makes")
            sets = h264.parameter_sets(each)
            if sets and self._sets and sets != self._sets:
                raise BoxError("the film's parts are not of one kind")
            self._sets = self._sets or sets or b""
            self._seen.append(each)
            self._seen_bytes += len(each)

    def _has_second(self) -> bool:
        """Tell whether a second of both is there, however they come: so the bytes are the same."""
        is_heard = self._heard and self._heard[-1].time_samples >= self._sound.end + RATE
        return bool(is_heard) and len(self._seen) >= self._shape.rate

    def _write(self, count: int) -> None:
        """Write some pictures and as much of the sound, or what there is at the end."""
        units, self._seen = self._seen[:count], self._seen[count:]
        self._seen_bytes -= sum(map(len, units))
        until = self._sound.end + RATE
        packets = [each for each in self._heard if each.time_samples < until]
        self._heard = self._heard[len(packets) :]
        length = TICKS_PER_SECOND // self._shape.rate
        seen = [(h264.sample(each), length, bool(h264.parameter_sets(each))) for each in units]
        heard = [(each.data, self._length(each), True) for each in packets]
        heard = [each for each in heard if each[1] > 0]
        place = self._place + 8
        for index, run in ((self._pictures, seen), (self._sound, heard)):
            if run:
                rows = [(length, len(data), is_key) for data, length, is_key in run]
                index.add_run(index.end, place, rows)
                place += sum(len(data) for data, _, _ in run)
        if seen or heard:
            self._put(box(b"mdat", *(data for data, _, _ in seen + heard)))

    def _length(self, packet: SoundPacket) -> int:
        """Give how many samples of a packet are the film's: the last is filled up with silence."""
        return min(PACKET_SAMPLES, self._samples - packet.time_samples)

    def _put(self, data: bytes) -> None:
        self._sink.write(data)
        self._place += len(data)
