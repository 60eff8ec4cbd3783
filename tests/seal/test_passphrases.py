from types import ModuleType

import pytest

from vigbox.seal.errors import (
    HeaderError,
    NoMatchError,
    RecipientError,
    SealError,
    WrongPassphraseError,
)
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.passphrases import (
    ScryptIdentity,
    ScryptRecipient,
    first_unknown,
    generate_passphrase,
    plain,
    word_list,
)
from vigbox.seal.sealing import seal_bytes
from vigbox.seal.stanza import Stanza, encode64

SALT = encode64(bytes(16))


def test_another_age_opens_what_a_passphrase_sealed(other_age: ModuleType) -> None:
    sealed = seal_bytes(b"the key", [ScryptRecipient("six words", 10)])
    assert other_age.passphrase.decrypt(sealed, "six words") == b"the key"


def test_what_another_age_sealed_is_opened(other_age: ModuleType) -> None:
    sealed = other_age.passphrase.encrypt(b"the key", "six words")
    assert open_bytes(sealed, [ScryptIdentity("six words")]) == b"the key"


def test_wrong_passphrase_is_told_as_such() -> None:
    sealed = seal_bytes(b"the key", [ScryptRecipient("right", 4)])
    with pytest.raises(WrongPassphraseError):
        open_bytes(sealed, [ScryptIdentity("wrong")])


def test_right_passphrase_after_a_wrong_one_opens() -> None:
    sealed = seal_bytes(b"the key", [ScryptRecipient("right", 4)])
    assert open_bytes(sealed, [ScryptIdentity("wrong"), ScryptIdentity("right")]) == b"the key"


def test_file_for_a_key_is_no_match_for_a_passphrase(identity: X25519Identity) -> None:
    sealed = seal_bytes(b"", [identity.recipient])
    with pytest.raises(NoMatchError) as caught:
        open_bytes(sealed, [ScryptIdentity("any")])
    assert not isinstance(caught.value, WrongPassphraseError)


def test_passphrase_stands_alone(identity: X25519Identity) -> None:
    with pytest.raises(RecipientError, match="only recipient"):
        seal_bytes(b"", [ScryptRecipient("six words", 4), identity.recipient])


def test_empty_passphrase_is_refused() -> None:
    with pytest.raises(RecipientError):
        ScryptRecipient("")


@pytest.mark.parametrize(
    "arguments",
    [(), (SALT,), (SALT, "4", "5"), ("AAAA", "4"), (SALT, "04"), (SALT, "+4"), (SALT, "٤")],
)
def test_malformed_stanza_is_a_bad_header(arguments: tuple[str, ...]) -> None:
    with pytest.raises(HeaderError):
        ScryptIdentity("any").unwrap([Stanza("scrypt", arguments, bytes(32))])


def test_too_much_work_is_refused_before_it_is_done() -> None:
    with pytest.raises(HeaderError, match=r"2\^23"):
        ScryptIdentity("any").unwrap([Stanza("scrypt", (SALT, "23"), bytes(32))])


def test_passphrases_are_six_words_and_never_the_same() -> None:
    drawn = {generate_passphrase() for _ in range(50)}
    assert len(drawn) == 50
    # four words of the list have a dash of their own
    assert all(text.count("-") >= 5 and text == text.lower() for text in drawn)


def test_errors_of_passphrases_are_seal_errors() -> None:
    assert issubclass(WrongPassphraseError, SealError)


@pytest.mark.parametrize(
    ("typed", "made"),
    [("  Abacus abide\tyo-yo ", "abacus-abide-yo-yo"), ("ABACUS--abide", "abacus-abide"), ("", "")],
)
def test_a_passphrase_is_the_same_however_it_is_typed(typed: str, made: str) -> None:
    assert plain(typed) == made


@pytest.mark.parametrize(
    ("passphrase", "number"),
    [("abacus-abide", None), ("yo-yo-abide-t-shirt", None), ("abacus-abidee", 2), ("", 1),
     ("yo-yo-nonsense", 2), ("t-shirts-abide", 1)],
)  # fmt: skip
def test_a_word_that_is_not_listed_is_found(passphrase: str, number: int | None) -> None:
    assert first_unknown(passphrase, set(word_list())) == number
