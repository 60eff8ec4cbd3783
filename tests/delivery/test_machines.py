import stat
from pathlib import Path

import pytest
from cryptography import x509

from tests.certificates import issue
from vigbox.delivery.certificates import fingerprint
from vigbox.delivery.machines import MachineError, Machines
from vigbox.seal.errors import RecipientError
from vigbox.seal.identities import X25519Identity

RECIPIENT = str(X25519Identity.generate().recipient)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "machines.json"


def test_a_paired_machine_is_known_by_its_certificate_even_after_a_restart(path: Path) -> None:
    machine, certificate = Machines(path).add("Anna's laptop", RECIPIENT, issue)
    assert Machines(path).by_certificate(fingerprint(certificate)) == machine
    assert Machines(path).get(machine.id) == machine


def test_the_certificate_is_the_machines_own(path: Path) -> None:
    machine, certificate = Machines(path).add("laptop", RECIPIENT, issue)
    parsed = x509.load_pem_x509_certificate(certificate.encode())
    assert parsed.subject.rfc4514_string() == f"CN={machine.id}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_certificate_is_nobodys(path: Path) -> None:
    machines = Machines(path)
    assert machines.by_certificate("") is None
    machine, _ = machines.add("laptop", RECIPIENT, issue)
    for wrong in ("", "0" * 64, fingerprint(issue(machine.id))):
        assert machines.by_certificate(wrong) is None


def test_a_revoked_machine_stays_listed_and_its_certificate_is_nobodys(path: Path) -> None:
    machines = Machines(path)
    (first, shown), (second, other) = (machines.add(each, RECIPIENT, issue) for each in "ab")
    machines.revoke(first.id)
    assert machines.by_certificate(fingerprint(shown)) is None
    assert machines.by_certificate(fingerprint(other)) == second
    assert [each.is_revoked for each in machines.listed()] == [True, False]


def test_revoking_twice_keeps_the_first_time(path: Path) -> None:
    machines = Machines(path)
    machine, _ = machines.add("laptop", RECIPIENT, issue)
    machines.revoke(machine.id)
    first = machines.get(machine.id)
    machines.revoke(machine.id)
    assert machines.get(machine.id) == first


@pytest.mark.parametrize("name", ["", "n" * 81, "line\nbreak", "\x1b[31m"])
def test_a_name_must_fit_a_list(path: Path, name: str) -> None:
    with pytest.raises(MachineError, match="name must be"):
        Machines(path).add(name, RECIPIENT, issue)
    assert not path.exists()


def test_a_recipient_that_nothing_can_be_sealed_to_is_refused(path: Path) -> None:
    with pytest.raises(RecipientError):
        Machines(path).add("laptop", "age1nonsense", issue)


def test_an_unknown_machine_is_told_so(path: Path) -> None:
    with pytest.raises(MachineError, match="no machine"):
        Machines(path).revoke("0" * 32)


@pytest.mark.parametrize("text", ["{", "[{}]", "[7]", '"x"', "7"])
def test_a_damaged_list_is_told_and_not_taken_for_an_empty_one(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(MachineError, match="damaged"):
        Machines(path).listed()
