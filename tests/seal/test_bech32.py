import pytest

from vigbox.seal import bech32
from vigbox.seal.errors import RecipientError

# BIP 173's own vectors that are whole bytes under a prefix
BIP173 = "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"


def test_bip173_vector_is_read_and_written_back() -> None:
    data = bech32.decode("split", BIP173)
    assert data.hex() == "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d"
    assert bech32.encode("split", data) == BIP173


def test_uppercase_is_the_same_key() -> None:
    assert bech32.decode("split", BIP173.upper()) == bech32.decode("split", BIP173)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "split1",
        BIP173[:-1],
        BIP173[:-1] + "q",
        BIP173.replace("check", "Check"),
        BIP173.replace("k", "b"),
        BIP173 + "é",
        "spilt" + BIP173[5:],
        # the padding bits of the last letter are not zero, the checksum is right
        "split1pp8p60m9",
    ],
)
def test_other_texts_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(RecipientError) as caught:
        bech32.decode("split", text)
    assert len(text) < 10 or text not in str(caught.value)


@pytest.mark.parametrize("length", range(40))
def test_any_length_comes_back(length: int) -> None:
    data = bytes(range(length))
    assert bech32.decode("age", bech32.encode("age", data)) == data
