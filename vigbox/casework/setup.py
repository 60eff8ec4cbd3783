"""Sets up a box: its keys, its first practitioner, its recovery sheet, its database."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from vigbox.casework.database import CaseDatabase
from vigbox.casework.database_key import keep_keys, new_key
from vigbox.casework.kind import generate
from vigbox.casework.pins import pin
from vigbox.casework.practitioners import keep_identity
from vigbox.casework.recovery import recovery_row
from vigbox.casework.sheet import Sheet, new_sheet
from vigbox.casework.tables import Recipient
from vigbox.casework.wraps import note_own_keys, own_recipients, sealed_for
from vigbox.errors import VigboxError
from vigbox.model import new_id
from vigbox.seal.passphrases import WORK_FACTOR
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.signing import SigningKey
from vigbox.store.durable import save
from vigbox.store.identity import PublicBox, write_box
from vigbox.store.layout import Layout


class AlreadySetUpError(VigboxError):
    """The data folder has keys already; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a person must keep, shown once: neither is stored on the box."""

    passphrase: str = field(repr=False)
    sheet: Sheet

    @property
    def recovery(self) -> str:
        """The recovery identity's text."""
        return self.sheet.secret


def set_up(
    layout: Layout,
    *,
    name: str = "Practitioner",
    work_factor: int = WORK_FACTOR,
    post_quantum: bool = False,
) -> Secrets:
    """Make every key of a new box in an empty data folder.

    ``name`` is the first practitioner's; ``work_factor`` is scrypt's log2 N: 18, or 17 on boards
    with 512 MB; ``post_quantum`` makes every key of the box hybrid (stock age opens those from
    1.3 on). Raises :class:`AlreadySetUpError`, :class:`~vigbox.errors.VigboxError`, OSError.
    """
    layout.create()
    if layout.box.exists():
        raise AlreadySetUpError(f"{layout.data} is set up already. Nothing was changed.")
    _clear_unfinished(layout)
    identity = generate(post_quantum=post_quantum)
    sheet = new_sheet(post_quantum=post_quantum)
    me = Recipient(id=new_id(), kind="practitioner", name=name, text=str(identity.recipient))
    passphrase = keep_identity(layout, me.id, identity, work_factor)
    key = new_key()
    recovery = recovery_row(sheet)
    keep_keys(layout, [key], [parse_recipient(each.text) for each in (me, recovery)])
    database = CaseDatabase(layout.database, key)
    with database.session() as session:
        session.add_all([me, recovery])
        session.flush()
        _make_keys(session, layout)
    database.close()
    return Secrets(passphrase, sheet)


def _clear_unfinished(layout: Layout) -> None:
    """Take away what a set-up left that was cut before ``box.json``: nothing was sealed to it."""
    for path in (*layout.practitioners.iterdir(), *layout.data.glob("case.db*")):
        path.unlink()


def _make_keys(session: Session, layout: Layout) -> None:
    arming, recorder, device = (SigningKey.generate() for _ in range(3))
    save(layout.arming_key, sealed_for(own_recipients(session), arming.to_text().encode()))
    save(layout.recorder_key, recorder.to_text().encode())
    save(layout.device_key, device.to_text().encode())
    public = PublicBox(new_id(), arming.verify_key, recorder.verify_key, device.verify_key)
    pin(session, public)
    note_own_keys(session)
    # last: a box.json means that everything else is there
    write_box(layout, public)
