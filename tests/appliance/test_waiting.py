"""A box before its set-up: its name and its HTTPS are there, and stay."""

from pathlib import Path

import pytest
from cryptography import x509

from vigbox.appliance.authority import name_of
from vigbox.appliance.certificates import open_issuer, set_right
from vigbox.appliance.waiting import Waiting, prepare
from vigbox.casework.desk import Desk
from vigbox.casework.setup import set_up
from vigbox.seal.identities import parse_identity
from vigbox.seal.keyring import Keyring
from vigbox.store.identity import LostBoxError, known_id, read_box
from vigbox.store.layout import DataFolderError, Layout

ADDRESS = ["10.42.0.1"]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout(tmp_path / "data")
    found.create()
    return found


def test_a_second_start_finds_the_same_box_and_the_same_certificates(layout: Layout) -> None:
    first = prepare(layout, ADDRESS)
    files = [each.read_bytes() for each in (layout.authority, layout.certificate, layout.waiting)]
    again = prepare(layout, ADDRESS)
    assert (again.box, again.name) == (first.box, name_of(first.box))
    assert files == [
        each.read_bytes() for each in (layout.authority, layout.certificate, layout.waiting)
    ]


def test_a_start_that_was_cut_is_made_whole(layout: Layout) -> None:
    first = prepare(layout, ADDRESS)
    layout.authority.unlink()
    layout.certificate.unlink()
    assert prepare(layout, ADDRESS).box == first.box
    certificate = x509.load_pem_x509_certificate(layout.certificate.read_bytes())
    certificate.verify_directly_issued_by(
        x509.load_pem_x509_certificate(layout.authority.read_bytes())
    )


def test_the_plain_key_is_for_its_owner_alone(layout: Layout) -> None:
    prepare(layout, ADDRESS)
    assert layout.waiting.stat().st_mode & 0o077 == 0
    assert layout.setup.stat().st_mode & 0o077 == 0
    assert "PRIVATE" not in layout.authority.read_text()


def test_a_damaged_one_is_told_and_not_replaced(layout: Layout) -> None:
    prepare(layout, ADDRESS)
    layout.waiting.write_text("{}")
    with pytest.raises(DataFolderError, match="cannot be used"):
        prepare(layout, ADDRESS)


def test_a_lost_id_makes_no_other_authority_than_tablets_trust(layout: Layout) -> None:
    prepare(layout, ADDRESS)
    layout.chosen_id.unlink()
    before = {each: each.read_bytes() for each in layout.data.rglob("*") if each.is_file()}
    with pytest.raises(LostBoxError, match="certificates: 2"):
        prepare(layout, ADDRESS)
    assert {each: each.read_bytes() for each in layout.data.rglob("*") if each.is_file()} == before


def test_the_set_up_takes_the_authority_over_and_destroys_its_plain_key(layout: Layout) -> None:
    waiting = prepare(layout, ADDRESS)
    authority, certificate = (each.read_bytes() for each in (layout.authority, layout.certificate))
    secrets = set_up(layout, work_factor=10, box=waiting.box)
    keyring = Keyring()
    keyring.hold(parse_identity(secrets.recovery))
    desk = Desk(layout, keyring)
    set_right(desk, ADDRESS, None)
    assert read_box(layout).box == waiting.box == known_id(layout)
    assert (layout.authority.read_bytes(), layout.certificate.read_bytes()) == (
        authority,
        certificate,
    )
    assert open_issuer(desk).held.key_pem() == waiting.authority.key_pem()
    desk.close()
    assert not layout.waiting.exists()
    assert Waiting.read(layout) is None
