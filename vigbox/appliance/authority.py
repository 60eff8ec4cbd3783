"""A box's certificate authority (RFC 5280): what it is, what it signs, and for how long.

Times are chosen for a box whose clock may be wrong. The authority and the machines' certificates
begin in 1970, because the box itself checks machines, by its own clock; revoking is done by the
list of machines. The box's own certificate is checked by tablets and machines, whose clocks are
right: it is never longer than the 825 days that Apple accepts, and begins half a year early.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

RELEASED: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right tells an earlier time than this."""

EARLY: Final = timedelta(days=180)
LONGEST: Final = timedelta(days=825, seconds=-1)
_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(2049, 12, 31, tzinfo=UTC)
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_NAME_CHARACTERS: Final = 4


class AuthorityError(ValueError):
    """What should be this box's authority is another's, or damaged."""


def name_of(box: str) -> str:
    """Give a box's own name, from its id: ``vb-7k3q.home.arpa`` (RFC 8375)."""
    number = int.from_bytes(hashlib.sha256(b"vigbox name " + box.encode()).digest())
    letters = ""
    for _ in range(_NAME_CHARACTERS):
        number, at = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[at]
    return f"vb-{letters}.home.arpa"


@dataclass(frozen=True, slots=True)
class Authority:
    """The key and the certificate that signs."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def make(cls, name: str, addresses: Sequence[str]) -> Self:
        """Make the authority of one box, for its name and its addresses alone."""
        key = ec.generate_private_key(ec.SECP256R1())
        who = _named(f"vigbox {name.partition('.')[0]}")
        networks = [x509.IPAddress(ipaddress.ip_network(each)) for each in addresses]
        usage = {"key_cert_sign": True, "crl_sign": True}
        builder = (
            _builder(who, who, key.public_key(), _BEGIN, _END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(**usage), critical=True)
            .add_extension(
                x509.NameConstraints([x509.DNSName(name), *networks], None), critical=True
            )
        )
        return cls(key, builder.sign(key, hashes.SHA256()))

    @classmethod
    def from_pem(cls, key: bytes, certificate: bytes) -> Self:
        """Read an authority. Raises :class:`AuthorityError`."""
        try:
            secret = load_pem_private_key(key, None)
            found = x509.load_pem_x509_certificate(certificate)
        except (ValueError, TypeError) as error:
            raise AuthorityError("the box's certificate authority is damaged") from error
        is_its = secret.public_key() == found.public_key()
        if not isinstance(secret, ec.EllipticCurvePrivateKey) or not is_its:
            raise AuthorityError("the key is not that of the box's certificate authority")
        return cls(secret, found)

    def key_pem(self) -> bytes:
        """Give the secret key, to be sealed."""
        return pem_of_key(self.key)

    def certificate_pem(self) -> str:
        """Give the authority's certificate, which tablets trust and machines keep."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def box_certificate(
        self, key: ec.EllipticCurvePublicKey, name: str, addresses: Sequence[str], now: datetime
    ) -> str:
        """Sign the box's own certificate, PEM, for 825 days that began half a year ago."""
        begin = max(now, RELEASED) - EARLY
        names = [x509.IPAddress(ipaddress.ip_address(each)) for each in addresses]
        every = x509.SubjectAlternativeName([x509.DNSName(name), *names])
        builder = (
            _builder(self.certificate.subject, _named(name), key, begin, begin + LONGEST)
            .add_extension(every, critical=False)
            .add_extension(_for(ExtendedKeyUsageOID.SERVER_AUTH), critical=False)
        )
        return self._signed(builder)

    def machine_certificate(self, key: bytes, machine_id: str) -> str:
        """Sign a machine's certificate, PEM, for its public key (DER); it names nobody."""
        public = load_der_public_key(key)
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise AuthorityError("a machine's key must be on P-256")
        builder = _builder(
            self.certificate.subject, _named(machine_id), public, _BEGIN, _END
        ).add_extension(_for(ExtendedKeyUsageOID.CLIENT_AUTH), critical=False)
        return self._signed(builder)

    def _signed(self, builder: x509.CertificateBuilder) -> str:
        own = self.key.public_key()
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(own)
        signed = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(issuer, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return signed.public_bytes(Encoding.PEM).decode()


def pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Give a secret key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _builder(
    issuer: x509.Name,
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begin: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _for(purpose: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([purpose])


def _usage(**wished: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{each: wished.get(each, False) for each in every})
