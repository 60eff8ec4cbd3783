"""A job in the worker's unit beside one behind bubblewrap: is it the same, and how long it takes.

A line of JSON for each: what was done, whether both gave the same bytes, the ratio of the medians.
"""

import json
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


Job = Callable[[Walls], frozenset[bytes]]


def read(walls: Walls) -> frozenset[bytes]:
    """Read three seconds of a film from elsewhere; gives its pictures and its sound, packed."""
    order = Order("mov", len(film), 4_000_000, 30, 3600)
    with Conversion(order, lambda at, size: film[at : at + size], walls=walls) as parts:
        return frozenset(each.letter + each.pack() for each in parts)


def make(walls: Walls) -> frozenset[bytes]:
    """Make the same three seconds as a part of a film to keep; gives its picture and its sound."""
    with Rendering(Moving(film, 75), Format(1280, 720, 25), walls=walls) as parts:
        made = list(parts)
    return frozenset(
        (b"".join(each.picture for each in made), b"".join(each.sound for each in made))
    )


def took(job: Job, walls: Walls) -> tuple[frozenset[bytes], float]:
    """Give what a job gives, and how long it took in seconds."""
    began_s = time.monotonic()
    return job(walls), time.monotonic() - began_s


for job in (read, make):
    taken: dict[str, list[float]] = {name: [] for name in KINDS}
    given: list[frozenset[bytes]] = []
    for _ in range(TURNS):
        for name, walls in KINDS.items():
            result, length_s = took(job, walls)
            taken[name].append(length_s)
            given.append(result)
    unit, bubble = (statistics.median(taken[name]) for name in KINDS)
    same = len(given[0]) > 1 and all(each == given[0] for each in given)
    told = {"job": job.__name__, "same": same, "unit_s": unit, "bubblewrap_s": bubble}
    sys.stdout.write(f"{json.dumps(told)}\n")
