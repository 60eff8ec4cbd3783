"""Drawn films as the recorder would make them: odd times, dropped pictures, padding, events."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice

import av
import numpy as np
from av.video.frame import PictureType

from vigbox.devices.drawn import DrawnStage, picture_number
from vigbox.media.boxes import free_box
from vigbox.media.events import event_box
from vigbox.media.fragments import IndexWriter
from vigbox.media.h264 import parameter_sets
from vigbox.media.moov import AudioFormat
from vigbox.media.mux import Fragment, Muxer
from vigbox.media.sound import SoundPacket, SoundTrack

MS = 1_000_000
SIZE = (320, 180)
RATE = 25
FILM_ID = "0123456789abcdef0123456789abcdef"
EDGE_BYTES = 65_536
X264 = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "forced-idr": "1",
    "x264-params": "bframes=0:keyint=infinite:scenecut=0:repeat-headers=1:threads=1",
}


@dataclass(frozen=True)
class Shot:
    """One encoded picture: the number drawn into it, and when it was taken."""

    number: int
    data: bytes
    time_ns: int
    is_keyframe: bool

    @property
    def tick(self) -> int:
        return (self.time_ns * 9 + 50_000) // 100_000


@dataclass
class Film:
    """A film's bytes, and what should be found in them."""

    data: bytearray = field(default_factory=bytearray)
    sidecar: bytearray = field(default_factory=bytearray)
    shots: list[Shot] = field(default_factory=list)
    fragments: list[tuple[int, Fragment]] = field(default_factory=list)

    def read_at(self, offset: int, size: int) -> bytes:
        return bytes(self.data[offset : offset + size])

    def put(self, data: bytes, told: bytes) -> None:
        self.sidecar += told
        self.data += data


def shots(seconds: int, seed: int, x264: str = "") -> list[Shot]:
    """Encode the drawn stage: times shake by 4 ms, one picture in fifteen was never taken."""
    rng, encoder, made, key_ns = random.Random(seed), _encoder(x264), [], -(10**9)
    for number, (due_ns, frame) in enumerate(
        islice(DrawnStage(*SIZE, RATE).pictures(), RATE * seconds)
    ):
        if number and rng.random() < 1 / 15:
            continue
        time_ns = due_ns + (rng.randrange(-4 * MS, 4 * MS) if number else 0)
        is_due = due_ns - key_ns >= 10**9
        key_ns = due_ns if is_due else key_ns
        frame.pict_type = PictureType.I if is_due else PictureType.NONE
        frame.pts, frame.time_base = time_ns // 1000, Fraction(1, 1_000_000)
        made += [
            Shot(number, bytes(packet), time_ns, packet.is_keyframe)
            for packet in encoder.encode(frame)
        ]
    return made


def blocks(seconds: int, seed: int) -> Iterator[tuple[bytes, int]]:
    """Give 20 ms of sound after another, each told up to 2 ms early or late."""
    rng = random.Random(seed)
    for number, samples in enumerate(islice(DrawnStage(*SIZE, RATE).sound(), 50 * seconds)):
        yield samples, number * 20 * MS + rng.randrange(-2 * MS, 2 * MS)


def record(pictures: list[Shot], sound: Iterator[tuple[bytes, int]] | None) -> Film:
    """Make a film of pictures and sound as they would come in: whichever is due first."""
    film, track = Film(shots=pictures), SoundTrack()
    muxer = muxer_for(pictures[0].data, track if sound else None)
    film.put(muxer.header(), IndexWriter().record_for(0, muxer.header()))
    queue: list[tuple[int, Shot | tuple[bytes, int]]] = [(each.time_ns, each) for each in pictures]
    # a block can be had once its last sample was taken, and a little later
    queue += [(block[1] + 25 * MS, block) for block in sound or ()]
    synced_ns, is_marked = 0, False
    for now_ns, item in sorted(queue, key=lambda each: each[0]):
        if isinstance(item, Shot):
            muxer.add_picture(item.data, item.time_ns, is_keyframe=item.is_keyframe)
        else:
            for packet in track.push(*item):
                muxer.add_sound(packet.data, packet.time_samples)
        while fragment := muxer.take_fragment():
            _append(film, fragment)
            if now_ns - synced_ns > 500 * MS:
                synced_ns = now_ns
                sync_point(film)
        if now_ns > 2_000 * MS and not is_marked:
            is_marked = True
            note(film, event_box("mark", 2_000 * MS))
    for packet in track.finish() if sound else ():
        muxer.add_sound(packet.data, packet.time_samples)
    while fragment := muxer.flush():
        _append(film, fragment)
    note(film, event_box("stop", pictures[-1].time_ns, reason="panel"))
    sync_point(film)
    return film


def muxer_for(keyframe: bytes, track: SoundTrack | None) -> Muxer:
    return Muxer(
        width=SIZE[0],
        height=SIZE[1],
        parameter_sets=parameter_sets(keyframe) or b"",
        audio=AudioFormat(48_000, 1, track.config) if track else None,
        film_id=FILM_ID,
    )


def sound_packets(*times_samples: int) -> list[SoundPacket]:
    """Give real packets of silence, said to lie at these times."""
    packets = SoundTrack().push(bytes(2 * 1024 * (len(times_samples) + 4)), 0)
    return [SoundPacket(each.data, at) for each, at in zip(packets, times_samples, strict=False)]


def rest(muxer: Muxer) -> list[Fragment]:
    """Take all that a muxer has, to its end."""
    found = []
    for take in (muxer.take_fragment, muxer.flush):
        while (fragment := take()) is not None:
            found.append(fragment)
    return found


def note(film: Film, event: bytes) -> None:
    film.put(event, IndexWriter().record_for(len(film.data), event))


def sync_point(film: Film) -> None:
    room = -len(film.data) % EDGE_BYTES
    if 0 < room < 8:
        room += EDGE_BYTES
    if room:
        film.put(free_box(room), b"")


def numbers(grey: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> list[int]:
    """Read back which pictures these are; shape (count, 180, 320)."""
    return [picture_number(each) for each in grey]


def _append(film: Film, fragment: Fragment) -> None:
    film.fragments.append((len(film.data), fragment))
    film.put(fragment.data, IndexWriter().record_for(len(film.data), fragment.data))


def _encoder(more: str) -> av.VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, 1_000_000)
    encoder.framerate = Fraction(RATE)
    encoder.options = {**X264, "x264-params": X264["x264-params"] + more}
    return encoder
