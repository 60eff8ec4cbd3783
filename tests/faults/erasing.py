"""A box with a case that its family takes back, and the process that erases it.

``python -m tests.faults.erasing DATA CASE`` unlocks with the passphrase of its standard input and
withdraws the case, or goes on with it; it says ``begin`` and ``end``.
"""

import contextlib
import dataclasses
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from vigbox.casework import recording_erasure, withdrawal
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case
from vigbox.config import Settings
from vigbox.seal.errors import WrongPassphraseError
from vigbox.seal.keyring import Keyring
from vigbox.seal.signing import SigningKey
from vigbox.store.durable import sync_folder
from vigbox.store.layout import Layout
from vigbox.web.erasing import Erasing
from vigbox.web.recorder_link import RecorderLink
from vigbox.web.services import build


class Recorder:
    """Takes films off the card in the recorder's own order, and films nothing."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def ask(self, **_: Any) -> dict[str, Any]:
        return {"recording": None}

    def granted(self, command: str, _key: SigningKey, **facts: Any) -> dict[str, Any]:
        layout = self._layout
        if command == "erase":
            for path in (layout.film, layout.index, layout.manifest):
                path(facts["recording"]).unlink(missing_ok=True)
            sync_folder(layout.recordings)
        return {"done": True}


def keyring_of(layout: Layout, passphrase: str) -> Keyring:
    keyring = Keyring()
    for path in layout.practitioners.glob("*.age"):
        with contextlib.suppress(WrongPassphraseError):
            keyring.unlock(path.read_bytes(), passphrase)
    return keyring


@contextlib.contextmanager
def unlocked(layout: Layout, passphrase: str) -> Iterator[tuple[Desk, Erasing]]:
    """Give the desk of a practitioner, and the web's own erasing in front of the recorder."""
    settings = Settings(data=layout.data, run=layout.data, work_factor=15)
    recorder = cast("RecorderLink", Recorder(layout))
    services = dataclasses.replace(build(settings, layout), recorder=recorder)
    desk = Desk(layout, keyring_of(layout, passphrase))
    try:
        yield desk, Erasing(services, desk)
    finally:
        desk.close()


def take_up(desk: Desk, erasing: Erasing) -> None:
    """Do what an unlock does about erasures."""
    withdrawal.go_on(desk, erasing)
    recording_erasure.go_on(desk, erasing)


def erase(desk: Desk, erasing: Erasing, case: str) -> None:
    """Withdraw a case, also one that an unlock finds begun."""
    with desk.session() as session:
        is_begun = session.get_one(Case, case).state == "withdrawing"
    if is_begun:
        take_up(desk, erasing)
    else:
        withdrawal.withdraw(desk, case, erasing, withdrawal.OVERDUE)


def main() -> None:
    data, case = sys.argv[1:]
    with unlocked(Layout(Path(data)), sys.stdin.readline().strip()) as (desk, erasing):
        os.write(1, b"begin\n")
        erase(desk, erasing, case)
        os.write(1, b"end\n")


if __name__ == "__main__":
    main()
