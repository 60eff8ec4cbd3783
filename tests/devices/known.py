"""Waits until a camera knows whether it is there."""

import threading
import time

from vigbox.devices.camera import Camera


def until_known(camera: Camera, patience_s: float) -> str:
    """Give what it says of itself: what is wrong, or nothing."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if (problem := camera.problem()) is not None:
            return problem
        threading.Event().wait(0.02)
    raise AssertionError("nobody knows whether there is a camera")
