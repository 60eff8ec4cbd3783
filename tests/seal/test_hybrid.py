import hashlib
import io
from collections.abc import Iterator

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tests.seal.differential.peers import Key, Typage
from vigbox.seal import bech32
from vigbox.seal.chunks import ChunkSealer
from vigbox.seal.errors import HeaderError, LockedError, NoMatchError, RecipientError
from vigbox.seal.hybrid import HYBRID, SHARE_BYTES, HybridRecipient, ml_kem_needed
from vigbox.seal.hybrid_identities import HybridIdentity
from vigbox.seal.identities import X25519Identity
from vigbox.seal.keyring import Keyring
from vigbox.seal.opening import open_bytes
from vigbox.seal.passphrases import ScryptRecipient
from vigbox.seal.payload import CHUNK_BYTES
from vigbox.seal.recipients import Recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.seal.stanza import Stanza, decode64, encode64

# the example of https://c2sp.org/age; its recipient of 1959 letters by its SHA-256
EXAMPLE = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
EXAMPLE_RECIPIENT = "a091dd7e0ee9d62b75173dcc98441a0424baa941e66a8776e570a4ae60ff61ea"
FILE_KEY = b"sixteen bytes..."
# points of small order: whoever sends one knows the shared secret (RFC 7748, section 6.1)
LOW_ORDER = [
    bytes(32),
    (1).to_bytes(32, "little"),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    ((1 << 255) - 20).to_bytes(32, "little"),
]


@pytest.fixture
def hybrid() -> HybridIdentity:
    return HybridIdentity.generate()


@pytest.fixture
def typage() -> Iterator[Typage]:
    """Give the age that is written in TypeScript; fails where it cannot be installed."""
    peer = Typage()
    yield peer
    peer.close()


def changed(wrap: Stanza, at: int) -> Stanza:
    """Change one bit of the share, at a byte."""
    share = bytearray(decode64(wrap.arguments[0]))
    share[at] ^= 1
    return Stanza(wrap.type, (encode64(bytes(share)),), wrap.body)


def test_example_of_the_specification_has_its_recipient() -> None:
    recipient = str(HybridIdentity.parse(EXAMPLE).recipient)
    assert hashlib.sha256(recipient.encode()).hexdigest() == EXAMPLE_RECIPIENT


def test_texts_come_back(hybrid: HybridIdentity) -> None:
    again = HybridIdentity.parse(hybrid.secret_text())
    assert again.secret_text() == hybrid.secret_text()
    assert HybridRecipient.parse(str(again.recipient)) == hybrid.recipient
    assert str(hybrid.recipient).startswith("age1pq1")
    assert hybrid.secret_text().startswith("AGE-SECRET-KEY-PQ-1")


def test_no_two_identities_and_no_two_wraps_are_alike(hybrid: HybridIdentity) -> None:
    assert HybridIdentity.generate().recipient != hybrid.recipient
    first, second = (hybrid.recipient.wrap(FILE_KEY) for _ in range(2))
    assert first.arguments != second.arguments
    assert first.body != second.body


def test_only_its_own_wrap_is_unwrapped(hybrid: HybridIdentity, identity: X25519Identity) -> None:
    others = [Stanza("grease", (), b""), identity.recipient.wrap(bytes(16))]
    others.append(HybridIdentity.generate().recipient.wrap(b"for the other..."))
    assert hybrid.unwrap(others) is None
    assert hybrid.unwrap([*others, hybrid.recipient.wrap(FILE_KEY)]) == FILE_KEY


@pytest.mark.parametrize("at", [0, 1087, 1088, SHARE_BYTES - 2])
def test_changed_share_of_either_half_is_no_match(hybrid: HybridIdentity, at: int) -> None:
    assert hybrid.unwrap([changed(hybrid.recipient.wrap(FILE_KEY), at)]) is None


