"""Clips and stills out of a sealed film, beside programs that have the plain one.

``clip_vs_ffmpeg``         a clip of 8 s, cut from the sealed film, over the ffmpeg program
                           encoding it again from the plain one (speed; libx264 veryfast, crf 17)
``clip_vs_smartcut``       the same over the ``smartcut`` program (speed)
``still_vs_ffmpeg``        one exact picture as a JPEG (speed)
``frame_errors``           pictures that are missing from our clips and stills, too many, or out of
                           turn; ``ffmpeg_frame_errors``, ``smartcut_frame_errors`` those of others
``exact_clips``            our clips without such an error, of ``clips``; of the others likewise

The film is the test film with a number drawn into each picture, looped through our own muxer. It
is open on the shelf, as on the box when somebody watches it: its index is there. Each round cuts
at another place, the same for all. The programs are started anew each time, as they are used.
"""

import argparse
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

from bench import export_peers as peers
from bench.review_rig import SIZE, Box, make_film, packets, plain_mp4
from bench.rounds import Rounds, ratio, report, rounds, show, show_ratios
from vigbox.devices.drawn import picture_number
from vigbox.media.cut import cut_clip
from vigbox.media.fragments import FilmIndex
from vigbox.media.stills import still
from vigbox.seal.identities import Identity
from vigbox.seal.opening import FilmReader

CLIP_S = 8
_TICKS = 90_000
_BITS = 24
_LINE = SIZE[1] // _BITS
_MINUTES = 2
_OURS, _FFMPEG, _SMARTCUT = "vigbox", "ffmpeg", "smartcut"


def numbered(number: int, frame: VideoFrame) -> VideoFrame:
    """Draw a picture's number into its first lines, as ``picture_number`` reads it."""
    image = frame.to_ndarray(format="yuv420p")
    cell = SIZE[0] // _BITS
    for bit in range(_BITS):
        image[:_LINE, bit * cell : (bit + 1) * cell] = 235 if number >> bit & 1 else 16
    return VideoFrame.from_ndarray(image, format="yuv420p")


@dataclass
class Film:
    """One film, sealed and plain; ``numbers`` are drawn into its pictures."""

    sealed: BinaryIO
    identities: Sequence[Identity]
    plain: Path
    index: FilmIndex
    numbers: list[int]

    @classmethod
    def make(cls, folder: Path, minutes: int) -> "Film":
        """Make it, and a box that holds it."""
        found = packets(numbered)
        film, box = make_film(found, minutes), Box.make(folder / "data")
        index, recording = plain_mp4(film, folder / "plain.mp4"), box.keep(film)
        desk = box.desk()
        numbers = [n % len(found.pictures) for n in range(index.picture_count)]
        sealed = box.layout.film(recording).open("rb")
        return cls(sealed, desk.case_identities(box.case), folder / "plain.mp4", index, numbers)

    def reader(self) -> FilmReader:
        """Open it anew: nothing of an earlier round is still open."""
        number = self.sealed.fileno()
        size = os.fstat(number).st_size
        return FilmReader(lambda at, count: os.pread(number, count, at), size, self.identities)

    def span(self, rng: random.Random) -> tuple[int, int]:
        """Give 8 s anywhere: the first picture, and the one after the last."""
        times = self.index.picture_times
        last = next(n for n in range(len(times)) if times[-1] - times[n] < CLIP_S * _TICKS)
        first = rng.randrange(last)
        return first, next(
            n for n in range(first, len(times)) if times[n] - times[first] >= CLIP_S * _TICKS
        )


@dataclass
class Errors:
    """Who made how many errors in how many clips."""

    frames: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    clips: int = 0

    def count(self, name: str, found: list[int], wanted: list[int]) -> None:
        """Compare the pictures of one clip or still with those it should have."""
        apart = Counter(found)
        apart.subtract(Counter(wanted))
        wrong = sum(map(abs, apart.values()))
        if not wrong:
            wrong = sum(one != other for one, other in zip(found, wanted, strict=True))
        self.frames[name] += wrong
        self.exact[name] += not wrong


