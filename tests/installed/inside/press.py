"""Presses the simulated button as soon as somebody has it: ``press.py press|hold``."""

import sys
import time
from pathlib import Path

from vigbox.devices.drawn_panel import Hand

hand, over_s = Hand(Path("/run/vigbox/panel.sock")), time.monotonic() + 60
# a recorder of before may just be making room for the next
while "is_gone" in hand.look() and time.monotonic() < over_s:
    time.sleep(0.2)
pins = hand.press(is_down=True)
if not pins["is_down"]:
    sys.exit(f"nobody has the button: {pins}")
time.sleep(2.0 if sys.argv[1] == "hold" else 0.2)
hand.press(is_down=False)
