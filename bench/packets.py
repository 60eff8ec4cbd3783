"""Ready-made packets, and what it costs to make a film of them: by us, by ffmpeg's stream copy.

Both read the same packets and write into a folder of their own; CPU time is counted, the
encoder's is not in it.
"""

import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vigbox.devices.drawn import DrawnStage
from vigbox.devices.simulated import SimulatedCamera
from vigbox.devices.stage import Curtain
from vigbox.media.h264 import parameter_sets
from vigbox.media.moov import AudioFormat
from vigbox.media.mux import Muxer
from vigbox.media.sound import RATE, SoundTrack
from vigbox.model import NS, new_id
from vigbox.recorder.film import Film
from vigbox.seal.identities import X25519Identity
from vigbox.store.layout import Layout

SECONDS = 20
"""How long the packets last before they are looped."""
SIZE = (1280, 720)
FRAGMENTS = {"movflags": "empty_moov+default_base_moof", "frag_duration": "200000"}
"""libav's options for a film like ours, which whoever is cut off can still play."""


@dataclass
class Packets:
    """Some seconds of film as a camera and an AAC encoder give them, to be looped."""

    pictures: list[tuple[int, bytes, bool]]
    sound: list[tuple[int, bytes]]

    def looped(self, times: int) -> Iterator[tuple[int, bytes, bool | None]]:
        """Give (time, data, is a keyframe), in order of time; None marks sound."""
        span_ns = SECONDS * NS
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

    stage = DrawnStage(*SIZE, 25)
    encoder = SimulatedCamera(stage, Curtain(), 4_000_000).encoder()
    noise = np.random.default_rng(1)
    pictures: list[tuple[int, bytes, bool]] = []
    for number, (time_ns, frame) in enumerate(stage.pictures()):
        if number == SECONDS * 25:
            break
        image = frame.to_ndarray()
        image[:480] ^= noise.integers(0, 12, image[:480].shape, np.uint8)
        shown = av.VideoFrame.from_ndarray(image, "yuv420p")
        shown.pts = time_ns // 1000
        shown.time_base = encoder.time_base
        shown.pict_type = 1 if number % 25 == 0 else 0
        pictures += [(time_ns, bytes(each), each.is_keyframe) for each in encoder.encode(shown)]
    track, sound = SoundTrack(), []
    for block, samples in zip(range(SECONDS * 50), stage.sound(), strict=False):
        sound += [(each.time_samples, each.data) for each in track.push(samples, block * NS // 50)]
    # whole packets to the end of the loop, so that the next turn follows without a gap
    return Packets(pictures, [each for each in sound if each[0] + 1024 <= SECONDS * RATE])


def write_film(found: Packets, folder: Path, times: int) -> Iterator[int]:
    """Mux, seal and write, with sync points; gives the length in ns after each fragment."""
    layout = Layout(folder)
    layout.create()
    recipient = X25519Identity.generate().recipient
    film = Film(layout, new_id(), [recipient])
    sets = parameter_sets(found.pictures[0][1]) or b""
    audio = AudioFormat(RATE, 1, SoundTrack.config)
    muxer = Muxer(width=SIZE[0], height=SIZE[1], parameter_sets=sets, audio=audio, film_id=new_id())
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
             *(word for name, value in FRAGMENTS.items() for word in (f"-{name}", value)),
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
