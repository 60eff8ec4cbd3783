import subprocess
from pathlib import Path

import pytest

from vigbox.seal.errors import HeaderError, LockedError, RecipientError
from vigbox.seal.hybrid_identities import HybridIdentity
from vigbox.seal.identities import X25519Identity, parse_identities, parse_identity
from vigbox.seal.stanza import Stanza


def test_identity_of_age_keygen_has_the_recipient_it_says(tmp_path: Path) -> None:
    file = tmp_path / "identity.txt"
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    (identity,) = parse_identities(file.read_text())
    assert f"# public key: {identity.recipient}" in file.read_text()
    assert identity.secret_text() in file.read_text()


def test_only_its_own_wrap_is_unwrapped(identity: X25519Identity) -> None:
    other = X25519Identity.generate()
    grease = Stanza("grease", (), b"")
    wraps = [grease, other.recipient.wrap(b"for the other..."), identity.recipient.wrap(b"k" * 16)]
    assert identity.unwrap(wraps) == b"k" * 16
    assert identity.unwrap(wraps[:2]) is None


@pytest.mark.parametrize(
    "arguments", [(), ("QUFB",), ("A" * 43, "extra"), ("A" * 43,), ("A" * 44,)]
)
def test_malformed_stanza_of_its_kind_is_a_bad_header(
    identity: X25519Identity, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(HeaderError):
        identity.unwrap([Stanza("X25519", arguments, bytes(32))])


def test_wiped_identity_opens_nothing_and_tells_nothing(identity: X25519Identity) -> None:
    wrap = identity.recipient.wrap(bytes(16))
    secret = identity._secret
    identity.wipe()
    assert secret == bytes(32)
    with pytest.raises(LockedError):
        identity.unwrap([wrap])
    with pytest.raises(LockedError):
        identity.secret_text()


def test_identity_file_may_hold_comments_and_several(identity: X25519Identity) -> None:
    other = X25519Identity.generate()
    text = f"# mine\r\n{identity.secret_text()}\r\n\n# hers\n{other.secret_text()}"
    recipients = [each.recipient for each in parse_identities(text)]
    assert recipients == [identity.recipient, other.recipient]


def test_bad_line_is_named_by_its_number_alone(identity: X25519Identity) -> None:
    secret = identity.secret_text()
    with pytest.raises(RecipientError, match="line 2 ") as caught:
        parse_identities(f"# comment\n{secret[:-1]}\n")
    assert secret[20:30] not in str(caught.value)


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n"])
def test_identity_file_without_an_identity_is_refused(text: str) -> None:
    with pytest.raises(RecipientError):
        parse_identities(text)


def test_secret_is_in_no_representation(identity: X25519Identity) -> None:
    assert identity._secret.hex() not in repr(identity)
    assert identity.secret_text() not in repr(identity)


def test_lowercase_secret_is_refused_as_stock_age_does(identity: X25519Identity) -> None:
    with pytest.raises(RecipientError):
        X25519Identity.parse(identity.secret_text().lower())


def test_identity_file_may_hold_both_kinds(identity: X25519Identity) -> None:
    hybrid = HybridIdentity.generate()
    found = parse_identities(f"# two\n{hybrid.secret_text()}\n{identity.secret_text()}\n")
    assert [each.recipient for each in found] == [hybrid.recipient, identity.recipient]
    assert [type(each) for each in found] == [HybridIdentity, X25519Identity]


def test_bad_hybrid_line_is_named_by_its_number_alone() -> None:
    secret = HybridIdentity.generate().secret_text()
    with pytest.raises(RecipientError, match=r"line 3 .*pq-1") as caught:
        parse_identities(f"# comment\n\n{secret[:-1]}\n")
    assert secret[20:30] not in str(caught.value)


def test_recipient_in_place_of_an_identity_is_refused(identity: X25519Identity) -> None:
    for recipient in (identity.recipient, HybridIdentity.generate().recipient):
        with pytest.raises(RecipientError):
            parse_identity(str(recipient))
