"""How long a job takes in the worker's unit, beside one behind bubblewrap: medians, ratios."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from vigbox.media.bubble import Bubblewrap
from vigbox.media.jobs import Order, Walls
from vigbox.media.rendering import Rendering
from vigbox.media.sandbox import Conversion
from vigbox.media.scene import Format, Moving
from vigbox.media.unit import MediaUnit

TURNS = int(sys.argv[1])
KINDS: dict[str, Walls] = {
    "unit": MediaUnit(Path("/run/vigbox-media/media.sock")),
    "bubblewrap": Bubblewrap(),
}
film = subprocess.run(
    ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=3", "-f", "lavfi",
     "-i", "sine=440:d=3", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-movflags",
     "frag_keyframe", "-f", "mp4", "pipe:1"],
    check=True, capture_output=True,
).stdout  # fmt: skip


def read(walls: Walls) -> None:
    """Read three seconds of a film from elsewhere."""
    order = Order("mov", len(film), 4_000_000, 30, 3600)
    with Conversion(order, lambda at, size: film[at : at + size], walls=walls) as parts:
        for _ in parts:
            pass


def make(walls: Walls) -> None:
    """Make the same three seconds as a part of a film to keep."""
    with Rendering(Moving(film, 75), Format(1280, 720, 25), walls=walls) as parts:
        for _ in parts:
            pass


def took_s(job: Callable[[Walls], None], walls: Walls) -> float:
    """Give how long a job takes."""
    began_s = time.monotonic()
    job(walls)
    return time.monotonic() - began_s


for job in (read, make):
    taken: dict[str, list[float]] = {name: [] for name in KINDS}
    for _ in range(TURNS):
        for name, walls in KINDS.items():
            taken[name].append(took_s(job, walls))
    unit, bubble = (statistics.median(taken[name]) for name in KINDS)
    sys.stdout.write(f"{job.__name__}: unit {unit:.2f} s, bubblewrap {bubble:.2f} s, ")
    sys.stdout.write(f"ratio {unit / bubble:.2f}\n")
