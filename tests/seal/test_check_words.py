import hashlib
import hmac

import pytest

from vigbox.seal.check_words import check_words, matches
from vigbox.seal.errors import RecipientError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.passphrases import word_list

# the identity of the age project's own test vectors: never used for anything else
SECRET = "AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6"
WORDS = ("oak", "yo-yo", "ash")


def another_hkdf(secret: bytes, info: bytes) -> bytes:
    extracted = hmac.digest(bytes(32), secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)


def test_words_of_a_secret_never_change() -> None:
    # what was printed must still be right after every update
    printed = "rephrase discharge flap croon legwarmer fit mascot diabetes surpass extinct"
    assert " ".join(check_words(SECRET, word_list())) == f"{printed} lyrically garment"


def test_words_are_drawn_by_standard_hkdf() -> None:
    listed = word_list()
    for number, word in enumerate(check_words(SECRET, listed), 1):
        drawn = another_hkdf(SECRET.encode(), f"vigbox/v1/check-word/{number}".encode())
        assert word == listed[int(drawn.hex(), 16) % 7776]


def test_words_come_from_the_list_and_are_twelve(identity: X25519Identity) -> None:
    words = check_words(identity.secret_text(), word_list())
    assert len(words) == 12
    assert set(words) <= set(word_list())


def test_another_secret_has_other_words() -> None:
    drawn = {check_words(X25519Identity.generate().secret_text(), word_list()) for _ in range(20)}
    assert len(drawn) == 20


def test_word_beside_another_tells_another_one(identity: X25519Identity) -> None:
    words = check_words(identity.secret_text(), word_list())
    assert len(set(words)) > 9


@pytest.mark.parametrize("text", ["", "a secret", SECRET[:-1], SECRET.lower()])
def test_text_that_is_no_identity_is_refused(text: str) -> None:
    with pytest.raises(RecipientError) as caught:
        check_words(text, WORDS)
    assert SECRET[20:40] not in str(caught.value)


def test_empty_list_is_refused() -> None:
    with pytest.raises(RecipientError, match="empty"):
        check_words(SECRET, ())


@pytest.mark.parametrize("typed", ["yo-yo", "Yo-Yo", " yo yo ", "YOYO", "yo-yo\n"])
def test_word_is_right_whatever_its_case_spaces_and_dashes(typed: str) -> None:
    assert matches(WORDS, 2, typed)


@pytest.mark.parametrize(
    ("number", "typed"),
    [(1, "ash"), (1, ""), (1, "oa"), (1, "oaks"), (0, "ash"), (-1, "ash"), (4, "oak"), (1, "öak")],
)
def test_other_word_or_number_is_wrong(number: int, typed: str) -> None:
    assert not matches(WORDS, number, typed)
