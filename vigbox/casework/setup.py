"""Sets up a box: its keys, its first practitioner, its recovery identity, its database."""

import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from vigbox.casework.database import KEY_BYTES, open_database
from vigbox.casework.tables import Recipient
from vigbox.errors import VigboxError
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.passphrases import ScryptRecipient, generate_passphrase
from vigbox.seal.sealing import seal_bytes
from vigbox.seal.signing import SigningKey
from vigbox.store.durable import save
from vigbox.store.identity import PublicBox, write_box
from vigbox.store.layout import Layout


class AlreadySetUpError(VigboxError):
    """The data folder has keys already; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a person must keep, shown once: neither is stored on the box."""

    passphrase: str
    recovery: str


def set_up(layout: Layout, *, work_factor: int = 18) -> Secrets:
    """Make every key of a new box in an empty data folder.

    ``work_factor`` is scrypt's log2 N: 18, or 17 on boards with 512 MB. Raises
    :class:`AlreadySetUpError`, :class:`~vigbox.errors.VigboxError`, OSError.
    """
    layout.create()
    if layout.box.exists():
        raise AlreadySetUpError(f"{layout.data} is set up already. Nothing was changed.")
    practitioner, recovery = X25519Identity.generate(), X25519Identity.generate()
    passphrase = generate_passphrase()
    _keep_practitioner(layout, practitioner, passphrase, work_factor)
    _make_database(layout, practitioner, recovery)
    _make_keys(layout, practitioner, recovery)
    return Secrets(passphrase, recovery.secret_text())


def _keep_practitioner(
    layout: Layout, identity: X25519Identity, passphrase: str, work_factor: int
) -> None:
    sealed = seal_bytes(
        identity.secret_text().encode() + b"\n", [ScryptRecipient(passphrase, work_factor)]
    )
    save(layout.practitioners / f"{new_id()}.age", sealed)


def _make_database(layout: Layout, practitioner: X25519Identity, recovery: X25519Identity) -> None:
    key = secrets.token_bytes(KEY_BYTES)
    save(layout.database_key, seal_bytes(key, [practitioner.recipient, recovery.recipient]))
    engine = open_database(layout.database, key)
    with Session(engine) as session, session.begin():
        for kind, identity in (("practitioner", practitioner), ("recovery", recovery)):
            text = str(identity.recipient)
            session.add(Recipient(id=new_id(), kind=kind, name=kind.title(), text=text))
    engine.dispose()


def _make_keys(layout: Layout, practitioner: X25519Identity, recovery: X25519Identity) -> None:
    arming, recorder, device = (SigningKey.generate() for _ in range(3))
    wraps = [practitioner.recipient, recovery.recipient]
    save(layout.arming_key, seal_bytes(arming.to_text().encode(), wraps))
    save(layout.recorder_key, recorder.to_text().encode())
    save(layout.device_key, device.to_text().encode())
    # last: a box.json means that everything else is there
    public = PublicBox(new_id(), arming.verify_key, recorder.verify_key, device.verify_key)
    write_box(layout, public)
