"""A simulated hour in a minute: a room that beeps, a camera and a sound card that are imperfect.

The room's own time is CLOCK_MONOTONIC. The card's crystal runs slow or fast, its word on when a
block was taken shakes, is late now and then and wrong at the start; pictures are dropped, the
camera stalls, samples are lost, said or unsaid. Film and beeps are read back by ffmpeg.
"""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from tests.media import drawn
from vigbox.devices.clock import Timestamper
from vigbox.devices.microphone import BLOCK_SAMPLES, SAMPLES_PER_SECOND
from vigbox.media.mux import Muxer
from vigbox.media.sound import SoundTrack

NS = 10**9
MS = NS // 1000
START_NS = 86_000 * NS
BEEP_EVERY_S = 0.25
_BEEP_S = 0.04
_SAMPLES_PER_MS = SAMPLES_PER_SECOND // 1000
_QUIET = bytes(2 * BLOCK_SAMPLES)
_MOST_LOST = 0.9


@dataclass(frozen=True)
class Loss:
    """Samples that never came: from ``at_s`` on, ``lost_s`` of them."""

    at_s: float
    lost_s: float
    is_said: bool


@dataclass(frozen=True)
class World:
    """What goes wrong in how many seconds; ``stalls`` are (from, for) in s, without pictures."""

    seconds: int
    card_ppm: float
    losses: tuple[Loss, ...] = ()
    stalls: tuple[tuple[float, float], ...] = ()
    seed: int = 1

    def blocks(self) -> Iterator[tuple[float, float, bytes, bool]]:
        """Give (true start in s, told start in s, samples, whether a loss is said)."""
        rng, left = random.Random(self.seed), list(self.losses)
        step_s = (1 + self.card_ppm / 1e6) / SAMPLES_PER_SECOND
        at_s, block = 0.0, 0
        while at_s < self.seconds:
            is_said = False
            if left and at_s >= left[0].at_s:
                loss = left.pop(0)
                at_s += loss.lost_s
                is_said = loss.is_said
            yield at_s, at_s + _told_wrong_s(block, rng), _heard(at_s, step_s), is_said
            at_s += BLOCK_SAMPLES * step_s
            block += 1

    def pictures_ns(self) -> Iterator[int]:
        """Give when each picture was taken: 25 in a second, one in fifty dropped."""
        rng = random.Random(self.seed + 1)
        for number in range(self.seconds * 25):
            at_s = number / 25 * (1 - 40e-6)
            is_dropped = number and rng.random() < 1 / 50
            if not is_dropped and not any(0 <= at_s - since < span for since, span in self.stalls):
                yield round(at_s * NS)


@dataclass(frozen=True)
class Seen:
    """A film as ffmpeg reads it."""

    pictures_s: npt.NDArray[np.float64]
    energy: npt.NDArray[np.float64]
    """Of the sound, in each millisecond."""

    def skews_ms(self) -> dict[float, float]:
        """Give how late each whole beep is, in ms, by when it was due in s."""
        found, usual = {}, 0.0
        reach = int(BEEP_EVERY_S * 1000 * 0.4)
        step = int(BEEP_EVERY_S * 1000)
        for due_ms in range(step, len(self.energy) - reach, step):
            near = self.energy[due_ms - reach : due_ms + reach]
            whole = float(near.sum())
            usual = usual or whole
            if abs(whole / usual - 1) < 1 - _MOST_LOST:
                centre = float((near * (np.arange(-reach, reach) + 0.5)).sum() / whole)
                found[due_ms / 1000] = centre
        return found


