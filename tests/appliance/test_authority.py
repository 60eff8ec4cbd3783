"""What a box's authority signs, judged by openssl: an X.509 reader that is not ours."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from vigbox.appliance.authority import (
    RELEASED,
    Authority,
    AuthorityError,
    name_of,
)
from vigbox.delivery.certificates import key_of_request, new_key, request_for

NAME, ADDRESS = "vb-7k3q.home.arpa", "10.42.0.1"
NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make(NAME, [ADDRESS])


def verified(
    folder: Path, authority: Authority, certificate: str, *how: str, at: datetime = NOW
) -> str:
    """Let openssl judge; gives what it says."""
    (folder / "authority.pem").write_text(authority.certificate_pem())
    (folder / "leaf.pem").write_text(certificate)
    when = str(int(at.timestamp()))
    command = ["openssl", "verify", "-x509_strict", "-attime", when, "-no-CApath", "-no-CAstore"]
    command += ["-CAfile", "authority.pem", *how, "leaf.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def box_certificate(
    authority: Authority, name: str = NAME, address: str = ADDRESS, now: datetime = NOW
) -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return authority.box_certificate(key, name, [address], now)


@pytest.mark.parametrize("asked", [("-verify_hostname", NAME), ("-verify_ip", ADDRESS)])
def test_the_box_is_believed_by_name_and_by_address(
    tmp_path: Path, authority: Authority, asked: tuple[str, str]
) -> None:
    told = verified(
        tmp_path, authority, box_certificate(authority), "-purpose", "sslserver", *asked
    )
    assert told == "leaf.pem: OK\n"


@pytest.mark.parametrize(
    ("name", "address"),
    [("bank.example", ADDRESS), ("vb-8888.home.arpa", ADDRESS), (NAME, "10.42.0.2"), (NAME, "::1")],
)
def test_no_other_name_can_be_signed_for(
    tmp_path: Path, authority: Authority, name: str, address: str
) -> None:
    told = verified(tmp_path, authority, box_certificate(authority, name, address))
    assert "permitted subtree violation" in told


def test_its_limits_are_critical_and_it_signs_no_other_authority(authority: Authority) -> None:
    found = authority.certificate.extensions
    for kind in (x509.NameConstraints, x509.BasicConstraints, x509.KeyUsage):
        assert found.get_extension_for_class(kind).critical
    basic = found.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)


def test_a_box_certificate_is_never_longer_than_apple_accepts(authority: Authority) -> None:
    leaf = x509.load_pem_x509_certificate(box_certificate(authority).encode())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=825)
    assert leaf.not_valid_after_utc - NOW > timedelta(days=600)
    assert NOW - leaf.not_valid_before_utc > timedelta(days=100)


def test_a_box_whose_clock_is_in_1970_makes_one_that_counts_today(
    tmp_path: Path, authority: Authority
) -> None:
    made = box_certificate(authority, now=datetime(1970, 1, 1, tzinfo=UTC))
    assert verified(tmp_path, authority, made, at=RELEASED) == "leaf.pem: OK\n"


@pytest.mark.parametrize("year", [1970, 2026, 2049])
def test_a_machine_is_believed_whatever_the_boxs_clock_says(
    tmp_path: Path, authority: Authority, year: int
) -> None:
    made = authority.machine_certificate(key_of_request(request_for(new_key())), "1" * 32)
    at = datetime(year, 1, 2, tzinfo=UTC)
    told = verified(tmp_path, authority, made, "-purpose", "sslclient", at=at)
    assert told == "leaf.pem: OK\n"


def test_a_machines_certificate_is_none_of_a_box(tmp_path: Path, authority: Authority) -> None:
    made = authority.machine_certificate(key_of_request(request_for(new_key())), "1" * 32)
    assert "purpose" in verified(tmp_path, authority, made, "-purpose", "sslserver")


def test_an_authority_is_read_back_and_no_other_key_taken_for_its(authority: Authority) -> None:
    certificate = authority.certificate_pem().encode()
    again = Authority.from_pem(authority.key_pem(), certificate)
    assert again.certificate == authority.certificate
    for key in (Authority.make(NAME, [ADDRESS]).key_pem(), b"", b"nonsense"):
        with pytest.raises(AuthorityError):
            Authority.from_pem(key, certificate)


def test_each_box_has_a_name_of_its_own() -> None:
    names = {name_of(f"{number:032x}") for number in range(200)}
    assert len(names) == 200
    assert all(len(each) == len(NAME) for each in names)
    assert name_of("0" * 32) == name_of("0" * 32)
