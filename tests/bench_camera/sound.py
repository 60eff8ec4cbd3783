"""A microphone for the bench: the private sound server of ``tests/devices``, playing a tone.

Loaded by ``script/bench-camera`` as a plugin of pytest.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.devices.pulse import Pulse
from vigbox.devices.microphone import SAMPLES_PER_SECOND


@pytest.fixture(scope="session", autouse=True)
def _playing() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="air") as folder, pytest.MonkeyPatch.context() as patch:
        pulse = Pulse(Path(folder))
        patch.setenv("ALSA_CONFIG_PATH", str(pulse.asound))
        index = np.arange(SAMPLES_PER_SECOND)
        tone = 8192 * np.sin(2 * np.pi * 1000 * index / SAMPLES_PER_SECOND)
        pulse.start(tone.astype("<i2").tobytes())
        yield
        pulse.stop()
