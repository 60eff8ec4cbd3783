"""Opens a case of a mother who agreed to filming, as the web's user: ``family.py PASSPHRASE``."""

import sys

from vigbox.casework.answers import note_form
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import Told
from vigbox.config import Settings
from vigbox.store.guesses import Guesses
from vigbox.store.layout import Layout
from vigbox.web.door import Door

settings = Settings()
layout = Layout(settings.data)
door = Door(layout, settings, Guesses(layout.guesses))
desk = door.desk(door.unlock(sys.argv[1]))
with desk.session() as casework:
    case = open_case(casework, layout, "AB-12", "", [InShot("mother", "M")])
    (mother,) = case.participants
    told = Told("filming", "yes", "spoken", "vigbox-1 en", mother.id)
    note_form(casework, case, mother, [told])
    sys.stdout.write(f"{case.id}\n")
door.lock()
