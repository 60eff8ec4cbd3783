"""Looks into every byte of a clip, and decodes all of it with the ffmpeg program."""

import io
import os
import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.journeys import outside
from tests.media import drawn
from vigbox.media.boxes import iter_boxes
from vigbox.media.cut import Cut, cut_clip
from vigbox.media.fragments import FilmIndex
from vigbox.media.plain import MOST_HELD_BYTES

SEED = int(os.environ.get("VIGBOX_SEED", time.time_ns() % 1_000_000))
SOAK = os.environ.get("VIGBOX_SOAK") == "1"
RATE = 48_000
FADE = 1024
"""Samples at the beginning of a clip's sound that fade in."""
_INFO, _SPS, _PPS = 6, 7, 8
_PICTURES = (1, 5)

Heard = np.ndarray[Any, Any]


def noise_blocks(seconds: int, seed: int) -> list[tuple[bytes, int]]:
    """Sound that tells its time: a second of it is like no other. 20 ms in each block."""
    rng = np.random.default_rng(seed)
    count = RATE * seconds
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[(hertz < 200) | (hertz > 3_000)] = 0
    sound = np.fft.irfft(spectrum, count)
    samples = (sound / np.abs(sound).max() * 20_000).astype("<i2")
    return [(samples[at : at + 960].tobytes(), at * 10**9 // RATE) for at in range(0, count, 960)]


@dataclass
class Source:
    """A film whose pictures and sound tell where they are, and what ffmpeg hears in it."""

    film: drawn.Film
    index: FilmIndex
    heard: Heard

    @classmethod
    def make(cls, seconds: int, seed: int, folder: Path, x264: str = "") -> "Source":
        film = drawn.record(drawn.shots(seconds, seed, x264), iter(noise_blocks(seconds, seed)))
        path = folder / f"film-{seed}.mp4"
        path.write_bytes(film.data)
        heard = outside.sound(path)
        path.unlink()
        return cls(film, FilmIndex.scan(film.read_at, len(film.data)), heard)

    def ranges(self, rng: random.Random, count: int) -> list[tuple[int, int]]:
        """Give ranges anywhere, some of them at the film's ends and at keyframes."""
        whole = len(self.film.shots)
        keys = [n for n in range(whole) if self.index.is_keyframe[n]]
        found = [(0, whole), (0, 1), (whole - 1, whole)]
        while len(found) < count:
            first = rng.choice(keys) if rng.random() < 0.15 else rng.randrange(whole)
            longest = 4 if rng.random() < 0.2 else 120
            found.append((first, min(whole, first + rng.randrange(1, longest))))
        return found[:count]

    def cut(self, first: int, end: int, path: Path, most_held_bytes: int = MOST_HELD_BYTES) -> Cut:
        sink = io.BytesIO()
        made = cut_clip(
            self.film.read_at, self.index, first, end, sink, most_held_bytes=most_held_bytes
        )
        path.write_bytes(sink.getvalue())
        return made

    def prove(self, first: int, end: int, path: Path) -> None:
        """Cut a range and compare all that is in the file with the film."""
        made = self.cut(first, end, path)
        asked = self.film.shots[first:end]
        assert made.pictures == len(asked)
        assert made.held == 0
        times = examine(path)
        numbers, sound = decoded(path)
        assert numbers == [each.number for each in asked]
        ticks = [round(at * 90_000) for at in times]
        assert ticks == [each.tick - asked[0].tick for each in asked]
        start = asked[0].tick * RATE // 90_000
        self.prove_sound(sound, start, made.length_ns)

    def prove_sound(self, sound: Heard, start: int, length_ns: int) -> None:
        """It begins at the very sample, is as long as the picture, and is the film's own."""
        count = round(length_ns * RATE / 10**9)
        # a decoder gives whole packets; what is past the clip is silence made by its encoder
        assert count - 1 <= len(sound) <= count + 1024
        wanted = self.heard[start : start + count]
        # what the film holds no sound of is silence
        wanted = np.pad(wanted, (0, max(0, count - len(wanted))))[FADE : count - FADE]
        if len(wanted) < 2 * FADE:
            return
        errors = {
            shift: float(np.mean((sound[FADE + shift :][: len(wanted)] - wanted) ** 2))
            for shift in range(-8, 9)
        }
        assert min(errors, key=errors.__getitem__) == 0
        assert errors[0] < 0.01 * float(np.mean(wanted**2))


def decoded(path: Path) -> tuple[list[int], Heard]:
    """Give the numbers seen and the samples heard; ffmpeg has nothing to warn of."""
    seen, heard = path.with_suffix(".gray"), path.with_suffix(".f32")
    done = subprocess.run(
        ["ffmpeg", "-y", "-v", "warning", "-i", path,
         # the clip's own clock: ffmpeg's guess of a rate puts two of few pictures on one tick
         "-map", "0:v", "-fps_mode", "passthrough", "-enc_time_base", "-1",
         "-pix_fmt", "gray", "-f", "rawvideo", seen,
         "-map", "0:a?", "-f", "f32le", heard],
        check=True, capture_output=True,
    )  # fmt: skip
    assert not done.stderr, done.stderr.decode()
    grey = np.fromfile(seen, np.uint8).reshape(-1, drawn.SIZE[1], drawn.SIZE[0])
    return drawn.numbers(grey), np.fromfile(heard, "<f4")


def examine(path: Path) -> list[float]:
    """Every byte of the file belongs to a table, or to a sample with one picture in it.

    Gives when each picture begins, in s, as ffprobe tells it.
    """
    data = path.read_bytes()

    def read_at(offset: int, size: int) -> bytes:
        return data[offset : offset + size]

    top = list(iter_boxes(read_at, 0, len(data)))
    assert {each.kind for each in top} == {b"ftyp", b"moov", b"mdat"}
    assert top[-1].end == len(data)
    assert b"elst" not in data[_moov(top).start : _moov(top).end]
    told = outside.ffprobe(path, "-show_packets", "-show_streams")
    kinds = {each["index"]: each["codec_type"] for each in told["streams"]}
    spans = sorted((int(each["pos"]), int(each["size"]), each) for each in told["packets"])
    for box in (each for each in top if each.kind == b"mdat"):
        at = box.body
        for pos, size, packet in spans:
            if box.body <= pos < box.end:
                assert pos == at, "bytes that no table tells of"
                at += size
                if kinds[packet["stream_index"]] == "video":
                    _examine_picture(data[pos : pos + size])
        assert at == box.end
    _examine_sets(data)
    seen = (each for each in told["packets"] if kinds[each["stream_index"]] == "video")
    return sorted(float(each["pts_time"]) for each in seen)


def _moov(top: list[Any]) -> Any:
    return next(each for each in top if each.kind == b"moov")


def _examine_picture(sample: bytes) -> None:
    at, begun = 0, 0
    while at < len(sample):
        size = int.from_bytes(sample[at : at + 4])
        unit = sample[at + 4 : at + 4 + size]
        assert len(unit) == size > 0
        kind = unit[0] & 31
        assert kind in (*_PICTURES, _INFO)
        # a picture's first slice tells that it begins at its first macroblock (7.3.3)
        begun += kind in _PICTURES and unit[1] >> 7
        at += 4 + size
    assert begun == 1


def _examine_sets(data: bytes) -> None:
    at = data.index(b"avcC")
    size = int.from_bytes(data[at - 4 : at]) - 8
    record, place = data[at + 4 : at + 4 + size], 5
    for mask, kind in ((31, _SPS), (255, _PPS)):
        count = record[place] & mask
        place += 1
        for _ in range(count):
            length = int.from_bytes(record[place : place + 2])
            assert record[place + 2] & 31 == kind
            place += 2 + length
    # the high profiles end with four bytes more
    assert len(record) - place in (0, 4)
