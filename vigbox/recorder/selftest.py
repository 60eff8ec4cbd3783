"""The flash-and-beep self-test: how much later a microphone hears than the camera sees.

A tablet held before the box flashes and beeps at the same moments. What lies between each flash
and its beep is the latency of the microphone in use; it is constant, so it is measured once,
kept by the microphone's name and taken off by the microphone from then on.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from vigbox.devices.microphone import SAMPLES_PER_SECOND, Sound
from vigbox.errors import VigboxError
from vigbox.model import NS, now_at
from vigbox.store import durable

_log = logging.getLogger(__name__)

FEWEST_PAIRS: Final = 5
_FURTHEST_NS: Final = 400_000_000
"""A beep further from its flash than this is not its own."""

_AGREE_NS: Final = 30_000_000
_WINDOW_SAMPLES: Final = SAMPLES_PER_SECOND // 1000
_QUIET_NS: Final = 150_000_000
_HALF: Final = 0.5
_CLEAR: Final = 4.0
"""A flash or beep stands out of what is there otherwise by this factor."""

_VERSION: Final = 1

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


class SelfTestError(VigboxError):
    """The self-test found no latency to be believed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How much later sound is told than picture: the median of the pairs that agree.

    ``spread_ns`` is from the earliest to the latest of them; a camera that takes 25 pictures a
    second sees a flash up to 40 ms late, so that much is no fault.
    """

    latency_ns: int
    spread_ns: int
    pairs: int


def measured(pictures: Sequence[tuple[int, float]], sounds: Iterable[Sound]) -> Latency:
    """Find flashes and beeps, pair them, and give what lies between.

    ``pictures`` are (time in ns, mean luma of the picture or of its middle) in order; both on one
    clock. Raises :class:`SelfTestError` when fewer than five pairs agree.
    """
    flashes, beeps = flashes_ns(pictures), beeps_ns(sounds)
    apart = _apart_ns(flashes, beeps)
    if not len(apart):
        raise SelfTestError(
            f"the self-test saw {len(flashes)} flashes and heard {len(beeps)} beeps that belong "
            "together. Hold the tablet before the camera, turn its sound up, and try again."
        )
    agreeing = apart[np.abs(apart - np.median(apart)) <= _AGREE_NS]
    if len(agreeing) < FEWEST_PAIRS:
        raise SelfTestError(
            f"the self-test found {len(apart)} flashes with their beeps and only "
            f"{len(agreeing)} agree; {FEWEST_PAIRS} are needed. Make the room quiet, hold the "
            "tablet still before the camera for ten seconds, and try again."
        )
    return Latency(int(np.median(agreeing)), int(np.ptp(agreeing)), len(agreeing))


def flashes_ns(pictures: Sequence[tuple[int, float]]) -> Times:
    """Give the times of the first bright picture of each flash."""
    times = np.array([time_ns for time_ns, _ in pictures], np.int64)
    return _onsets(times, np.array([luma for _, luma in pictures], np.float64))


def beeps_ns(sounds: Iterable[Sound]) -> Times:
    """Give the times at which each beep begins, to a millisecond."""
    times: list[Times] = []
    loudness: list[Values] = []
    for sound in sounds:
        samples = np.frombuffer(sound.samples, "<i2").astype(np.float64)
        whole = len(samples) // _WINDOW_SAMPLES
        windows = samples[: whole * _WINDOW_SAMPLES].reshape(whole, _WINDOW_SAMPLES)
        loudness.append(np.sqrt(np.mean(windows**2, axis=1)))
        step_ns = _WINDOW_SAMPLES * NS // SAMPLES_PER_SECOND
        times.append(sound.time_ns + np.arange(whole, dtype=np.int64) * step_ns)
    if not times:
        return np.array([], np.int64)
    return _onsets(np.concatenate(times), np.concatenate(loudness))


def _onsets(times: Times, values: Values) -> Times:
    """Give when values rise over the middle between usual and highest, after some quiet."""
    if not len(values):
        return times
    usual = float(np.median(values))
    highest = float(np.percentile(values, 98))
    noise = float(np.median(np.abs(values - usual)))
    if highest - usual <= _CLEAR * noise:
        return times[:0]
    high: Times = times[values > usual + _HALF * (highest - usual)]
    onsets: Times = high[np.diff(high, prepend=high[:1] - 2 * _QUIET_NS) > _QUIET_NS]
    return onsets


def _apart_ns(flashes: Times, beeps: Times) -> Times:
    """Give how much later the nearest beep is, for each flash that has one near."""
    if not len(flashes) or not len(beeps):
        return flashes[:0]
    apart = beeps[None, :] - flashes[:, None]
    nearest: Times = apart[np.arange(len(flashes)), np.abs(apart).argmin(axis=1)]
    near: Times = nearest[np.abs(nearest) <= _FURTHEST_NS]
    return near


def keep(path: Path, microphone: str, latency: Latency) -> None:
    """Store a microphone's latency durably beside the others'. Raises :class:`OSError`."""
    kept = _kept(path)
    kept[microphone] = {**asdict(latency), "measured_at": now_at()}
    facts = {"version": _VERSION, "microphones": kept}
    durable.save(path, json.dumps(facts, indent=1).encode())


def latency_ns_of(path: Path, microphone: str) -> int:
    """Give what is stored for a microphone; 0 when it was never measured."""
    found = _kept(path).get(microphone)
    latency_ns = found.get("latency_ns") if isinstance(found, dict) else None
    if type(latency_ns) is not int or abs(latency_ns) > _FURTHEST_NS:
        return 0
    return latency_ns


def _kept(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_bytes())
        if facts["version"] != _VERSION or not isinstance(facts["microphones"], dict):
            raise TypeError
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        _log.warning("%s cannot be read: the microphones' latencies are to be measured anew", path)
        return {}
    kept: dict[str, Any] = facts["microphones"]
    return kept
