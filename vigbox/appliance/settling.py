"""The end of a set-up on the tablet: the web's user makes all, root puts two files in place.

The web's user may write neither the recorder's folder nor a ``box.json`` that stays root's. So the
pages leave both in ``web/setup/`` and say with a last file that everything is there; a unit of
root's (``vigbox-settle``) then gives the recorder its key and writes ``box.json``, which starts the
rest. A cut anywhere before that last file leaves a box that is not set up, and can be.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vigbox.appliance.certificates import begin
from vigbox.appliance.waiting import destroy, prepare
from vigbox.casework import audit, setup
from vigbox.casework.desk import Desk
from vigbox.casework.first_keys import FirstKeys
from vigbox.casework.recovery import asked_of, current, prove
from vigbox.casework.service import Service
from vigbox.casework.service_file import ServiceFile
from vigbox.casework.setup import AlreadySetUpError, Secrets, set_up
from vigbox.config import Settings
from vigbox.errors import InUseError
from vigbox.seal.identities import parse_identity
from vigbox.seal.keyring import Keyring
from vigbox.seal.signing import SigningKey
from vigbox.store.durable import save
from vigbox.store.identity import read_box, write_box
from vigbox.store.layout import DataFolderError, Layout
from vigbox.store.owners import hand_over_file, readable


@dataclass(frozen=True, slots=True)
class Wish:
    """What was settled on the pages, and proved by reading back."""

    name: str
    service: Service
    keys: FirstKeys


@contextlib.contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """Be the only one who sets this box up, for the first and only time.

    Raises :class:`~vigbox.casework.setup.AlreadySetUpError`.
    """
    try:
        place = layout.own("setup")
    except InUseError:
        raise AlreadySetUpError(
            "somebody else is finishing the set-up of this box just now. Nothing was changed."
        ) from None
    try:
        refuse_again(layout)
        yield
    finally:
        os.close(place)


def refuse_again(layout: Layout) -> None:
    """Refuse a box that is set up. Raises as :func:`vigbox.casework.setup.refuse_again`."""
    if layout.settled.exists() and not layout.box.exists():
        raise AlreadySetUpError(f"{layout.data} is set up already. Nothing was changed.")
    setup.refuse_again(layout)


def settle(layout: Layout, settings: Settings, wish: Wish) -> None:
    """Make everything of a box but what root alone may write.

    Raises :class:`~vigbox.casework.setup.AlreadySetUpError`, VigboxError, OSError.
    """
    staged = layout.staged
    with alone(layout):
        waiting = prepare(layout, [settings.address])
        for each in (staged.box, staged.recorder_key):  # of a set-up that was cut
            each.unlink(missing_ok=True)
        secrets = set_up(
            staged,
            name=wish.name,
            work_factor=settings.work_factor,
            post_quantum=settings.post_quantum,
            first=wish.keys,
            box=waiting.box,
        )
        begin(staged, secrets, [settings.address])
        _note(staged, settings, secrets, wish.service)
        save(layout.settled, b"")


def put_in_place(layout: Layout) -> None:
    """Give the recorder its key, and the box its ``box.json``; as root, on a box.

    May be run again after a cut. Raises :class:`DataFolderError`, AlreadySetUpError for a box
    whose ``box.json`` is missing, VigboxError, OSError.
    """
    if not layout.box.exists():
        if not layout.settled.exists():
            raise DataFolderError(f"{layout.data} waits for its set-up. Nothing was changed.")
        setup.refuse_again(layout)
        public = read_box(layout.staged)
        key = SigningKey.from_text(layout.staged.recorder_key.read_text("ascii"))
        if key.verify_key != public.recorder:
            raise DataFolderError(f"{layout.setup} holds a key that is not the recorder's.")
        save(layout.recorder_key, key.to_text().encode())
        hand_over_file(layout.recorder_key)
        destroy(layout)
        with readable():
            write_box(layout, public)
    _take_away(layout)


def _take_away(layout: Layout) -> None:
    """Take what waited out of the web's reach in one step, even if it is a link by now."""
    if os.path.lexists(layout.setup):
        with tempfile.TemporaryDirectory(dir=layout.data, prefix="set-up-") as ours:
            layout.setup.rename(Path(ours, "gone"))


def _note(layout: Layout, settings: Settings, secrets: Secrets, wish: Service) -> None:
    """Keep what the service settled, and that a word of the sheet was read back."""
    service, keyring = ServiceFile(layout, settings), Keyring()
    keyring.hold(parse_identity(secrets.recovery))
    desk = Desk(layout, keyring)
    try:
        with desk.session() as casework:
            number = asked_of(current(casework))
            audit.note(casework, "box set up", "service")
        prove(desk, number, secrets.sheet.words[number - 1])
        service.save(wish, service.version)
    finally:
        desk.close()
        keyring.lock()