class Makers:
    """What makes clips and stills, each at the same places in the same order."""

    def __init__(self, film: Film, folder: Path, names: Sequence[str]) -> None:
        self.errors = Errors()
        self._film, self._folder, self._names = film, folder, names
        self._chance: dict[str, random.Random] = {}

    def measures(self) -> dict[str, Callable[[], float]]:
        """Give a measure in ms by name, of clips and of stills."""
        named: dict[str, Callable[[], float]] = {}
        for name in self._names:
            named[f"{name} clip"] = lambda name=name: self._clip(name)  # type: ignore[misc]
            if name != _SMARTCUT:
                named[f"{name} still"] = lambda name=name: self._still(name)  # type: ignore[misc]
        return named

    def _clip(self, name: str) -> float:
        first, end = self._film.span(self._rng(f"{name} clip"))
        film, path = self._film, self._folder / f"{name}.mp4"
        start = film.index.picture_times[first]
        began = time.perf_counter()
        match name:
            case "vigbox":
                sink = io.BytesIO()
                cut_clip(film.reader().read_at, film.index, first, end, sink)
            case "ffmpeg":
                ticks = film.index.picture_times[end] - start
                peers.ffmpeg_clip(film.plain, start, end - first, ticks, path)
            case _:
                peers.smartcut_clip(film.plain, first, end, path)
        took = time.perf_counter() - began
        if name == _OURS:
            path.write_bytes(sink.getvalue())
            self.errors.clips += 1
        self.errors.count(name, numbers_in(path), film.numbers[first:end])
        return took * 1000

    def _still(self, name: str) -> float:
        film, path = self._film, self._folder / f"{name}.jpg"
        picture = self._rng(f"{name} still").randrange(len(film.numbers))
        began = time.perf_counter()
        if name == _OURS:
            data = still(film.index, film.reader().read_at, picture)
        else:
            peers.ffmpeg_still(film.plain, film.index.picture_times[picture], path)
        took = time.perf_counter() - began
        if name == _OURS:
            path.write_bytes(data)
        grey = np.asarray(Image.open(path).convert("L"))
        self.errors.frames[name] += picture_number(grey) != film.numbers[picture]
        return took * 1000

    def _rng(self, measure: str) -> random.Random:
        return self._chance.setdefault(measure, random.Random(len(measure.split()[1])))


def numbers_in(clip: Path) -> list[int]:
    """Give the number of each picture that the ffmpeg program finds in a clip."""
    told = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", clip, "-an", "-fps_mode", "passthrough",
         "-vf", f"crop={SIZE[0]}:{_LINE}:0:0", "-pix_fmt", "gray", "-f", "rawvideo", "-"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ).stdout  # fmt: skip
    found = []
    for lines in np.frombuffer(told, np.uint8).reshape(-1, _LINE, SIZE[0]):
        whole = np.zeros((SIZE[1], SIZE[0]), np.uint8)
        whole[:_LINE] = lines
        found.append(picture_number(whole))
    return found


def pairs_of(found: Rounds) -> dict[str, tuple[str, str]]:
    """Name the ratios of two measures, without those whose peer is missing."""
    pairs = {
        "clip_vs_ffmpeg": ("ffmpeg clip", "vigbox clip"),
        "clip_vs_smartcut": ("smartcut clip", "vigbox clip"),
        "still_vs_ffmpeg": ("ffmpeg still", "vigbox still"),
    }
    return {name: pair for name, pair in pairs.items() if set(pair) <= set(found)}


def measure(folder: Path, count: int, absent: set[str]) -> tuple[Rounds, dict[str, float]]:
    """Run every measure beside its peers; gives the rounds and the counted figures."""
    film = Film.make(folder, _MINUTES)
    with film.sealed:
        names = [each for each in (_OURS, _FFMPEG, _SMARTCUT) if each not in absent]
        makers = Makers(film, folder, names)
        found = rounds(makers.measures(), count)
    errors = makers.errors
    figures: dict[str, float] = {"clips": errors.clips}
    for name in names:
        word = "" if name == _OURS else f"{name}_"
        figures[f"{word}frame_errors"] = errors.frames[name]
        figures[f"{word}exact_clips"] = errors.exact[name]
    return found, figures


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.export", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    absent = peers.missing()
    for name, what_to_do in absent.items():
        print(f"{name} is missing ({what_to_do}): no figure beside it", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        found, figures = measure(Path(folder), 5 if given.quick else 20, set(absent))
    pairs = pairs_of(found)
    if not given.json:
        print("milliseconds; clips of 8 s of a 720p film at 4 Mbit/s")
        show(found, "ms")
        show_ratios(found, pairs)
    figures = {name: ratio(found, *pair) for name, pair in pairs.items()} | figures
    report(figures, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
