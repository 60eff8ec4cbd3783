"""The recorder's own work, the encoder left out: mux, seal, write, make durable.

``cpu_vs_ffmpeg_copy``    CPU time for a film, ours (sound already AAC) over ffmpeg's stream copy
                          of the same packets into a plain fragmented MP4
``rss_growth_mb``         growth of memory from minute 1 to minute 30 of film, in MB
``press_to_first_packet_ms``  from the press to the first bytes known to be on the disk
``dropped_frames``        pictures lost anywhere here: on that way, and in the next two
``dropped_busy``          lost in real time while other processes burn every core (``bench.strain``)
``dropped_little_memory`` lost in real time under a limit of 64 MB beside what it starts with

ffmpeg is the peer; both read the same packets and write to the same folder, round by round.
picamera2's own PyavOutput needs picamera2, which runs on a Raspberry Pi and in the camera bench
only: it is measured there, and is no peer here.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.rounds import ratio, report, rounds, show
from bench.strain import in_little_memory, while_busy
from vigbox.config import Settings
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.media.h264 import parameter_sets
from vigbox.media.moov import AudioFormat
from vigbox.media.mux import Muxer
from vigbox.media.sound import RATE, SoundTrack
from vigbox.model import NS, new_id
from vigbox.recorder.film import Film
from vigbox.recorder.intake import End
from vigbox.recorder.recording import Devices, Recording
from vigbox.seal.identities import X25519Identity
from vigbox.store.layout import Layout

MINUTE_NS = 60 * NS
_SECONDS = 20
_SIZE = (1280, 720)


@dataclass
class Packets:
    """Some seconds of film as a camera and an AAC encoder give them, to be looped."""

    pictures: list[tuple[int, bytes, bool]]
    sound: list[tuple[int, bytes]]

    def looped(self, times: int) -> Iterator[tuple[int, bytes, bool | None]]:
        """Give (time, data, is a keyframe), in order of time; None marks sound."""
        span_ns = _SECONDS * NS
        once = sorted(
            [(at, data, is_key) for at, data, is_key in self.pictures]
            + [(at * NS // RATE, data, None) for at, data in self.sound],
            key=lambda each: each[0],
        )
        for turn in range(times):
            for at, data, is_key in once:
                yield turn * span_ns + at, data, is_key


def packets() -> Packets:
    """Encode the drawn scene once: 720p25, about 4 Mbit/s by noise on top."""
    import av
    import numpy as np

    stage = DrawnStage(*_SIZE, 25)
    encoder = SimulatedCamera(stage, Curtain(), 4_000_000).encoder()
    noise = np.random.default_rng(1)
    pictures: list[tuple[int, bytes, bool]] = []
    for number, (time_ns, frame) in enumerate(stage.pictures()):
        if number == _SECONDS * 25:
            break
        image = frame.to_ndarray()
        image[:480] ^= noise.integers(0, 12, image[:480].shape, np.uint8)
        shown = av.VideoFrame.from_ndarray(image, "yuv420p")
        shown.pts = time_ns // 1000
        shown.time_base = encoder.time_base
        shown.pict_type = 1 if number % 25 == 0 else 0
        pictures += [(time_ns, bytes(each), each.is_keyframe) for each in encoder.encode(shown)]
    track, sound = SoundTrack(), []
    for block, samples in zip(range(_SECONDS * 50), stage.sound(), strict=False):
        sound += [(each.time_samples, each.data) for each in track.push(samples, block * NS // 50)]
    # whole packets to the end of the loop, so that the next turn follows without a gap
    return Packets(pictures, [each for each in sound if each[0] + 1024 <= _SECONDS * RATE])


def write_film(found: Packets, folder: Path, times: int) -> Iterator[int]:
    """Mux, seal and write, with sync points; gives the length in ns after each fragment."""
    layout = Layout(folder)
    layout.create()
    recipient = X25519Identity.generate().recipient
    film = Film(layout, new_id(), [recipient])
    sets = parameter_sets(found.pictures[0][1]) or b""
    audio = AudioFormat(RATE, 1, SoundTrack.config)
    muxer = Muxer(
        width=_SIZE[0], height=_SIZE[1], parameter_sets=sets, audio=audio, film_id=new_id()
    )
    film.begin(muxer.header())
    synced_ns = 0
    for time_ns, data, is_key in found.looped(times):
        if is_key is None:
            muxer.add_sound(data, -(-time_ns * RATE // NS))
            continue
        muxer.add_picture(data, time_ns, is_keyframe=is_key)
        while (fragment := muxer.take_fragment()) is not None:
            film.append(fragment)
            if film.length_ns + fragment.duration_ns - synced_ns > NS // 2:
                film.sync_point()
                synced_ns = film.length_ns
            yield film.length_ns
    film.finish()


def our_cpu_s(found: Packets, times: int) -> float:
    """Measure our CPU time for the film."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        for _ in write_film(found, Path(folder), times):
            pass
        return time.process_time() - began


