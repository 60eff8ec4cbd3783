"""The sensor of libcamera's virtual camera: it keeps a pace, and can be made to fail.

The virtual camera completes a request at once, thousands in a second; a sensor completes one in
each frame period. So requests wait here until the sensor's next tick. A tick that finds none
waiting is a picture lost, as on real hardware. Ticks that this thread slept through are counted
apart and not made up for: a sensor gives no burst, and what it never took nobody can lose.
What is replaced is libcamera's door alone, and picamera2's allocator, as there is no DMA heap.

Loaded by ``script/bench-camera`` as a plugin of pytest, before picamera2 is.
"""

import mmap
import os
import threading
import time
from collections import deque
from typing import Any

import libcamera
import picamera2.picamera2
from picamera2.allocators.allocator import Allocator, Sync

_queue_request = libcamera.Camera.queue_request
_start = libcamera.Camera.start
_stop = libcamera.Camera.stop
_generate = libcamera.Camera.generate_configuration


class Sensor:
    """Ticks while the camera runs. ``pictures_per_second`` may be changed at any time."""

    def __init__(self) -> None:
        self.may_stop = threading.Event()
        self._waiting: deque[tuple[Any, Any]] = deque()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self.heal()

    def heal(self) -> None:
        """Work as it should, at 25 pictures a second."""
        self.pictures_per_second = 25.0
        self.is_stalled = False
        self.to_drop = 0
        self.given = self.missed = self.overslept = 0
        self.may_stop.set()

    def start(self) -> None:
        """Begin to tick."""
        self._over.clear()
        self._thread = threading.Thread(target=self._tick, name="sensor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; hangs while ``may_stop`` is not set."""
        self.may_stop.wait()
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._waiting.clear()

    def take(self, camera: Any, request: Any) -> None:
        """Let a request wait for its tick."""
        with self._lock:
            self._waiting.append((camera, request))

    def _tick(self) -> None:
        due_s = time.monotonic() + 1 / self.pictures_per_second
        while not self._over.wait(max(0.0, due_s - time.monotonic())):
            period_s = 1 / self.pictures_per_second
            slept = int(max(0.0, time.monotonic() - due_s) / period_s)
            self.overslept += slept
            due_s += (1 + slept) * period_s
            if self.is_stalled:
                continue
            if self.to_drop:
                self.to_drop -= 1
                continue
            with self._lock:
                if self._waiting:
                    _queue_request(*self._waiting.popleft())
                    self.given += 1
                else:
                    self.missed += 1


SENSOR = Sensor()


def _paced_request(camera: Any, request: Any) -> None:
    SENSOR.take(camera, request)


def _paced_start(camera: Any, *controls: Any) -> Any:
    started = _start(camera, *controls)
    SENSOR.start()
    return started


def _paced_stop(camera: Any) -> Any:
    SENSOR.stop()
    return _stop(camera)


def _generate_without_raw(camera: Any, roles: list[Any]) -> Any:
    # like a USB camera it has no raw stream, though picamera2 asks for one to learn its size
    role = libcamera.StreamRole
    return _generate(camera, [role.VideoRecording if each == role.Raw else each for each in roles])


class _NoSync(Sync):  # type: ignore[misc]  # picamera2 is untyped
    def __init__(self, allocator: Any, buffer: Any, _write: bool) -> None:  # noqa: FBT001
        self._memory = allocator.mapped_buffers[buffer]

    def __enter__(self) -> Any:
        return self._memory

    def __exit__(self, *_: object) -> None:
        pass


class MemoryAllocator(Allocator):  # type: ignore[misc]  # picamera2 is untyped
    """Pictures in plain memory: NV12, luma and chroma as two planes of one file."""

    def __init__(self) -> None:
        super().__init__()
        self.sync = _NoSync
        self.mapped_buffers: dict[Any, mmap.mmap] = {}
        self.frame_buffers: dict[Any, list[Any]] = {}
        self._files: list[int] = []

    def allocate(self, configuration: Any, _use_case: Any) -> None:
        self.close()
        for stream in configuration:
            self.frame_buffers[stream.stream] = [
                self._buffer(stream) for _ in range(stream.buffer_count)
            ]

    def buffers(self, stream: Any) -> list[Any]:
        return self.frame_buffers[stream]

    def close(self) -> None:
        for each in self._files:
            os.close(each)
        self._files = []
        self.frame_buffers = {}
        self.mapped_buffers = {}

    def _buffer(self, stream: Any) -> Any:
        file = os.memfd_create("picture", os.MFD_CLOEXEC)
        os.ftruncate(file, stream.frame_size)
        self._files.append(file)
        luma = stream.stride * stream.size.height
        buffer = libcamera.FrameBuffer(
            [_plane(file, 0, luma), _plane(file, luma, stream.frame_size - luma)]
        )
        self.mapped_buffers[buffer] = mmap.mmap(file, stream.frame_size)
        return buffer


def _plane(file: int, offset: int, length: int) -> Any:
    plane = libcamera.FrameBuffer.Plane()
    plane.fd, plane.offset, plane.length = file, offset, length
    return plane


libcamera.Camera.queue_request = _paced_request
libcamera.Camera.start = _paced_start
libcamera.Camera.stop = _paced_stop
libcamera.Camera.generate_configuration = _generate_without_raw
picamera2.picamera2.DmaAllocator = MemoryAllocator
