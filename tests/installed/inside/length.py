"""Waits until the film is so long: ``length.py SECONDS`` gives seconds, dropped, and the lamp."""

import sys
import time
from pathlib import Path

from vigbox.web.recorder_link import RecorderLink

link, over_s = RecorderLink(Path("/run/vigbox/recorder.sock")), time.monotonic() + 60
while (status := link.ask(do="status"))["length_ns"] < float(sys.argv[1]) * 1e9:
    if time.monotonic() > over_s:
        sys.exit("still not")
    time.sleep(0.2)
sys.stdout.write(f"{status['length_ns'] / 1e9:.2f} {status['dropped']} {status['lamp']}\n")
