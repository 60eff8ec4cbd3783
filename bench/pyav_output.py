"""The recorder beside picamera2's own PyavOutput, which makes a plain film of the same packets.

picamera2 is in the camera bench and on a Raspberry Pi only. ``python -m bench.pyav_output`` runs
there, with all three peers in turn, and prints each round as JSON; :func:`beside` has it run by
``script/bench-camera`` from outside.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.packets import (
    FRAGMENTS,
    SECONDS,
    SIZE,
    Packets,
    ffmpeg_cpu_s,
    our_cpu_s,
    packets,
    plain_source,
)
from bench.rounds import Rounds, rounds
from vigbox.media.sound import RATE

ROOT = Path(__file__).resolve().parents[1]


def why_not() -> str | None:
    """Tell why picamera2 cannot be run here; None when it can."""
    if os.geteuid():
        return "picamera2 is in the camera bench, which needs root"
    if not any(each.is_dir() for each in ROOT.glob("build/bench-camera-*")):
        return "picamera2 is in the camera bench, which is not built (sh script/bench-camera)"
    return None


def beside(times: int, count: int) -> Rounds:
    """Measure in the camera bench; gives CPU seconds by name.

    Raises CalledProcessError when the bench fails.
    """
    command = ["sh", "script/bench-camera", "--run", "python3", "-m", "bench.pyav_output"]
    told = subprocess.run(
        [*command, str(times), str(count)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    found: Rounds = json.loads(told)
    return found


def picamera2_cpu_s(found: Packets, times: int) -> float:
    """Measure PyavOutput's CPU time for the film.

    Raises ValueError when packets are missing in what it made.
    """
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        began = time.process_time()
        given = write_plain_film(found, film, times)
        took_s = time.process_time() - began
        if (kept := _packets_in(film)) != given:
            raise ValueError(f"PyavOutput was given {given} packets and kept {kept}")
    return took_s


def write_plain_film(found: Packets, film: Path, times: int) -> int:
    """Call PyavOutput as picamera2's encoders call it; gives how many packets it was given."""
    import av
    from picamera2.outputs import PyavOutput

    given = 0
    with av.open(os.devnull, "w", format="null") as nowhere:
        heard = nowhere.add_stream("aac", rate=RATE, layout="mono")
        output = PyavOutput(str(film), format="mp4", options=FRAGMENTS)
        output.start()
        output._add_stream("video", "h264", width=SIZE[0], height=SIZE[1])  # noqa: SLF001
        output._add_stream(heard, "aac", rate=RATE, layout="mono")  # noqa: SLF001
        for time_ns, data, is_key in found.looped(times):
            packet = None
            if is_key is None:
                packet = av.Packet(data)
                packet.stream = heard
            output.outputframe(data, is_key is not False, time_ns // 1000, packet, is_key is None)
            given += 1
        output.stop()
    return given


def _packets_in(film: Path) -> int:
    asked = ("-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0")
    command = ["ffprobe", "-v", "error", *asked, str(film)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sum(map(int, told.split()))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.pyav_output", description=__doc__)
    parser.add_argument("times", type=int, help=f"how often {SECONDS} s of film are looped")
    parser.add_argument("rounds", type=int)
    given = parser.parse_args()
    found = packets()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.mp4"
        plain_source(found, source)
        measures = {
            "vigbox": lambda: our_cpu_s(found, given.times),
            "ffmpeg": lambda: ffmpeg_cpu_s(source, given.times),
            "PyavOutput": lambda: picamera2_cpu_s(found, given.times),
        }
        print(json.dumps(rounds(measures, given.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
