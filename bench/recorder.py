"""The recorder's own work, the encoder left out: mux, seal, write, make durable.

``cpu_vs_ffmpeg_copy``    CPU time for a film, ours (sound already AAC) over ffmpeg's stream copy
                          of the same packets into a plain fragmented MP4
``cpu_vs_pyav_output``    the same over picamera2's own PyavOutput, both in the camera bench
``rss_growth_mb``         growth of memory from minute 1 to minute 30 of film, in MB
``press_to_first_packet_ms``  from the press to the first bytes known to be on the disk
``dropped_frames``        pictures lost anywhere here: on that way, and in the next two
``dropped_busy``          lost in real time while other processes burn every core (``bench.strain``)
``dropped_little_memory`` lost in real time under a limit of 64 MB beside what it starts with

All peers read the same packets and write to the same kind of folder, round by round. picamera2 is
in the camera bench only (``script/bench-camera``): where that is not built, its figure is left out
and that is said.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench import pyav_output
from bench.packets import (
    SECONDS,
    SIZE,
    Packets,
    ffmpeg_cpu_s,
    our_cpu_s,
    packets,
    plain_source,
    write_film,
)
from bench.rounds import Rounds, ratio, report, rounds, show
from bench.strain import Outcome, in_little_memory, while_busy
from vigbox.config import Settings
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.model import NS, new_id
from vigbox.recorder.intake import End
from vigbox.recorder.recording import Devices, Recording
from vigbox.seal.identities import X25519Identity
from vigbox.store.layout import Layout

MINUTE_NS = 60 * NS


def rss_growth_mb(found: Packets, minutes: int) -> float:
    """Measure how much memory grows from minute 1 of film to the end."""
    with tempfile.TemporaryDirectory() as folder:
        first = 0.0
        for length_ns in write_film(found, Path(folder), minutes * 60 // SECONDS):
            if not first and length_ns >= MINUTE_NS:
                first = _rss_mb()
        return round(_rss_mb() - first, 2)


def first_packet_ms() -> tuple[float, int]:
    """Measure from a start to the first bytes made durable, with the simulated devices."""
    stage, curtain = DrawnStage(*SIZE, 25), Curtain()
    devices = Devices(
        SimulatedCamera(stage, curtain, 4_000_000), SimulatedMicrophone(stage, curtain)
    )
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder))
        layout.create()
        recipients = [X25519Identity.generate().recipient]
        pressed_ns = time.monotonic_ns()
        recording = Recording(new_id(), devices, recipients, layout, Settings(room_to_stop_mb=1))
        recording.start()
        while recording.safe_at_ns is None:
            time.sleep(0.001)
        took_ns = recording.safe_at_ns - pressed_ns
        recording.stop(End("panel", time.monotonic_ns()))
        recording.join()
        return took_ns / 1e6, recording.dropped


def cpu_rounds(found: Packets, times: int, count: int) -> Rounds:
    """Measure CPU time beside ffmpeg, here."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.mp4"
        plain_source(found, source)
        measures = {
            "vigbox": lambda: our_cpu_s(found, times),
            "ffmpeg": lambda: ffmpeg_cpu_s(source, times),
        }
        return rounds(measures, count)


def cpu_figures(cpu: Rounds, there: Rounds, film_s: int) -> dict[str, float]:
    """Give the figures of CPU time, without those of a camera bench that is not there."""
    figures = {
        "cpu_vs_ffmpeg_copy": ratio(cpu, "vigbox", "ffmpeg"),
        "cpu_percent_of_core": round(100 * median(cpu["vigbox"]) / film_s, 3),
    }
    if there:
        figures["cpu_vs_pyav_output"] = ratio(there, "vigbox", "PyavOutput")
        figures["cpu_vs_ffmpeg_copy_there"] = ratio(there, "vigbox", "ffmpeg")
    return figures


def show_all(cpu: Rounds, there: Rounds, film_s: int, busy: Outcome, small: Outcome) -> None:
    """Print medians and spreads."""
    print(f"CPU s for {film_s} s of 720p25 film, mux + seal + write")
    show(cpu, "s")
    if there:
        print(f"the same in the camera bench, with another Python, for {film_s} s")
        show(there, "s")
    print(f"  with every core burnt:      {busy.kept} of {busy.given} pictures are in the film")
    print(f"  RLIMIT_AS {small.limit_mb:.0f} MB:           {small.kept} of {small.given}")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.recorder", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    times, count, strained_s = (3, 3, 3) if given.quick else (15, 7, 60)
    found, film_s = packets(), times * SECONDS
    cpu = cpu_rounds(found, times, count)
    if why_not := pyav_output.why_not():
        print(f"no figure beside PyavOutput: {why_not}", file=sys.stderr)
    there = {} if why_not else pyav_output.beside(times, count)
    grown_mb = rss_growth_mb(found, 30)
    starts = [first_packet_ms() for _ in range(count)]
    busy = while_busy(SIZE, found.pictures, strained_s)
    small = in_little_memory(SIZE, found.pictures, strained_s)
    if not given.json:
        show_all(cpu, there, film_s, busy, small)
    figures = cpu_figures(cpu, there, film_s) | {
        "rss_growth_mb": grown_mb,
        "press_to_first_packet_ms": round(median(each[0] for each in starts), 1),
        "dropped_frames": sum(each[1] for each in starts) + busy.lost + small.lost,
        "dropped_busy": busy.lost,
        "dropped_little_memory": small.lost,
    }
    report(figures, as_json=given.json)
    return 0


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
