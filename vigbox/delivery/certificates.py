"""Keys, requests and fingerprints of the TLS between box and machine. All keys are P-256."""

import hashlib
import ssl

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from vigbox.errors import VigboxError


class CertificateError(VigboxError):
    """A certificate, a request for one, or a key cannot be used."""


def new_key() -> str:
    """Make a secret key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def request_for(key: str) -> str:
    """Ask for a certificate for a secret key: a PKCS #10 request as PEM, which names nobody."""
    secret = load_pem_private_key(key.encode(), None)
    if not isinstance(secret, ec.EllipticCurvePrivateKey):
        raise CertificateError("this machine's key is not on P-256; pair again")
    request = x509.CertificateSigningRequestBuilder(x509.Name([]))
    return request.sign(secret, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def key_of_request(request: str) -> bytes:
    """Give the public key of a request (SubjectPublicKeyInfo, DER), whose secret the asker has.

    Raises :class:`CertificateError`.
    """
    try:
        parsed = x509.load_pem_x509_csr(request.encode())
        key, is_signed = parsed.public_key(), parsed.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key, is_signed = None, False
    is_p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    if key is None or not is_signed or not is_p256:
        raise CertificateError("a machine's request must be PKCS #10, signed, for a P-256 key")
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_of_certificate(certificate: str) -> bytes:
    """Give the public key of a certificate in PEM, as :func:`key_of_request`."""
    try:
        key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError("a certificate must be X.509 in PEM") from error
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(certificate: str) -> str:
    """Give the SHA-256 of a certificate (PEM) as hexadecimal. Raises :class:`CertificateError`."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
    except ValueError as error:
        raise CertificateError("a certificate must be X.509 in PEM") from error
