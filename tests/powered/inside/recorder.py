"""The product's own recorder on the real picamera2.

The bench's sensor gives libcamera's virtual camera a pace; everything else is what the unit itself
starts.
"""

import sys
from pathlib import Path

from vigbox.cli import main
from vigbox.config import load

sys.path += ["/inside", "/inside/absent"]
from tests.bench_camera.sensor import SENSOR

SENSOR.pictures_per_second = float(load(Path("/etc/vigbox/vigbox.toml")).pictures_per_second)
sys.argv[:1] = ["vigbox", "recorder"]
sys.exit(main())
