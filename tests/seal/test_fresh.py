"""The identity of a film without a case: stock age opens it, and nothing else remembers it."""

import subprocess
from pathlib import Path

import pytest

from vigbox.seal.errors import RecipientError
from vigbox.seal.fresh import make_fresh
from vigbox.seal.hybrid_identities import HybridIdentity
from vigbox.seal.identities import X25519Identity, parse_identities
from vigbox.seal.opening import open_bytes
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes


def test_stock_age_opens_it_for_each_recipient_and_then_what_was_sealed_to_it(
    tmp_path: Path,
) -> None:
    readers = [X25519Identity.generate() for _ in range(2)]
    fresh = make_fresh([str(each.recipient) for each in readers])
    sealed, film = tmp_path / "fresh.age", tmp_path / "film.age"
    sealed.write_bytes(fresh.sealed)
    film.write_bytes(seal_bytes(b"ten minutes", [parse_recipient(fresh.recipient)]))
    for reader in readers:
        own, opened = tmp_path / "own.txt", tmp_path / "opened.txt"
        own.write_text(reader.secret_text())
        subprocess.run(["age", "-d", "-i", own, "-o", opened, sealed], check=True)
        found = subprocess.run(["age", "-d", "-i", opened, film], check=True, capture_output=True)
        assert found.stdout == b"ten minutes"


def test_on_a_hybrid_box_it_is_hybrid() -> None:
    reader = HybridIdentity.generate()
    fresh = make_fresh([str(reader.recipient)])
    (found,) = parse_identities(open_bytes(fresh.sealed, [reader]).decode())
    assert isinstance(found, HybridIdentity)
    assert str(found.recipient) == fresh.recipient


def test_each_one_is_another() -> None:
    to = [str(X25519Identity.generate().recipient)]
    assert make_fresh(to).recipient != make_fresh(to).recipient


def test_the_kinds_are_never_mixed_and_nobody_is_no_recipient() -> None:
    kinds = [str(each.generate().recipient) for each in (X25519Identity, HybridIdentity)]
    for to in (kinds, []):
        with pytest.raises(RecipientError):
            make_fresh(to)
