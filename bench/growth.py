"""How much memory sealing and opening a long stream takes: ``python -m bench.growth BYTES``.

Seals so many bytes out of memory into a pipe, opens what comes out of it into nothing, and
prints the peak of this process' own memory in kilobytes.
"""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import StreamReader
from vigbox.seal.sealing import SealingWriter

_SMALL_BYTES = 1_000_000


class Memory:
    """A source of so many bytes that come from nowhere."""

    def __init__(self, size_bytes: int) -> None:
        self._left = size_bytes

    def readinto(self, buffer: memoryview, /) -> int:
        """Count down; what lies in the buffer serves as well as anything."""
        count = min(len(buffer), self._left)
        self._left -= count
        return count


def growth_mb(size_bytes: int) -> float:
    """Measure how much higher the peak is for a long stream than for one of 1 MB, in MB."""
    return round((_peak_kb_of(size_bytes) - _peak_kb_of(_SMALL_BYTES)) / 1000, 2)


def seal_and_open(size_bytes: int) -> int:
    """Seal and open in one go; gives how many plain bytes came out."""
    identity = X25519Identity.generate()
    reading, writing = os.pipe()

    def seal() -> None:
        with (
            os.fdopen(writing, "wb", buffering=0) as sink,
            SealingWriter(sink, [identity.recipient]) as writer,
        ):
            writer.write_from(Memory(size_bytes))

    thread = threading.Thread(target=seal)
    thread.start()
    with os.fdopen(reading, "rb") as source, Path(os.devnull).open("wb", buffering=0) as nothing:
        opened_bytes = StreamReader(source, [identity]).read_into(nothing)
    thread.join()
    return opened_bytes


def main() -> int:
    """Seal and open; print the peak."""
    size_bytes = int(sys.argv[1])
    if seal_and_open(size_bytes) != size_bytes:
        return 1
    # not ru_maxrss, which starts from the peak of whoever started this process
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    print(found[1] if found else "unknown")
    return 0


def _peak_kb_of(size_bytes: int) -> int:
    command = [sys.executable, "-m", "bench.growth", str(size_bytes)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
