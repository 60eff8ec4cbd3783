"""Arms the box as an unlocked web does, and as its user: ``arm.py PASSPHRASE [COUNTER]``."""

import sys

from vigbox.config import Settings
from vigbox.model import Arming, new_id
from vigbox.seal.identities import X25519Identity
from vigbox.store.guesses import Guesses
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout
from vigbox.web.door import Door
from vigbox.web.recorder_link import RecorderLink

settings = Settings()
layout = Layout(settings.data)
door = Door(layout, settings, Guesses(layout.guesses))
desk = door.desk(door.unlock(sys.argv[1]))
recipient = str(X25519Identity.generate().recipient)
counter = int(sys.argv[2]) if len(sys.argv) > 2 else 1
until = "2099-01-01T00:00:00+00:00"
arming = Arming(read_box(layout).box, new_id(), (recipient,), until, counter)
RecorderLink(settings.run / "recorder.sock").granted(
    "arm", desk.arming_key(), arming=arming.facts()
)
door.lock()
