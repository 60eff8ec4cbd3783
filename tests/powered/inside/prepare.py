"""While the disk is made: a case in whose film the mother agreed to be. Says its key, as JSON."""

import json
import sys
from pathlib import Path

from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import Told, note_answer
from vigbox.config import load
from vigbox.store.guesses import Guesses
from vigbox.store.layout import Layout
from vigbox.web.door import Door

settings = load(Path("/etc/vigbox/vigbox.toml"))
layout = Layout(settings.data)
door = Door(layout, settings, Guesses(layout.guesses))
desk = door.desk(door.unlock(sys.argv[1]))
with desk.session() as casework:
    case = open_case(casework, layout, "B-1", "What soothes him?", [InShot("mother", "Q")])
    note_answer(casework, case, case.participants[0], Told("filming", "yes", "spoken", "v1"))
    found = case.id
secret = desk.case_identities(found)[0].secret_text()
sys.stdout.write(json.dumps({"passphrase": sys.argv[1], "case": found, "secret": secret}) + "\n")
door.lock()
