"""These run in the bench alone, where ``script/bench-camera`` loads the sensor's twin."""

import sys
from collections.abc import Iterator

import pytest

collect_ignore_glob = [] if "tests.bench_camera.sensor" in sys.modules else ["test_*.py"]


@pytest.fixture(autouse=True)
def _whole_sensor() -> Iterator[None]:
    from tests.bench_camera.sensor import SENSOR

    SENSOR.heal()
    yield
    SENSOR.heal()