def ffmpeg_cpu_s(source: Path, times: int) -> float:
    """Measure ffmpeg's CPU time to copy the same film into a plain fragmented MP4."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            ["ffmpeg", "-v", "error", "-stream_loop", str(times - 1), "-i", source, "-c", "copy",
             "-movflags", "empty_moov+default_base_moof", "-frag_duration", "200000",
             Path(folder) / "film.mp4"],
            check=True,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def plain_source(found: Packets, path: Path) -> None:
    """Write the packets as a plain film, for ffmpeg to read."""
    sets = parameter_sets(found.pictures[0][1]) or b""
    audio = AudioFormat(RATE, 1, SoundTrack.config)
    muxer = Muxer(width=1280, height=720, parameter_sets=sets, audio=audio, film_id=new_id())
    with path.open("wb") as file:
        file.write(muxer.header())
        for time_ns, data, is_key in found.looped(1):
            if is_key is None:
                muxer.add_sound(data, -(-time_ns * RATE // NS))
            else:
                muxer.add_picture(data, time_ns, is_keyframe=is_key)
        while (fragment := muxer.flush()) is not None:
            file.write(fragment.data)


def rss_growth_mb(found: Packets, minutes: int) -> float:
    """Measure how much memory grows from minute 1 of film to the end."""
    with tempfile.TemporaryDirectory() as folder:
        first = 0.0
        for length_ns in write_film(found, Path(folder), minutes * 60 // _SECONDS):
            if not first and length_ns >= MINUTE_NS:
                first = _rss_mb()
        return round(_rss_mb() - first, 2)


def first_packet_ms() -> tuple[float, int]:
    """Measure from a start to the first bytes made durable, with the simulated devices."""
    stage, curtain = DrawnStage(*_SIZE, 25), Curtain()
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


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.recorder", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = packets()
    times, count, strained_s = (3, 3, 3) if given.quick else (15, 7, 60)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.mp4"
        plain_source(found, source)
        cpu = rounds(
            {
                "vigbox": lambda: our_cpu_s(found, times),
                "ffmpeg": lambda: ffmpeg_cpu_s(source, times),
            },
            count,
        )
    grown_mb = rss_growth_mb(found, 30)
    starts = [first_packet_ms() for _ in range(count)]
    busy = while_busy(_SIZE, found.pictures, strained_s)
    small = in_little_memory(_SIZE, found.pictures, strained_s)
    if not given.json:
        print(f"CPU s for {times * _SECONDS} s of 720p25 film, mux + seal + write")
        show(cpu, "s")
        print(f"  with every core burnt:      {busy.kept} of {busy.given} pictures are in the film")
        print(f"  RLIMIT_AS {small.limit_mb:.0f} MB:           {small.kept} of {small.given}")
    film_s = times * _SECONDS
    figures = {
        "cpu_vs_ffmpeg_copy": ratio(cpu, "vigbox", "ffmpeg"),
        "cpu_percent_of_core": round(100 * sorted(cpu["vigbox"])[count // 2] / film_s, 3),
        "rss_growth_mb": grown_mb,
        "press_to_first_packet_ms": round(sorted(each[0] for each in starts)[count // 2], 1),
        "dropped_frames": sum(each[1] for each in starts) + busy.lost + small.lost,
        "dropped_busy": busy.lost,
        "dropped_little_memory": small.lost,
    }
    report(figures, as_json=given.json)
    return 0


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
