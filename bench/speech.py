"""Voice activity beside a ground truth and its peers: who found speech where there was some.

The test film's sound is heard as it is, and once more in a noisy room (pink noise, the voices
5 dB above it). What is found is compared in frames of 10 ms with pyannote's own word on who
spoke when: overlapping speakers count once.

``precision``, ``recall``, ``f1``        vigbox (silero's model) on the film's sound
``noisy_f1``                             the same in the noisy room
``energy_f1``, ``energy_noisy_f1``       a plain threshold of energy, half way between the quiet
                                         tenth and the loud tenth of this very sound, in dB
``webrtc_f1``, ``webrtc_noisy_f1``       WebRTC's detector at its strictest, frames of 10 ms
``real_time``                            how many seconds of sound are heard in one second, one core
``webrtc_real_time``                     the same of WebRTC's
``memory_mb``                            the model and all that hearing takes, above numpy and PyAV
``memory_growth_mb``                     how much more ten minutes take than ten seconds
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from bench.rounds import median, report, rounds, show
from tests import material

RATE = 16_000
FRAME = RATE // 100
_NOISY_DB = 5
_STRICTEST = 3
_PEAK = re.compile(r"VmHWM:\s*(\d+) kB")

Sound = npt.NDArray[np.float32]
Frames = npt.NDArray[np.bool_]
Finder = Callable[[Sound], Frames]


def sound() -> Sound:
    """Give the test film's sound at 16 kHz, mono, as it comes out of its AAC."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(material.visit())) as film:
        frames = [piece for each in film.decode(audio=0) for piece in resampler.resample(each)]
    frames += resampler.resample(None)
    return np.concatenate([each.to_ndarray()[0] for each in frames], dtype=np.float32)


def truth(count: int) -> Frames:
    """Give for each frame whether somebody speaks, as pyannote's people heard it."""
    return marked(material.turns_ms(), count)


def marked(stretches: list[tuple[int, int]], count: int) -> Frames:
    """Give stretches in ms as frames of 10 ms."""
    frames = np.zeros(count, np.bool_)
    for start, end in stretches:
        frames[round(start / 10) : round(end / 10)] = True
    return frames


def in_a_noisy_room(clean: Sound, spoken: Frames) -> Sound:
    """Add pink noise, always the same, so that the voices are 5 dB above it."""
    rng = np.random.default_rng(20261121)
    spectrum = np.fft.rfft(rng.standard_normal(len(clean)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, len(clean))
    voiced = np.repeat(spoken, FRAME)[: len(clean)]
    power = float(np.mean(clean[: len(voiced)][voiced] ** 2)) / 10 ** (_NOISY_DB / 10)
    return np.asarray(clean + noise * np.sqrt(power / np.mean(noise**2)), np.float32)


def vigbox_finds(samples: Sound) -> Frames:
    """Find as vigbox does."""
    from vigbox.media.speech import speech  # the child that measures memory may do without

    return marked(speech(_blocks(samples)), len(samples) // FRAME)


def energy_finds(samples: Sound) -> Frames:
    """Find by a threshold of energy that was allowed to hear all of it first."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    level_db = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    low, high = np.percentile(level_db, (10, 90))
    return np.asarray(level_db > (low + high) / 2, np.bool_)


def webrtc_finds(samples: Sound) -> Frames:
    """Find with WebRTC's detector."""
    detector = import_module("webrtcvad").Vad(_STRICTEST)
    data = np.asarray(np.clip(samples, -1, 1) * 32_767, "<i2").tobytes()
    size, count = 2 * FRAME, len(samples) // FRAME
    pieces = (data[size * number : size * number + size] for number in range(count))
    return np.array([detector.is_speech(piece, RATE) for piece in pieces], np.bool_)


def figures_of(found: Frames, spoken: Frames) -> tuple[float, float, float]:
    """Give precision, recall and their harmonic mean."""
    both = int((found & spoken).sum())
    precision, recall = both / max(1, int(found.sum())), both / max(1, int(spoken.sum()))
    return precision, recall, 2 * both / max(1, int(found.sum() + spoken.sum()))


def finders() -> dict[str, Finder]:
    """Give ours and the peers that are here; a missing one is said."""
    found: dict[str, Finder] = {"vigbox": vigbox_finds, "energy": energy_finds}
    if find_spec("webrtcvad"):
        found["webrtc"] = webrtc_finds
    else:
        print("webrtcvad is missing (pip install webrtcvad-wheels)", file=sys.stderr)
    return found


def compare(clean: Sound) -> dict[str, tuple[float, float, float]]:
    """Let everybody hear the clean and the noisy sound."""
    spoken = truth(len(clean) // FRAME)
    noisy = in_a_noisy_room(clean, spoken)
    return {
        f"{name}{suffix}": figures_of(find(heard), spoken)
        for name, find in finders().items()
        for suffix, heard in (("", clean), ("_noisy", noisy))
    }


def times_real(find: Finder, samples: Sound) -> Callable[[], float]:
    """Give a measure of how many seconds of sound are heard in one."""

    def measure() -> float:
        start = time.perf_counter()
        find(samples)
        return len(samples) / RATE / (time.perf_counter() - start)

    return measure


def peak_mb(seconds: int) -> float:
    """Hear so many seconds in a process of its own and give its peak of memory; 0: hear nothing."""
    command = [sys.executable, "-m", "bench.speech", "--hear", str(seconds)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1000


def hear(seconds: int) -> None:
    """Hear so many seconds of noise, second by second, and print this process' peak."""
    block = np.asarray(np.random.default_rng(1).standard_normal(RATE) / 10, np.float32)
    if seconds:
        from vigbox.media.speech import speech

        speech(block for _ in range(seconds))
    # not ru_maxrss, which starts from the peak of whoever started this process
    peak = _PEAK.search(Path("/proc/self/status").read_text("ascii"))
    print(peak[1] if peak else "unknown")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.speech", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--hear", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hear is not None:
        hear(given.hear)
        return 0
    clean = sound()
    found = compare(clean)
    measures = {name: times_real(find, clean) for name, find in finders().items()}
    speeds = rounds(measures, 3 if given.quick else 11)
    if not given.json:
        for name, (precision, recall, f1) in found.items():
            print(f"  {name:14s} precision {precision:.3f}   recall {recall:.3f}   f1 {f1:.3f}")
        show(speeds, "x real time")
    figures = dict(zip(("precision", "recall", "f1"), found["vigbox"], strict=True))
    figures |= {f"{name.removeprefix('vigbox_')}_f1": each[2] for name, each in found.items()}
    del figures["vigbox_f1"]
    figures["real_time"] = median(speeds, "vigbox")
    if "webrtc" in speeds:
        figures["webrtc_real_time"] = median(speeds, "webrtc")
    nothing, short, long = (peak_mb(seconds) for seconds in (0, 10, 120 if given.quick else 600))
    figures |= {"memory_mb": short - nothing, "memory_growth_mb": long - short}
    report({name: round(value, 3) for name, value in figures.items()}, as_json=given.json)
    return 0


def _blocks(samples: Sound) -> Iterator[Sound]:
    for at in range(0, len(samples), RATE):
        yield samples[at : at + RATE]


if __name__ == "__main__":
    sys.exit(main())
