import pytest

from vigbox.seal import bech32
from vigbox.seal.errors import RecipientError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.recipients import X25519Recipient, parse_recipient


def test_recipient_comes_back_from_its_text(identity: X25519Identity) -> None:
    recipient = parse_recipient(f" {identity.recipient}\n")
    assert recipient == identity.recipient
    assert str(recipient).startswith("age1")


def test_no_two_wraps_are_alike(identity: X25519Identity) -> None:
    assert identity.recipient.wrap(bytes(16)) != identity.recipient.wrap(bytes(16))


@pytest.mark.parametrize(
    "text",
    ["", "age1", "age1qqqq", bech32.encode("age", bytes(31)), bech32.encode("bge", bytes(32))],
)
def test_other_texts_are_no_recipients(text: str) -> None:
    with pytest.raises(RecipientError):
        X25519Recipient.parse(text)


def test_identity_pasted_in_place_of_a_recipient_is_not_repeated(identity: X25519Identity) -> None:
    with pytest.raises(RecipientError) as caught:
        parse_recipient(identity.secret_text())
    assert identity.secret_text()[20:30] not in str(caught.value)


def test_low_order_point_is_refused_before_anything_is_sealed_to_it() -> None:
    with pytest.raises(RecipientError, match="not a safe key"):
        X25519Recipient.parse(bech32.encode("age", bytes(32)))
