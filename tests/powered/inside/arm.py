"""Arms the box for its case as an unlocked web does: ``arm.py PASSPHRASE CASE``."""

import sys
from pathlib import Path

from vigbox.casework.arming import Shot, arm
from vigbox.casework.tables import Case
from vigbox.config import load
from vigbox.store.guesses import Guesses
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout
from vigbox.web.door import Door
from vigbox.web.recorder_link import RecorderLink

settings = load(Path("/etc/vigbox/vigbox.toml"))
layout = Layout(settings.data)
door = Door(layout, settings, Guesses(layout.guesses))
desk = door.desk(door.unlock(sys.argv[1]))
link = RecorderLink(settings.run / "recorder.sock")
with desk.session() as casework:
    case = casework.get_one(Case, sys.argv[2])
    shot = Shot((case.participants[0].id,))
    turn, key = link.turn("arming"), desk.arming_key()
    link.ask(**arm(casework, case, shot, box=read_box(layout).box, turn=turn, key=key))
door.lock()
