"""Targets for fuzzing guided by coverage: python -m tests.seal.fuzz TARGET [libFuzzer's options].

A target raises where the package gives out an error that is not its own, or where two of its
readers do not agree. The targets: header, payload, armor, keys, and planted, which has a bug.
"""

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

atheris: Any = import_module("atheris")

with atheris.instrument_imports(include=["vigbox.seal"]):
    from vigbox.seal.armor import ArmorReader, ArmorWriter
    from vigbox.seal.errors import SealError
    from vigbox.seal.films import FilmReader
    from vigbox.seal.header import format_header, parse_header
    from vigbox.seal.identities import X25519Identity, parse_identities
    from vigbox.seal.opening import SeekableReader, StreamReader, open_header, open_stream
    from vigbox.seal.passphrases import ScryptIdentity
    from vigbox.seal.payload import CHUNK_BYTES, NONCE_BYTES, TAG_BYTES, chunk_nonce, payload_key
    from vigbox.seal.recipients import parse_recipient
    from vigbox.seal.sealing import FINAL_TEXT
    from vigbox.seal.signing import VerifyKey
    from vigbox.seal.stanza import Stanza

FILE_KEY: Final = bytes(range(16))
NONCE: Final = bytes(NONCE_BYTES)
HEADER: Final = format_header([Stanza("fuzz", (), b"")], FILE_KEY) + NONCE
# the one that most of age's public vectors are sealed to
IDENTITY: Final = X25519Identity.parse(
    "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"
)
# more work would be a slow case, not a bug
PASSPHRASE: Final = ScryptIdentity("password", max_work_factor=3)


class WrongError(Exception):
    """The package does other than it says."""


