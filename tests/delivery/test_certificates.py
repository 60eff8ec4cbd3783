"""Requests and fingerprints, beside openssl."""

import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.certificates import issue
from vigbox.delivery.certificates import (
    CertificateError,
    fingerprint,
    key_of_certificate,
    key_of_request,
    new_key,
    request_for,
)


def openssl(*words: str, told: str) -> bytes:
    return subprocess.run(
        ["openssl", *words], input=told.encode(), capture_output=True, check=True
    ).stdout


def test_openssl_finds_a_request_signed_by_its_key_and_without_a_name() -> None:
    request = request_for(new_key())
    told = openssl("req", "-verify", "-noout", "-subject", "-text", told=request).decode()
    assert "subject=\n" in told
    assert "prime256v1" in told


def test_the_key_of_a_request_is_the_one_openssl_reads() -> None:
    key = new_key()
    told = openssl("pkey", "-pubout", "-outform", "DER", told=key)
    assert key_of_request(request_for(key)) == told


def test_a_certificate_is_for_the_key_that_asked_and_has_openssls_fingerprint() -> None:
    certificate = issue("1" * 32)
    told = openssl("x509", "-noout", "-fingerprint", "-sha256", told=certificate).decode()
    assert fingerprint(certificate) == told.partition("=")[2].strip().replace(":", "").lower()
    assert len(key_of_certificate(certificate)) == 91


def a_request(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


OTHERS = [
    "",
    "nonsense",
    "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
    a_request(ec.generate_private_key(ec.SECP384R1())),
    a_request(rsa.generate_private_key(65_537, 2_048)),
]


@pytest.mark.parametrize("request_text", OTHERS)
def test_another_kind_of_request_is_refused(request_text: str) -> None:
    with pytest.raises(CertificateError, match="PKCS #10"):
        key_of_request(request_text)


def test_a_request_for_somebody_elses_key_is_refused() -> None:
    mine, theirs = (x509.load_pem_x509_csr(request_for(new_key()).encode()) for _ in "ab")
    der = mine.public_bytes(Encoding.DER)
    # the other's key in a request that was signed with this one's secret
    a, b = (
        each.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for each in (mine, theirs)
    )
    forged = x509.load_der_x509_csr(der.replace(a, b)).public_bytes(Encoding.PEM).decode()
    with pytest.raises(CertificateError):
        key_of_request(forged)


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAA"])
def test_what_is_no_certificate_is_told(text: str) -> None:
    for read in (fingerprint, key_of_certificate):
        with pytest.raises(CertificateError):
            read(text)
