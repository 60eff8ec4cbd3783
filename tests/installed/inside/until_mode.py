"""Waits until the recorder is in a mode and has something to show: ``until_mode.py MODE``."""

import sys
import time
from pathlib import Path

from vigbox.web.recorder_link import RecorderGoneError, RecorderLink

link, over_s = RecorderLink(Path("/run/vigbox/recorder.sock")), time.monotonic() + 60
while time.monotonic() < over_s:
    try:
        status = link.ask(do="status")
        if status["mode"] == sys.argv[1] and (status["mode"] == "idle" or status["length_ns"]):
            sys.exit(0)
    except RecorderGoneError:
        pass
    time.sleep(0.2)
sys.exit("still not")