class _Knows:
    """An identity that has the file key, whatever the stanzas say."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        return FILE_KEY if stanzas else None


def opened(reads: Callable[[], bytes]) -> bytes | None:
    """Give what is read, None when the package refuses."""
    try:
        return reads()
    except SealError:
        return None


def header(data: bytes) -> None:
    """Open any bytes; a header that is read has one form only, and its MAC counts."""
    opened(lambda: open_stream(io.BytesIO(data), [IDENTITY, PASSPHRASE]).read())
    source = io.BytesIO(data)
    try:
        found = parse_header(source)
    except SealError:
        return
    again = format_header(found.stanzas, FILE_KEY)
    if not again.startswith(found.covered) or source.tell() != found.size_bytes:
        raise WrongError("a header is read that would be written in another way")
    if (
        open_header(io.BytesIO(again + NONCE), [_Knows()]).payload_offset
        != len(again) + NONCE_BYTES
    ):
        raise WrongError("the payload begins somewhere else")


@cache
def _cipher() -> ChaCha20Poly1305:
    return ChaCha20Poly1305(payload_key(FILE_KEY, NONCE))


@cache
def _chunk(index: int, length: int, *, is_final: bool) -> bytes:
    text = FINAL_TEXT if length == len(FINAL_TEXT) else bytes([index]) * length
    return _cipher().encrypt(chunk_nonce(index, is_final=is_final), text, None)


def _payload(data: bytes) -> bytes:
    """Make a payload as two bytes after another tell; what no tag guards is no news."""
    made, index = bytearray(), 0
    for what, much in zip(data[:16:2], data[1:16:2], strict=False):
        match what % 8:
            case 0 | 1:
                made += _chunk(index, CHUNK_BYTES, is_final=False)
            case 2:
                made += _chunk(index, _LENGTHS[much % len(_LENGTHS)], is_final=True)
            case 3:
                made += _chunk(index, len(FINAL_TEXT), is_final=True)
            case 4:
                made += bytes((1, 24, CHUNK_BYTES + TAG_BYTES, much)[much % 4])
            case 5:
                del made[-(1 + much * 97) :]
            case 6 if made:
                made[much * 977 % len(made)] ^= 1 << much % 8
            case _:
                made += data[16 : 16 + much]
        index = index + 1 if what % 16 < 8 else much % 4
    return bytes(made)


_LENGTHS: Final = (0, 1, 7, 9, 1000, CHUNK_BYTES - 1, CHUNK_BYTES)


@dataclass(frozen=True)
class _Card:
    """A file read by place, as much as is asked for and sometimes less."""

    sealed: bytes

    def pread(self, offset: int, size: int) -> bytes:
        if offset < 0 or size < 0:
            raise WrongError(f"{size} bytes are asked for at {offset}")
        return self.sealed[offset : offset + min(size, 50_000)]


def payload(data: bytes) -> None:
    """Open chunks in any order, cut, flipped, zeroed; every reader must say the same."""
    sealed = HEADER + _payload(data)
    card, knows = _Card(sealed), [_Knows()]
    stream = opened(lambda: StreamReader(io.BytesIO(sealed), knows).read())
    if stream != opened(lambda: _by_place(SeekableReader(card.pread, len(sealed), knows), data)):
        raise WrongError("read from the start a file is another than read by place")
    if stream is not None and len(sealed) != _sealed_bytes(len(stream)):
        raise WrongError("a file is read that no writer would make of these bytes")
    try:
        film = FilmReader(card.pread, len(sealed), knows)
    except SealError:
        return
    _check_film(film, sealed, stream)


def _sealed_bytes(size: int) -> int:
    return len(HEADER) + size + TAG_BYTES * max(1, -(-size // CHUNK_BYTES))


def _by_place(reader: SeekableReader, data: bytes) -> bytes:
    size = reader.size
    cuts = [0, *sorted(int.from_bytes(data[:3]) * step % (size + 1) for step in (1, 3)), size]
    pieces = [reader.read_at(start, end - start) for start, end in pairwise(cuts)]
    return b"".join(pieces)


def _check_film(film: FilmReader, sealed: bytes, stream: bytes | None) -> None:
    plain = opened(lambda: film.read_at(0, film.size + 1))
    if film.is_finished and stream != (None if plain is None else plain + FINAL_TEXT):
        raise WrongError("a finished film is another than the file it is")
    if not film.is_finished and stream is not None:
        raise WrongError("a whole file is taken for a film that was cut")
    if film.size and not film.is_finished:
        offset, final = film.finishing(film.size)
        done = sealed[:offset] + final
        whole = opened(lambda: StreamReader(io.BytesIO(done), [_Knows()]).read())
        if whole != (None if plain is None else plain + FINAL_TEXT):
            raise WrongError("a film that was finished is not the film that was cut")


def armor(data: bytes) -> None:
    """Read any text; what is read has one form only, but for line ends and space around."""
    found = opened(io.BufferedReader(ArmorReader(io.BytesIO(data))).read)
    if found is None:
        return
    again = io.BytesIO()
    writer = ArmorWriter(again)
    writer.write(found)
    writer.close()
    if again.getvalue().split() != data.split():
        raise WrongError("an armor is read that would be written in another way")


def keys(data: bytes) -> None:
    """Read any text as each kind of key; what is read is written the same."""
    text = data.decode("utf-8", "replace")
    for reads in (parse_recipient, parse_identities, VerifyKey.from_text):
        try:
            found = reads(text)
        except SealError:
            continue
        if reads is parse_recipient and str(found) != text.strip():
            raise WrongError("a recipient is read that would be written in another way")


def planted(data: bytes) -> None:
    """Go wrong deep inside, where no chance alone would come."""
    if data[:1] == b"v" and data[1:2] == b"i" and data[2:3] == b"g" and data[3:4] == b"!":
        raise KeyError("planted")


TARGETS: Final = {each.__name__: each for each in (header, payload, armor, keys, planted)}


def main(arguments: list[str]) -> None:
    target = TARGETS[arguments[1]]
    if target is planted:
        atheris.instrument_func(target)
    atheris.Setup([arguments[0], *arguments[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
