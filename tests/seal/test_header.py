import io

import pytest

from vigbox.seal.errors import CutHeaderError, HeaderError, HeaderMacError
from vigbox.seal.header import format_header, parse_header
from vigbox.seal.stanza import Stanza

KEY = bytes(16)
STANZA = Stanza("X25519", ("share",), bytes(32))
HEADER = format_header([STANZA, STANZA], KEY)


def test_header_comes_back_and_the_source_stands_right_after_it() -> None:
    source = io.BytesIO(HEADER + b"payload")
    header = parse_header(source)
    header.check(KEY)
    assert header.stanzas == (STANZA, STANZA)
    assert header.size_bytes == source.tell() == len(HEADER)


def test_another_file_key_does_not_match_the_mac() -> None:
    with pytest.raises(HeaderMacError):
        parse_header(io.BytesIO(HEADER)).check(b"another file key")


@pytest.mark.parametrize("length", range(len(HEADER)))
def test_a_header_cut_anywhere_is_told_as_cut(length: int) -> None:
    with pytest.raises(CutHeaderError):
        parse_header(io.BytesIO(HEADER[:length]))


@pytest.mark.parametrize("at", [0, 5, 21, 22, 24, 60, 100, len(HEADER) - 2])
def test_a_changed_header_never_opens(at: int) -> None:
    changed = bytearray(HEADER)
    changed[at] ^= 1
    with pytest.raises((HeaderError, HeaderMacError)):
        parse_header(io.BytesIO(changed)).check(KEY)


def test_no_recipient_is_refused() -> None:
    with pytest.raises(HeaderError):
        parse_header(io.BytesIO(format_header([], KEY)))


@pytest.mark.parametrize("body", [b"A" * (1 << 20), b"-> X\n\n" * (1 << 18)])
def test_an_endless_header_is_given_up_early(body: bytes) -> None:
    source = io.BytesIO(b"age-encryption.org/v1\n-> X\n" + body * 2)
    with pytest.raises(HeaderError):
        parse_header(source)
    assert source.tell() <= (1 << 20) + (1 << 16)
