"""Tells twice a second, line by line, how the recorder says things stand."""

import json
import sys
import threading
from pathlib import Path

from vigbox.web.recorder_link import RecorderGoneError, RecorderLink

link = RecorderLink(Path("/run/vigbox/recorder.sock"))
while not threading.Event().wait(0.5):
    try:
        status = link.ask(do="status")
    except RecorderGoneError:
        continue
    # root opened where it goes; who asks the recorder may not
    sys.stdout.write(json.dumps(status) + "\n")
    sys.stdout.flush()
