"""A recorder on twins, as a process that may be killed: ``python -m tests.faults.recorder``.

It is the product's own ``service.run``. The camera sees a restless or a dark room; presses come
in by a socket, and when each picture was taken goes out, so that a test knows what was filmed
until the very moment of a cut.
"""

import argparse
import socket
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

import numpy as np
from av import VideoFrame

from vigbox.config import Settings
from vigbox.devices.camera import Picture
from vigbox.devices.microphone import BLOCK_SAMPLES
from vigbox.devices.panel import Edge
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.model import NS
from vigbox.recorder import service
from vigbox.recorder.recording import Devices
from vigbox.store.layout import Layout

SIZE: Final = (320, 180)
PICTURE_NS: Final = NS // 25
BRIGHT_BITS: Final = 4_000_000
_SHOWN: Final = 10


class Room:
    """Noise that fills any bitrate, or darkness that leaves an encoder nothing to say."""

    size = SIZE
    pictures_per_second = 25.0
    caption = ""

    def __init__(self, *, is_dark: bool) -> None:
        chance = np.random.default_rng(1)
        luma, chroma = (SIZE[1], SIZE[0]), (SIZE[1] // 2, SIZE[0])
        lit = [chance.integers(60, 200, luma, np.uint8) for _ in range(_SHOWN)]
        shown = [np.full(luma, 16, np.uint8)] if is_dark else lit
        self._views = [np.concatenate([each, np.full(chroma, 128, np.uint8)]) for each in shown]
        loud = 0 if is_dark else 2000
        self._block = chance.integers(-loud, loud + 1, BLOCK_SAMPLES, np.int16).tobytes()

    def pictures(self) -> Iterator[tuple[int, VideoFrame]]:
        """Give picture after picture with its time in ns."""
        for number, view in enumerate(cycle(self._views)):
            yield number * PICTURE_NS, VideoFrame.from_ndarray(view, "yuv420p")

    def sound(self) -> Iterator[bytes]:
        """Give blocks of 20 ms."""
        while True:
            yield self._block


class WatchedCamera(SimulatedCamera):
    """Tells of each picture before the recorder gets it."""

    def __init__(self, room: Room, curtain: Curtain, bits: int, wire: socket.socket) -> None:
        super().__init__(room, curtain, bits)
        self._wire = wire

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        """Begin; each picture's time goes over the wire first."""

        def tell(picture: Picture) -> None:
            self._wire.send(f"picture {picture.time_ns}".encode())
            when_picture(picture)

        super().start(tell)


class WiredPanel:
    """A button at the end of a socket: ``press`` and ``hold`` come in."""

    is_heard = True

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._is_held = False

    def changes(self, now_ns: int) -> Iterator[Edge]:
        """Give the edges of what was asked for since the last call."""
        if self._is_held:
            self._is_held = False
            yield Edge(is_down=False, time_ns=now_ns)
        try:
            asked = self._wire.recv(64, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if asked == b"press":
            yield Edge(is_down=True, time_ns=now_ns - NS // 5)
            yield Edge(is_down=False, time_ns=now_ns)
        elif asked == b"hold":
            self._is_held = True
            yield Edge(is_down=True, time_ns=now_ns - 8 * NS // 5)

    def close(self) -> None:
        """Have nothing to give back."""


def main() -> None:
    """Record in a folder until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("wire", type=int)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--sync-ms", type=int, default=Settings().sync_interval_ms)
    given = parser.parse_args()
    wire = socket.socket(fileno=given.wire)
    settings = Settings(
        data=given.data, run=given.run, width=SIZE[0], height=SIZE[1],
        room_to_start_minutes=0, room_to_stop_mb=1, sync_interval_ms=given.sync_ms,
    )  # fmt: skip
    room, curtain = Room(is_dark=given.dark), Curtain()
    devices = Devices(
        WatchedCamera(room, curtain, BRIGHT_BITS, wire), SimulatedMicrophone(room, curtain)
    )
    service.run(settings, Layout(given.data), lambda: devices, lambda: WiredPanel(wire))


if __name__ == "__main__":
    main()
