"""The box's certificates on its card: made once, renewed at an unlock by a sure clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from vigbox.appliance.authority import Authority, AuthorityError, name_of, pem_of_key
from vigbox.appliance.waiting import Waiting, destroy
from vigbox.casework.desk import Desk
from vigbox.casework.setup import Secrets
from vigbox.casework.wraps import own_recipients, sealed_for
from vigbox.errors import VigboxError
from vigbox.seal.identities import parse_identity
from vigbox.seal.keyring import Keyring
from vigbox.store.durable import save
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout

RENEW: Final = timedelta(days=120)
"""The box's certificate is renewed when fewer days are left."""


class CertificatesError(VigboxError):
    """The box's certificates are missing or damaged."""


@dataclass(frozen=True, slots=True)
class BoxIssuer:
    """The authority while somebody is unlocked; what a pairing window needs of it."""

    held: Authority
    box_key: bytes
    box_name: str

    @property
    def authority(self) -> str:
        """The authority's own certificate, PEM."""
        return self.held.certificate_pem()

    def issue(self, key: bytes, machine_id: str) -> str:
        """Give a machine's certificate for its public key, PEM."""
        return self.held.machine_certificate(key, machine_id)


def begin(layout: Layout, secrets: Secrets, addresses: Sequence[str], box: str = "") -> None:
    """Make the certificates of a box that was set up just now. Raises SealError, OSError.

    ``box`` is its id while that is not in its ``box.json`` yet.
    """
    keyring = Keyring()
    keyring.hold(parse_identity(secrets.recovery))
    desk = Desk(layout, keyring)
    try:
        set_right(desk, addresses, None, box)
    finally:
        desk.close()
        keyring.lock()


def set_right(desk: Desk, addresses: Sequence[str], day: date | None, box: str = "") -> bool:
    """Make the authority and the box's certificate if there are none, and renew that in time.

    An authority that waited for the set-up becomes the box's own; its plain key is destroyed once
    the box is set up.
    ``day`` is today, if the box is sure of it: without, nothing that is there is renewed. Tells
    whether the box's certificate is another one now. Raises SealError, OSError.
    """
    layout, name = desk.layout, name_of(box or read_box(desk.layout).box)
    with desk.database.settling:
        layout.authority.parent.mkdir(mode=0o700, exist_ok=True)
        waiting = Waiting.read(layout)
        if waiting is not None and name == waiting.name:
            _keep_authority(desk, waiting.authority)
        elif not (layout.authority_key.exists() and layout.authority.exists()):
            # what an earlier authority signed counts no more
            layout.certificate.unlink(missing_ok=True)
            _keep_authority(desk, Authority.make(name, addresses))
        if layout.box.parent == layout.data and layout.box.exists():
            destroy(layout)
        found = _parsed(layout)
        is_due = found is None or _is_due(found[0], day)
        if is_due:
            now = datetime.combine(day, time(), UTC) if day else datetime.now(UTC)
            # the same key: a machine that pairs meanwhile is bound to it
            key = found[1] if found else ec.generate_private_key(ec.SECP256R1())
            _make_certificate(desk, name, key, now)
        return is_due


def open_issuer(desk: Desk) -> BoxIssuer:
    """Open the authority's key. Raises :class:`CertificatesError`, SealError, OSError."""
    found = _parsed(desk.layout)
    if found is None:
        raise CertificatesError(
            "the box has no certificate yet; lock it, unlock it again and wait a moment"
        )
    key = found[1].public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return BoxIssuer(_authority(desk), der, name_of(read_box(desk.layout).box))


def authority_fingerprint(layout: Layout) -> str:
    """Give the SHA-256 of the authority's certificate as browsers show it; empty without one."""
    try:
        found = x509.load_pem_x509_certificate(layout.authority.read_bytes())
    except (OSError, ValueError):
        return ""
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def _keep_authority(desk: Desk, made: Authority) -> None:
    with desk.session() as session:
        sealed = sealed_for(own_recipients(session), made.key_pem())
    save(desk.layout.authority_key, sealed)
    save(desk.layout.authority, made.certificate_pem().encode(), mode=0o644)


def _make_certificate(
    desk: Desk, name: str, key: ec.EllipticCurvePrivateKey, now: datetime
) -> None:
    # what the authority may vouch for was settled at set-up, whatever the settings say since
    permitted = _permitted(desk.layout)
    signed = _authority(desk).box_certificate(key.public_key(), name, permitted, now)
    save(desk.layout.certificate, signed.encode() + pem_of_key(key))


def _authority(desk: Desk) -> Authority:
    layout = desk.layout
    key = desk.keyring.open(layout.authority_key.read_bytes())
    try:
        return Authority.from_pem(key, layout.authority.read_bytes())
    except AuthorityError as error:
        raise CertificatesError(f"{layout.authority} cannot be used: {error}") from error


def _parsed(layout: Layout) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
    """Read the box's certificate and its key; none when there is none that can be used."""
    try:
        data = layout.certificate.read_bytes()
        certificate, key = x509.load_pem_x509_certificate(data), load_pem_private_key(data, None)
    except (OSError, ValueError):
        return None
    return (certificate, key) if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _permitted(layout: Layout) -> list[str]:
    try:
        found = x509.load_pem_x509_certificate(layout.authority.read_bytes())
        limits = found.extensions.get_extension_for_class(x509.NameConstraints).value
    except (ValueError, x509.ExtensionNotFound) as error:
        raise CertificatesError(f"{layout.authority} is damaged: {error}") from error
    networks = [each.value for each in limits.permitted_subtrees or [] if _is_address(each)]
    return [str(each.network_address) for each in networks]


def _is_address(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.IPAddress)


def _is_due(certificate: x509.Certificate, day: date | None) -> bool:
    if day is None:
        return False
    now = datetime.combine(day, time(), UTC)
    is_early = now < certificate.not_valid_before_utc
    return is_early or certificate.not_valid_after_utc - now < RENEW
