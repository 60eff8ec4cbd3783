"""Sets up a box: its keys, its first practitioner, its recovery sheet, its database."""

from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.database import CaseDatabase
from vigbox.casework.database_key import keep_keys, new_key
from vigbox.casework.first_keys import FirstKeys
from vigbox.casework.pins import pin
from vigbox.casework.recovery import recovery_row
from vigbox.casework.sheet import Sheet
from vigbox.casework.tables import Recipient
from vigbox.casework.wraps import note_own_keys, own_recipients, sealed_for
from vigbox.errors import VigboxError
from vigbox.model import new_id
from vigbox.seal.passphrases import WORK_FACTOR
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.signing import SigningKey
from vigbox.store.durable import save
from vigbox.store.identity import LostBoxError, PublicBox, own_id, refuse_lost, write_box
from vigbox.store.layout import Layout


class AlreadySetUpError(VigboxError):
    """The data folder has keys already; nothing was changed."""


class NotNewError(AlreadySetUpError):
    """Films or keys are there, and only ``box.json`` is missing; nothing was changed."""


_OF_A_BOX: Final = (
    ("recordings", "*.mp4.age"),
    ("identities/cases", "*.age"),
    ("arming", "*.json"),
    # where what is armed lay once
    ("", "armed.json"),
    ("", "unarmed.json"),
)
"""What no set-up makes: whoever has it was set up, and films may be sealed to its keys."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a person must keep, shown once: neither is stored on the box."""

    passphrase: str = field(repr=False)
    sheet: Sheet

    @property
    def recovery(self) -> str:
        """The recovery identity's text."""
        return self.sheet.secret


@dataclass(frozen=True, slots=True)
class Making:
    """How a box is made.

    ``name`` is the first practitioner's; ``work_factor`` is scrypt's log2 N, less on
    boards with little memory; ``post_quantum`` makes every key of the box hybrid (stock age opens
    those from 1.3 on); ``first`` are keys that somebody was shown already, ``box`` the id that the
    box has already; without, both are made.
    """

    name: str = "Practitioner"
    work_factor: int = WORK_FACTOR
    post_quantum: bool = False
    first: FirstKeys | None = None
    box: str = ""


@dataclass(frozen=True, slots=True)
class MadeKeys:
    """The keys of a box that is not one yet: without its ``box.json`` nothing of them is used."""

    secrets: Secrets
    public: PublicBox


def set_up(
    layout: Layout,
    *,
    name: str = "Practitioner",
    work_factor: int = WORK_FACTOR,
    post_quantum: bool = False,
    first: FirstKeys | None = None,
    box: str = "",
) -> Secrets:
    """Make a new box of one user in an empty data folder, without certificates.

    Raises as :func:`make_keys`.
    """
    made = make_keys(layout, Making(name, work_factor, post_quantum, first, box))
    write_box(layout, made.public)
    return made.secrets


def make_keys(layout: Layout, making: Making) -> MadeKeys:
    """Make every key of a new box, which it is once its ``box.json`` is written, last of all.

    What a set-up left that was cut before is taken away. Raises :class:`AlreadySetUpError`
    (:class:`NotNewError` for one without its ``box.json``), :class:`~vigbox.errors.VigboxError`,
    OSError.
    """
    layout.create()
    clear_unfinished(layout)
    # first of all: keys that are there tell that an id was
    box = making.box or own_id(layout)
    first = making.first or FirstKeys.make(post_quantum=making.post_quantum)
    me = Recipient(id=new_id(), kind="practitioner", name=making.name)
    me.text = str(first.identity.recipient)
    first.keep(layout, me.id, making.work_factor)
    key = new_key()
    recovery = recovery_row(first.sheet)
    keep_keys(layout, [key], [parse_recipient(each.text) for each in (me, recovery)])
    database = CaseDatabase(layout.database, key)
    with database.session() as session:
        session.add_all([me, recovery])
        session.flush()
        public = _make_keys(session, layout, box)
    database.close()
    return MadeKeys(Secrets(first.passphrase, first.sheet), public)


def refuse_again(layout: Layout) -> None:
    """Refuse a folder whose keys something may be sealed to.

    Raises :class:`AlreadySetUpError`; :class:`NotNewError` when only ``box.json`` is missing, or
    whatever named the box.
    """
    if layout.box.exists():
        raise AlreadySetUpError(f"{layout.data} is set up already. Nothing was changed.")
    films, cases, *armed = (len(_found(layout.data / folder, end)) for folder, end in _OF_A_BOX)
    if films or cases or any(armed):
        raise NotNewError(
            f"{layout.data} holds a box whose box.json is missing (films: {films}, keys of cases: "
            f"{cases}, armed: {sum(armed)}). Nothing was changed: call whoever looks after the box."
        )
    try:
        refuse_lost(layout)
    except LostBoxError as error:
        raise NotNewError(str(error)) from None


def _found(folder: Path, ends: str) -> list[str]:
    """Give the names in a folder, which may be missing; one that is closed is an OSError."""
    try:
        return [each.name for each in folder.iterdir() if fnmatch(each.name, ends)]
    except FileNotFoundError:
        return []


def clear_unfinished(layout: Layout) -> None:
    """Take away what a set-up left that was cut before ``box.json``: nothing was sealed to it.

    Raises as :func:`refuse_again`, and OSError.
    """
    refuse_again(layout)
    left = (
        *layout.practitioners.glob("*"),
        *layout.database_key.parent.glob("*.age"),
        # what waits for the set-up is served already, and stays
        *(() if layout.waiting.exists() else layout.authority.parent.glob("*")),
        *layout.data.glob("case.*"),
        layout.recorder_key,
        layout.device_key,
    )
    for path in left:
        path.unlink(missing_ok=True)


def _make_keys(session: Session, layout: Layout, box: str) -> PublicBox:
    arming, recorder, device = (SigningKey.generate() for _ in range(3))
    save(layout.arming_key, sealed_for(own_recipients(session), arming.to_text().encode()))
    save(layout.recorder_key, recorder.to_text().encode())
    save(layout.device_key, device.to_text().encode())
    public = PublicBox(box, arming.verify_key, recorder.verify_key, device.verify_key)
    pin(session, public)
    note_own_keys(session)
    return public
