"""What ``vigbox check`` looks at, each with one line: camera, microphone, card, clock, lamp.

With ``--sync`` a tablet that flashes and beeps is filmed for ten seconds, and the microphone's
latency is kept.
"""

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import av

from vigbox.appliance.health.findings import Finding
from vigbox.appliance.health.findings import clock as told_clock
from vigbox.config import Settings
from vigbox.devices.camera import Picture
from vigbox.devices.level import level_of
from vigbox.devices.microphone import Sound
from vigbox.errors import VigboxError
from vigbox.lamp.heartbeat import SOCKET
from vigbox.model import NS
from vigbox.recorder.clock import TOLD, Clock
from vigbox.recorder.readiness import sentence
from vigbox.recorder.recording import Devices
from vigbox.recorder.selftest import Latency, measured
from vigbox.store.durable import TEMPORARY, write_all
from vigbox.store.floor import Floor
from vigbox.store.layout import Layout, room_bytes

_LOOK_S: Final = 3.0
_FILM_S: Final = 10.0
_CARD_BYTES: Final = 16 << 20
_FILM_MB_PER_S: Final = 1.0
_QUIETEST_DBFS: Final = -80.0


def check_all(
    settings: Settings,
    layout: Layout,
    devices: Devices,
    look_s: float = _LOOK_S,
    clock: Clock | None = None,
) -> Iterator[Finding]:
    """Look at everything in turn. The recorder must not hold the devices meanwhile."""
    clock = clock or Clock(Floor(layout.floor), settings.run / TOLD)
    looks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("camera", lambda: _camera(settings, devices, look_s)),
        ("microphone", lambda: _microphone(devices, look_s)),
        ("card", lambda: _card(settings, layout)),
        ("clock", lambda: _clock(clock)),
        ("lamp", lambda: _lamp(settings)),
    )
    for about, look in looks:
        try:
            yield look()
        except (VigboxError, OSError) as error:
            yield Finding(about, sentence(error), is_well=False)


def measure_latency(devices: Devices, film_s: float = _FILM_S) -> Latency:
    """Film a tablet that flashes and beeps; gives how late the microphone is.

    Raises :class:`~vigbox.recorder.selftest.SelfTestError`, CameraError, MicrophoneError.
    """
    pictures: list[Picture] = []
    sounds: list[Sound] = []
    devices.camera.start(pictures.append)
    try:
        devices.microphone.start(sounds.append)
        threading.Event().wait(film_s)
    finally:
        devices.camera.stop()
        devices.microphone.stop()
    return measured(list(_lumas(pictures)), sounds)


def _lumas(pictures: list[Picture]) -> Iterator[tuple[int, float]]:
    """Give each picture's time and the mean brightness of its middle."""
    stream = io.BytesIO(b"".join(each.data for each in pictures))
    with av.open(stream, "r", format="h264") as film:
        frames = film.decode(video=0)
        for picture, frame in zip(pictures, frames, strict=False):
            luma = frame.to_ndarray(format="gray")
            height, width = luma.shape
            middle = luma[height // 4 : -height // 4, width // 4 : -width // 4]
            yield picture.time_ns, float(middle.mean())


def _camera(settings: Settings, devices: Devices, look_s: float) -> Finding:
    times: list[int] = []
    devices.camera.start(lambda picture: times.append(picture.time_ns))
    threading.Event().wait(look_s)
    devices.camera.stop()
    width, height = devices.camera.size
    if len(times) < settings.pictures_per_second * look_s / 3:
        says = f"gave {len(times)} pictures in {look_s:.0f} s. Check its cable."
        return Finding("camera", says, is_well=False)
    rate = (len(times) - 1) * NS / (times[-1] - times[0])
    return Finding("camera", f"{width} by {height}, {rate:.1f} pictures a second")


def _microphone(devices: Devices, look_s: float) -> Finding:
    blocks: list[bytes] = []
    devices.microphone.start(lambda sound: blocks.append(sound.samples))
    threading.Event().wait(look_s)
    devices.microphone.stop()
    if not blocks:
        return Finding("microphone", "gave no sound. Plug it in again.", is_well=False)
    level = level_of(b"".join(blocks))
    if level.peak_dbfs < _QUIETEST_DBFS:
        return Finding("microphone", "is silent. Is it switched off or muted?", is_well=False)
    return Finding("microphone", f"loudest {level.peak_dbfs:.0f} dBFS, mean {level.rms_dbfs:.0f}")


def _card(settings: Settings, layout: Layout) -> Finding:
    room = room_bytes(layout.recordings)
    minutes = room * 8 // settings.bits_per_second // 60
    speed = _written_mb_per_s(layout)
    says = f"{room // 1_000_000} MB free, {minutes} minutes of film; writes {speed:.0f} MB/s"
    if speed < _FILM_MB_PER_S:
        return Finding("card", f"{says}: too slow. Use a faster one.", is_well=False)
    if minutes < settings.room_to_start_minutes:
        return Finding("card", f"{says}. Export and erase older recordings.", is_well=False)
    return Finding("card", says)


def _written_mb_per_s(layout: Layout) -> float:
    path = layout.recordings / ("speed" + TEMPORARY)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        began = time.monotonic()
        write_all(descriptor, os.urandom(_CARD_BYTES))
        os.fdatasync(descriptor)
        return _CARD_BYTES / 1_000_000 / (time.monotonic() - began)
    finally:
        os.close(descriptor)
        path.unlink()


def _clock(clock: Clock) -> Finding:
    now = clock.read()
    return told_clock(now.time, now.source)


def _lamp(settings: Settings) -> Finding:
    if (settings.run / SOCKET).is_socket():
        return Finding("lamp", "its process listens")
    return Finding("lamp", "its process is not there. Start vigbox-lamp.", is_well=False)