def test_changed_body_is_no_match(hybrid: HybridIdentity) -> None:
    wrap = hybrid.recipient.wrap(FILE_KEY)
    body = bytes([wrap.body[0] ^ 1]) + wrap.body[1:]
    assert hybrid.unwrap([Stanza(HYBRID, wrap.arguments, body)]) is None


def test_wrap_for_another_purpose_is_no_match(hybrid: HybridIdentity) -> None:
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    sealed = suite.encrypt(FILE_KEY, hybrid.recipient._key(), b"age-encryption.org/v1/X25519")
    wrap = Stanza(HYBRID, (encode64(sealed[:SHARE_BYTES]),), sealed[SHARE_BYTES:])
    assert hybrid.unwrap([wrap]) is None


@pytest.mark.parametrize("kind", [HYBRID.upper(), "X25519", f"{HYBRID}x"])
def test_stanza_of_another_name_is_passed_by(hybrid: HybridIdentity, kind: str) -> None:
    wrap = hybrid.recipient.wrap(FILE_KEY)
    assert hybrid.unwrap([Stanza(kind, wrap.arguments, wrap.body)]) is None
    assert hybrid.unwrap([Stanza(kind, (), b"")]) is None


@pytest.mark.parametrize(
    "arguments",
    [(), ("QUFB",), (encode64(bytes(32)),)]
    + [(encode64(b"\1" * (SHARE_BYTES + by)),) for by in (-32, -1, 1)]
    + [(encode64(b"\1" * SHARE_BYTES), "extra")],
)
def test_malformed_stanza_of_its_kind_is_a_bad_header(
    hybrid: HybridIdentity, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(HeaderError, match="hybrid share"):
        hybrid.unwrap([Stanza(HYBRID, arguments, bytes(32))])


def test_share_that_is_not_canonical_base64_is_a_bad_header(hybrid: HybridIdentity) -> None:
    wrap = hybrid.recipient.wrap(FILE_KEY)
    with pytest.raises(HeaderError, match="base64"):
        hybrid.unwrap([Stanza(HYBRID, (wrap.arguments[0] + "=",), wrap.body)])


@pytest.mark.parametrize("file_key_bytes", [0, 15, 17, 32])
def test_wrapped_key_of_another_length_is_never_opened(
    hybrid: HybridIdentity, file_key_bytes: int
) -> None:
    with pytest.raises(HeaderError, match="wrong length"):
        hybrid.unwrap([hybrid.recipient.wrap(bytes(file_key_bytes))])


@pytest.mark.parametrize("point", LOW_ORDER)
def test_low_order_share_is_a_bad_header(hybrid: HybridIdentity, point: bytes) -> None:
    wrap = hybrid.recipient.wrap(FILE_KEY)
    share = decode64(wrap.arguments[0])[:-32] + point
    with pytest.raises(HeaderError, match="hybrid share"):
        hybrid.unwrap([Stanza(HYBRID, (encode64(share),), wrap.body)])


@pytest.mark.parametrize("point", LOW_ORDER)
def test_low_order_recipient_is_refused_before_anything_is_sealed_to_it(
    hybrid: HybridIdentity, point: bytes
) -> None:
    text = bech32.encode("age1pq", hybrid.recipient.public[:-32] + point)
    with pytest.raises(RecipientError, match="not a safe key") as caught:
        HybridRecipient.parse(text)
    assert len(str(caught.value)) < 100


def test_recipient_with_an_impossible_ml_kem_half_is_refused(hybrid: HybridIdentity) -> None:
    text = bech32.encode("age1pq", b"\xff" * 1184 + hybrid.recipient.public[-32:])
    with pytest.raises(RecipientError, match="not a safe key"):
        HybridRecipient.parse(text)


@pytest.mark.parametrize("length", [0, 32, 1215, 1217])
def test_recipient_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(RecipientError, match="not a hybrid recipient"):
        HybridRecipient.parse(bech32.encode("age1pq", bytes(length)))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_secret_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(RecipientError, match="not a hybrid identity"):
        HybridIdentity.parse(bech32.encode("age-secret-key-pq-", bytes(length)).upper())


def test_texts_in_the_other_case_are_refused_as_stock_age_does(hybrid: HybridIdentity) -> None:
    with pytest.raises(RecipientError):
        HybridRecipient.parse(str(hybrid.recipient).upper())
    with pytest.raises(RecipientError):
        HybridIdentity.parse(hybrid.secret_text().lower())


def test_one_kind_is_never_taken_for_the_other(
    hybrid: HybridIdentity, identity: X25519Identity
) -> None:
    with pytest.raises(RecipientError):
        HybridRecipient.parse(str(identity.recipient))
    with pytest.raises(RecipientError):
        HybridIdentity.parse(identity.secret_text())
    with pytest.raises(RecipientError):
        X25519Identity.parse(hybrid.secret_text())


def test_wiped_identity_opens_nothing_and_tells_nothing(hybrid: HybridIdentity) -> None:
    wrap = hybrid.recipient.wrap(FILE_KEY)
    secret = hybrid._secret
    assert secret != bytes(32)
    hybrid.wipe()
    assert secret == bytes(32)
    with pytest.raises(LockedError):
        hybrid.unwrap([wrap])
    with pytest.raises(LockedError):
        hybrid.unwrap([])
    with pytest.raises(LockedError):
        hybrid.secret_text()
    assert hybrid.recipient.wrap(FILE_KEY).type == HYBRID


def test_secret_is_in_no_representation(hybrid: HybridIdentity) -> None:
    assert hybrid._secret.hex() not in repr(hybrid)
    assert hybrid.secret_text() not in repr(hybrid)


def test_keyring_holds_one_of_each_and_wipes_it(hybrid: HybridIdentity) -> None:
    keyring = Keyring()
    twice = HybridIdentity.parse(hybrid.secret_text())
    keyring.hold(hybrid, twice)
    assert keyring.identities == (hybrid,)
    assert keyring.open(seal_bytes(b"film", [hybrid.recipient])) == b"film"
    keyring.lock()
    with pytest.raises(LockedError):
        hybrid.secret_text()


def test_file_opens_for_each_of_its_hybrid_recipients_alone(
    hybrid: HybridIdentity, identity: X25519Identity
) -> None:
    other = HybridIdentity.generate()
    sealed = seal_bytes(b"film", [hybrid.recipient, other.recipient])
    assert open_bytes(sealed, [identity, hybrid]) == open_bytes(sealed, [other]) == b"film"
    with pytest.raises(NoMatchError):
        open_bytes(sealed, [identity, HybridIdentity.generate()])


def test_no_other_kind_shares_a_new_file_with_a_hybrid_one(
    hybrid: HybridIdentity, identity: X25519Identity
) -> None:
    others: list[Recipient] = [identity.recipient, ScryptRecipient("six words", 1)]
    for other in others:
        for together in ([hybrid.recipient, other], [other, hybrid.recipient]):
            card = io.BytesIO()
            with pytest.raises(RecipientError, match="cannot seal"):
                ChunkSealer(card, together)
            assert not card.getvalue()


def test_machine_without_ml_kem_is_told_what_to_install() -> None:
    with pytest.raises(RecipientError, match="no ML-KEM"), ml_kem_needed():
        raise UnsupportedAlgorithm("as cryptography does with an old OpenSSL")


@pytest.mark.parametrize("size_bytes", [0, 3 * CHUNK_BYTES + 1])
def test_another_age_opens_what_is_sealed_and_seals_what_opens(
    hybrid: HybridIdentity, typage: Typage, size_bytes: int
) -> None:
    plain = bytes(size_bytes)
    sealed = seal_bytes(plain, [HybridIdentity.generate().recipient, hybrid.recipient])
    assert typage.open(sealed, Key(identity=hybrid.secret_text())) == plain
    theirs = typage.seal(plain, [str(hybrid.recipient)], "", is_armored=False)
    assert open_bytes(theirs, [hybrid]) == plain
