"""Presses the simulated button: ``press.py press|hold``."""

import sys
import time
from pathlib import Path

from vigbox.devices.drawn_panel import Hand

hand = Hand(Path("/run/vigbox/panel.sock"))
hand.press(is_down=True)
time.sleep(2.0 if sys.argv[1] == "hold" else 0.2)
hand.press(is_down=False)
