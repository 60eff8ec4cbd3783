"""When a sample was taken: a line through what the sound card says of its blocks.

A sound card's crystal is steady but not ours: over an hour it may run a second away from
CLOCK_MONOTONIC. Each block tells when it was taken, often within microseconds, at times late
because its thread had to wait, and at the start wrong by up to a fifth of a second. So no block
is believed alone: a line is fitted through the last ten seconds, a block that is off it is put in
doubt, and only when several in doubt agree with each other has time itself made a step, as after
lost samples. Then the line begins anew there. Nothing here reads a clock, wall clock or other.
"""

from collections import deque
from statistics import median
from typing import Final

from vigbox.devices.microphone import SAMPLES_PER_SECOND, Sound
from vigbox.model import NS

_SAMPLE_BYTES: Final = 2
_WINDOW_SAMPLES: Final = 10 * SAMPLES_PER_SECOND
_SLOPE_SAMPLES: Final = 3 * SAMPLES_PER_SECOND
"""A line shorter than this tells where, but not yet how fast."""

_STEEPEST_PPM: Final = 1_000
_OFF_LINE_NS: Final = 2_000_000
_AGREE_NS: Final = 1_000_000
_AGREEING: Final = 5
_LONGEST_DOUBT: Final = 50
_AT_START: Final = 30
"""Blocks that are not believed after an opening: 0.6 s."""


class SampleClock:
    """Places samples, counted from the opening of the device, on CLOCK_MONOTONIC."""

    def __init__(self) -> None:
        self._line = _Line()
        self._ppb = 0.0
        self._doubted: deque[tuple[int, int]] = deque(maxlen=_LONGEST_DOUBT)
        self._refused = 0
        self._patience = _AT_START
        self.steps = 0

    @property
    def has_line(self) -> bool:
        """Whether enough blocks have agreed since the start, or since samples were lost."""
        return bool(len(self._line))

    @property
    def is_settled(self) -> bool:
        """Whether the newest block lies on the line; if not, wait a few blocks and ask again."""
        return self.has_line and not self._doubted

    def feed(self, sample: int, time_ns: int) -> None:
        """Take a hint: this sample was taken at about this time. Samples only go up."""
        off_ns = time_ns - _even_ns(sample)
        if self.has_line and abs(off_ns - self._fitted_ns(sample)) <= _OFF_LINE_NS:
            self._doubted.clear()
            self._refused = 0
            self._follow(sample, off_ns)
            return
        self._doubted.append((sample, off_ns))
        self._refused += 1
        if self._refused >= self._patience and (agreed := self._agreed()):
            self._begin_anew(agreed)

    def restart(self) -> None:
        """Forget where the line lies, as samples were lost; how fast the crystal runs is kept."""
        if self.has_line:
            self._line = _Line()
            self._doubted.clear()
            self._refused, self._patience = 0, _AGREEING

    def time_ns(self, sample: int) -> int:
        """Tell when a sample was taken, in ns of CLOCK_MONOTONIC; before any block, 0."""
        if not self.has_line and not self._doubted:
            return 0
        return _even_ns(sample) + round(self._fitted_ns(sample))

    @property
    def drift_ppm(self) -> float:
        """How much slower than 48 kHz the card's crystal runs."""
        return self._ppb / 1000

    def _fitted_ns(self, sample: int) -> float:
        if not self.has_line:
            return median(off_ns for _, off_ns in self._doubted)
        middle, off_ns = self._line.middle()
        return off_ns + (sample - middle) * self._ppb / SAMPLES_PER_SECOND

    def _follow(self, sample: int, off_ns: int) -> None:
        self._line.add(sample, off_ns)
        self._line.forget_before(sample - _WINDOW_SAMPLES)
        if self._line.length >= _SLOPE_SAMPLES:
            steepest = _STEEPEST_PPM * 1000
            ppb = self._line.slope() * SAMPLES_PER_SECOND
            self._ppb = max(-steepest, min(steepest, ppb))

    def _agreed(self) -> list[tuple[int, int]]:
        """Give the newest blocks when they agree; after a second, all of them as they are."""
        if self._refused >= _LONGEST_DOUBT:
            return list(self._doubted)
        newest = list(self._doubted)[-_AGREEING:]
        offs_ns = [off_ns for _, off_ns in newest]
        return newest if max(offs_ns) - min(offs_ns) <= _AGREE_NS else []

    def _begin_anew(self, points: list[tuple[int, int]]) -> None:
        self.steps += self.has_line
        self._line = _Line()
        middle_ns = round(median(off_ns for _, off_ns in points))
        for sample, _ in points:
            self._line.add(sample, middle_ns)
        self._doubted.clear()
        self._refused, self._patience = 0, _AGREEING


class Timestamper:
    """Gives blocks their times; holds them while the clock is in doubt, a second at most."""

    def __init__(self, latency_ns: int = 0) -> None:
        self.clock = SampleClock()
        self._latency_ns = latency_ns
        self._held: deque[tuple[int, bytes]] = deque()
        self._samples = 0

    def take(self, samples: bytes, time_ns: int, *, is_broken: bool = False) -> list[Sound]:
        """Take int16 mono samples and when the first was taken; ``is_broken``: some were lost.

        Gives the blocks whose time is known now.
        """
        given = []
        if is_broken and self.clock.has_line:
            given = self.rest()
            self.clock.restart()
        self._held.append((self._samples, samples))
        self.clock.feed(self._samples, time_ns)
        self._samples += len(samples) // _SAMPLE_BYTES
        if self.clock.is_settled or len(self._held) > _LONGEST_DOUBT:
            given += self.rest()
        return given

    def rest(self) -> list[Sound]:
        """Give what is held, at the best guess."""
        held = list(self._held)
        self._held.clear()
        return [
            Sound(samples, self.clock.time_ns(first) - self._latency_ns) for first, samples in held
        ]


class _Line:
    """Least squares over a sliding window; whole numbers, so nothing is lost in hours."""

    def __init__(self) -> None:
        self._points: deque[tuple[int, int]] = deque()
        self._x = self._y = self._xx = self._xy = 0

    def __len__(self) -> int:
        return len(self._points)

    @property
    def length(self) -> int:
        """How many samples the line spans."""
        return self._points[-1][0] - self._points[0][0]

    def add(self, x: int, y: int) -> None:
        self._points.append((x, y))
        self._weigh(x, y, 1)

    def forget_before(self, x: int) -> None:
        while self._points[0][0] < x:
            self._weigh(*self._points.popleft(), -1)

    def middle(self) -> tuple[float, float]:
        return self._x / len(self._points), self._y / len(self._points)

    def slope(self) -> float:
        count = len(self._points)
        return (count * self._xy - self._x * self._y) / (count * self._xx - self._x * self._x)

    def _weigh(self, x: int, y: int, sign: int) -> None:
        self._x += sign * x
        self._y += sign * y
        self._xx += sign * x * x
        self._xy += sign * x * y


def _even_ns(sample: int) -> int:
    return sample * NS // SAMPLES_PER_SECOND