def filmed(world: World, latency_ns: int = 0) -> bytes:
    """Make the film as the recorder does: whichever came first, on one clock."""
    key, other = drawn.shots(1, 3)[:2]
    stamper, track = Timestamper(latency_ns), SoundTrack()
    muxer = drawn.muxer_for(key.data, track)
    film = io.BytesIO()
    film.write(muxer.header())
    pictures = world.pictures_ns()
    picture_ns = next(pictures, None)
    for at_s, told_s, samples, is_said in world.blocks():
        while picture_ns is not None and picture_ns <= at_s * NS:
            is_key = not picture_ns
            data = key.data if is_key else other.data
            muxer.add_picture(data, picture_ns, is_keyframe=is_key)
            picture_ns = next(pictures, None)
            _write(muxer, film)
        time_ns = START_NS + round(told_s * NS)
        for sound in stamper.take(samples, time_ns, is_broken=is_said):
            _add(track, muxer, sound.samples, sound.time_ns)
        _write(muxer, film)
    for sound in stamper.rest():
        _add(track, muxer, sound.samples, sound.time_ns)
    for packet in track.finish():
        muxer.add_sound(packet.data, packet.time_samples)
    for fragment in drawn.rest(muxer):
        film.write(fragment.data)
    return film.getvalue()


def seen(film: bytes) -> Seen:
    """Read a film with ffmpeg: its pictures' times, and its sound decoded from AAC."""
    pictures, energy = [], _Energy()
    with av.open(io.BytesIO(film), "r", format="mp4") as opened:
        video, audio = opened.streams.video[0], opened.streams.audio[0]
        for packet in opened.demux(video, audio):
            if packet.pts is None or packet.time_base is None:
                continue
            if packet.stream.type == "video":
                pictures.append(float(packet.pts * packet.time_base))
            else:
                for frame in audio.codec_context.decode(packet):
                    assert frame.pts is not None
                    energy.add(frame.pts, frame.to_ndarray()[0])
    return Seen(np.array(pictures), np.array(energy.in_ms))


class _Energy:
    """The sum of squares in each millisecond, added up frame by frame."""

    def __init__(self) -> None:
        self.in_ms: list[float] = []

    def add(self, start: int, samples: npt.NDArray[np.float32]) -> None:
        first, skipped = divmod(start, _SAMPLES_PER_MS)
        padded = np.zeros(-(-(skipped + len(samples)) // _SAMPLES_PER_MS) * _SAMPLES_PER_MS)
        padded[skipped : skipped + len(samples)] = samples
        sums = (padded.reshape(-1, _SAMPLES_PER_MS) ** 2).sum(axis=1)
        self.in_ms += [0.0] * (first + len(sums) - len(self.in_ms))
        for place, value in enumerate(sums.tolist(), first):
            self.in_ms[place] += value


def _add(track: SoundTrack, muxer: Muxer, samples: bytes, time_ns: int) -> None:
    for packet in track.push(samples, time_ns - START_NS):
        muxer.add_sound(packet.data, packet.time_samples)


def _write(muxer: Muxer, film: io.BytesIO) -> None:
    while (fragment := muxer.take_fragment()) is not None:
        film.write(fragment.data)


def _told_wrong_s(block: int, rng: random.Random) -> float:
    if block < 11:
        return -0.22 + block * 0.015
    if rng.random() < 0.02:
        return rng.uniform(0.003, 0.06)
    return rng.expovariate(1 / 0.0003)


def _heard(at_s: float, step_s: float) -> bytes:
    """Give what the room sounds like from ``at_s`` on: a soft beep of 1 kHz every quarter."""
    phase_s = (at_s + BEEP_EVERY_S / 2) % BEEP_EVERY_S - BEEP_EVERY_S / 2
    if not -BLOCK_SAMPLES * step_s - _BEEP_S / 2 < phase_s < _BEEP_S / 2:
        return _QUIET
    times_s = phase_s + np.arange(BLOCK_SAMPLES) * step_s
    shape = np.where(np.abs(times_s) < _BEEP_S / 2, np.cos(np.pi * times_s / _BEEP_S) ** 2, 0)
    heard: bytes = (12_000 * shape * np.sin(2 * np.pi * 1000 * times_s)).astype("<i2").tobytes()
    return heard
