"""Waits until the recorder is in a mode and shows what it should: ``until_mode.py MODE [LAMP]``."""

import sys
import time
from pathlib import Path

from vigbox.web.recorder_link import RecorderGoneError, RecorderLink

link, over_s = RecorderLink(Path("/run/vigbox/recorder.sock")), time.monotonic() + 60
status = {}
while time.monotonic() < over_s:
    try:
        status = link.ask(do="status")
        is_shown = status["lamp"] in (sys.argv[2:] or [status["lamp"]])
        has_begun = status["mode"] == "idle" or status["length_ns"]
        if status["mode"] == sys.argv[1] and has_begun and is_shown:
            sys.exit(0)
    except RecorderGoneError:
        pass
    time.sleep(0.2)
sys.exit(f"still not: {status}")
