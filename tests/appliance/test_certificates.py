"""The box's certificates on its card: who opens the authority, and when which is renewed."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from vigbox.appliance.authority import name_of
from vigbox.appliance.certificates import (
    CertificatesError,
    authority_fingerprint,
    begin,
    open_issuer,
    set_right,
)
from vigbox.casework.desk import Desk
from vigbox.casework.practitioners import add_practitioner
from vigbox.casework.setup import Secrets, set_up
from vigbox.seal.errors import NoMatchError, WrongPassphraseError
from vigbox.seal.identities import X25519Identity, parse_identity
from vigbox.seal.keyring import Keyring
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout

ADDRESSES = ["10.42.0.1"]


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    layout = Layout(tmp_path)
    secrets = set_up(layout, work_factor=10)
    begin(layout, secrets, ADDRESSES)
    return secrets


@pytest.fixture
def desk(tmp_path: Path, secrets: Secrets) -> Iterator[Desk]:
    desk = opened(Layout(tmp_path), secrets.passphrase)
    yield desk
    desk.close()


def opened(layout: Layout, passphrase: str) -> Desk:
    keyring = Keyring()
    for path in layout.practitioners.glob("*.age"):
        try:
            keyring.unlock(path.read_bytes(), passphrase)
        except WrongPassphraseError:
            continue
    return Desk(layout, keyring)


def leaf(layout: Layout) -> x509.Certificate:
    return x509.load_pem_x509_certificate(layout.certificate.read_bytes())


def test_set_up_leaves_what_https_needs(desk: Desk) -> None:
    layout = desk.layout
    command = ["openssl", "verify", "-CAfile", str(layout.authority), "-verify_ip", "10.42.0.1"]
    command += ["-verify_hostname", name_of(read_box(layout).box), str(layout.certificate)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.stdout.endswith("OK\n"), told.stderr


def test_the_authoritys_key_is_an_age_file_that_practitioners_and_the_sheet_open(
    desk: Desk, secrets: Secrets, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.txt"
    sheet.write_text(secrets.recovery)
    command = ["age", "-d", "-i", str(sheet), str(desk.layout.authority_key)]
    told = subprocess.run(command, capture_output=True, check=True)
    assert told.stdout == desk.keyring.open(desk.layout.authority_key.read_bytes())
    assert told.stdout.startswith(b"-----BEGIN PRIVATE KEY-----")
    stranger = Keyring()
    stranger.hold(X25519Identity.generate())
    with pytest.raises(NoMatchError):
        stranger.open(desk.layout.authority_key.read_bytes())


def test_no_plain_key_of_the_authority_lies_anywhere(desk: Desk) -> None:
    key = desk.keyring.open(desk.layout.authority_key.read_bytes()).splitlines()[1]
    files = [each for each in desk.layout.data.rglob("*") if each.is_file()]
    assert desk.layout.certificate in files
    assert not [each for each in files if key in each.read_bytes()]


def test_a_colleague_who_comes_opens_it_too(desk: Desk) -> None:
    passphrase = add_practitioner(desk, "Ben", cases=False, work_factor=10)
    colleague = opened(desk.layout, passphrase)
    assert open_issuer(colleague).authority == desk.layout.authority.read_text()
    colleague.close()


def test_nothing_is_renewed_while_there_is_time(desk: Desk) -> None:
    until = leaf(desk.layout).not_valid_after_utc.date()
    before = desk.layout.certificate.read_bytes()
    assert not set_right(desk, ADDRESSES, until - timedelta(days=121))
    assert desk.layout.certificate.read_bytes() == before


def test_it_is_renewed_when_less_than_120_days_are_left_and_keeps_its_key(desk: Desk) -> None:
    first = leaf(desk.layout)
    day = first.not_valid_after_utc.date() - timedelta(days=119)
    assert set_right(desk, ADDRESSES, day)
    second = leaf(desk.layout)
    assert second.not_valid_after_utc.date() - day > timedelta(days=600)
    assert second.public_key() == first.public_key()
    assert second.issuer == first.issuer


@pytest.mark.parametrize("day", [None, date(2040, 1, 1), date(1970, 1, 1)])
def test_an_unsure_clock_renews_nothing_and_a_wrong_one_is_made_good(
    desk: Desk, day: date | None
) -> None:
    before = leaf(desk.layout)
    assert set_right(desk, ADDRESSES, day) is (day is not None)
    today = datetime.now(UTC).date()
    set_right(desk, ADDRESSES, today)
    after = leaf(desk.layout)
    assert after.not_valid_before_utc.date() <= today < after.not_valid_after_utc.date()
    assert after.public_key() == before.public_key()


def test_a_box_that_was_set_up_without_gets_them_at_an_unlock(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "old")
    secrets = set_up(layout, work_factor=10)
    (layout.data / "tls").rmdir()
    assert authority_fingerprint(layout) == ""
    keyring = Keyring()
    keyring.hold(parse_identity(secrets.recovery))
    desk = Desk(layout, keyring)
    with pytest.raises(CertificatesError):
        open_issuer(desk)
    assert set_right(desk, ADDRESSES, None)
    assert layout.certificate.exists()
    assert open_issuer(desk).box_name == name_of(read_box(layout).box)
    desk.close()


@pytest.mark.parametrize("left", ["", "key", "certificate"])
def test_a_cut_while_it_is_made_is_made_good(desk: Desk, left: str) -> None:
    layout = desk.layout
    if left != "key":
        layout.authority_key.unlink()
    if left != "certificate":
        layout.authority.unlink()
    assert set_right(desk, ADDRESSES, None)
    assert open_issuer(desk).authority == layout.authority.read_text()
    authority = x509.load_pem_x509_certificate(layout.authority.read_bytes())
    leaf(layout).verify_directly_issued_by(authority)  # raises when it is not


def test_another_address_in_the_settings_changes_no_certificate(desk: Desk) -> None:
    before = leaf(desk.layout)
    day = before.not_valid_after_utc.date()
    assert set_right(desk, ["192.168.1.7"], day)
    names = leaf(desk.layout).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert [str(each) for each in names.value.get_values_for_type(x509.IPAddress)] == ADDRESSES


def test_the_fingerprint_is_shown_as_browsers_show_it(desk: Desk) -> None:
    command = [
        "openssl",
        "x509",
        "-in",
        str(desk.layout.authority),
        "-noout",
        "-fingerprint",
        "-sha256",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert authority_fingerprint(desk.layout) == told.stdout.strip().partition("=")[2]
