"""A box that is not set up yet: its id, its name, and the certificates its set-up is served with.

HTTPS needs the box's authority before there is a practitioner to seal its key to. Until then the
key lies in plain in ``web/setup/waiting.json``, for the web's user and root alone. The set-up seals
it to the practitioner and the recovery sheet, and then the plain file is destroyed. Whoever copied
the card before the set-up has that key, and can pretend to be this box to tablets that trust it;
it opens no film.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vigbox.appliance.authority import Authority, AuthorityError, name_of, pem_of_key
from vigbox.model import canonical
from vigbox.store.durable import save, sync_folder
from vigbox.store.identity import own_id
from vigbox.store.layout import DataFolderError, Layout
from vigbox.store.manifests import is_id


@dataclass(frozen=True, slots=True)
class Waiting:
    """A box's id, and its authority with the plain key."""

    box: str
    authority: Authority = field(repr=False)

    @property
    def name(self) -> str:
        """The box's own name."""
        return name_of(self.box)

    @classmethod
    def read(cls, layout: Layout) -> Self | None:
        """Read what waits; none after the set-up. Raises :class:`DataFolderError`."""
        try:
            facts = json.loads(layout.waiting.read_bytes())
            if not is_id(facts["box"]):
                raise ValueError("its id is not one")
            key, certificate = facts["key"].encode(), facts["certificate"].encode()
            return cls(facts["box"], Authority.from_pem(key, certificate))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, AuthorityError) as error:
            raise DataFolderError(f"{layout.waiting} cannot be used: {error}") from error

    def keep(self, layout: Layout) -> None:
        """Keep it durably, all at once. Raises OSError."""
        layout.setup.mkdir(mode=0o700, exist_ok=True)
        facts = {
            "box": self.box,
            "key": self.authority.key_pem().decode(),
            "certificate": self.authority.certificate_pem(),
        }
        save(layout.waiting, canonical(facts))


def prepare(layout: Layout, addresses: Sequence[str]) -> Waiting:
    """Make id, authority and certificate of a box that waits for its set-up; once, then read.

    Raises :class:`DataFolderError`, OSError.
    """
    found, box = Waiting.read(layout), own_id(layout)
    if found is None or found.box != box:
        found = Waiting(box, Authority.make(name_of(box), addresses))
        found.keep(layout)
        layout.certificate.unlink(missing_ok=True)  # of an authority that is no more
    certificate = found.authority.certificate_pem().encode()
    if not layout.authority.exists() or layout.authority.read_bytes() != certificate:
        save(layout.authority, certificate, mode=0o644)
    if not layout.certificate.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        signed = found.authority.box_certificate(
            key.public_key(), found.name, addresses, datetime.now(UTC)
        )
        save(layout.certificate, signed.encode() + pem_of_key(key))
    return found


def served_name(layout: Layout) -> str:
    """Give the name that the certificate on the card is for; empty when none can be read."""
    try:
        found = x509.load_pem_x509_certificate(layout.certificate.read_bytes())
    except (OSError, ValueError):
        return ""
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def destroy(layout: Layout) -> None:
    """Take the plain key away, once it is sealed. Raises OSError."""
    if layout.waiting.exists():
        layout.waiting.unlink()
        sync_folder(layout.setup)
