import pytest

from vigbox.seal.errors import HeaderError
from vigbox.seal.stanza import Stanza, decode64, encode64, parse_stanza


@pytest.mark.parametrize("length", [0, 1, 47, 48, 49, 95, 96, 97])
def test_stanza_comes_back_from_its_lines(length: int) -> None:
    stanza = Stanza("X25519", ("one", "two"), bytes(length))
    first, *following = stanza.to_bytes().removesuffix(b"\n").split(b"\n")
    assert parse_stanza(first, iter(following)) == stanza
    assert len(following[-1]) < 64


def test_no_more_lines_are_taken_than_the_body_has() -> None:
    lines = iter([b"AAAA", b"--- MAC"])
    parse_stanza(b"-> X", lines)
    assert next(lines) == b"--- MAC"


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "AA==", "A A", "AA\n", "====", "é", "-_-_"])
def test_base64_has_one_form(text: str) -> None:
    with pytest.raises(HeaderError):
        decode64(text.encode())


def test_base64_comes_back() -> None:
    assert decode64(encode64(b"twelve")) == b"twelve"


@pytest.mark.parametrize("first", [b"-> ", b"-> X  Y", b"-> X ", b"-> X\x00", b"-> X\xc3\xa9"])
def test_malformed_arguments_are_refused(first: bytes) -> None:
    with pytest.raises(HeaderError):
        parse_stanza(first, iter([b""]))
