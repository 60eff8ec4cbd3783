import pytest

from vigbox.seal import bech32
from vigbox.seal.errors import RecipientError
from vigbox.seal.hybrid_identities import HybridIdentity
from vigbox.seal.identities import X25519Identity
from vigbox.seal.recipients import X25519Recipient, parse_recipient, parse_recipients


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


def test_hybrid_recipient_comes_back_from_its_text() -> None:
    recipient = HybridIdentity.generate().recipient
    assert parse_recipient(f" {recipient}\n") == recipient


@pytest.mark.parametrize("text", ["age1pq1", "age1pq1qqqq", bech32.encode("age1pq", bytes(32))])
def test_bad_hybrid_text_is_told_apart_from_a_bad_x25519_one(text: str) -> None:
    with pytest.raises(RecipientError, match="age1pq1"):
        parse_recipient(text)


def test_uppercase_texts_are_refused_by_their_kind(identity: X25519Identity) -> None:
    with pytest.raises(RecipientError, match="not an X25519 recipient"):
        parse_recipient(str(identity.recipient).upper())
    with pytest.raises(RecipientError, match="not a hybrid recipient"):
        parse_recipient(str(HybridIdentity.generate().recipient).upper())


def test_recipients_of_one_kind_are_read_in_their_order(identity: X25519Identity) -> None:
    ordinary = [identity.recipient, X25519Identity.generate().recipient]
    hybrid = [HybridIdentity.generate().recipient for _ in range(2)]
    assert parse_recipients(map(str, ordinary)) == ordinary
    assert parse_recipients(map(str, hybrid)) == hybrid


def test_recipients_that_cannot_share_a_file_are_refused_as_they_are_read(
    identity: X25519Identity,
) -> None:
    mixed = [str(identity.recipient), str(HybridIdentity.generate().recipient)]
    for texts in (mixed, mixed[::-1]):
        with pytest.raises(RecipientError, match="post-quantum"):
            parse_recipients(texts)
    with pytest.raises(RecipientError, match="nobody"):
        parse_recipients([])
