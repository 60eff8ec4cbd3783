"""The start of an age file, opened: where its payload begins, and what opens its chunks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vigbox.seal.errors import CutHeaderError, NoMatchError, PayloadError, WrongPassphraseError
from vigbox.seal.header import Header, parse_header
from vigbox.seal.identities import Identity
from vigbox.seal.payload import (
    NONCE_BYTES,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    chunk_nonce,
    payload_key,
)


class Source(Protocol):
    """A binary file that is read from its start."""

    def read(self, size: int, /) -> bytes:
        """Give up to ``size`` bytes, none at the end."""

    def readline(self, limit: int, /) -> bytes:
        """Give bytes up to and with a newline, at most ``limit``."""


@dataclass(frozen=True, slots=True)
class OpenedHeader:
    """Where the payload's chunks begin in the file, and the payload's 32-byte key."""

    payload_offset: int
    payload_key: bytes = field(repr=False)
    cipher: ChaCha20Poly1305 = field(repr=False)

    def chunk_offset(self, index: int) -> int:
        """Give the place of a chunk in the file."""
        return self.payload_offset + index * SEALED_CHUNK_BYTES

    def open_chunk(self, index: int, sealed: bytes | memoryview, *, is_final: bool) -> bytes:
        """Give a chunk's text. Raises :class:`PayloadError` when it is not this chunk, whole."""
        text = self.try_chunk(index, sealed, is_final=is_final)
        if text is None:
            raise self.refusal(index)
        return text

    def refusal(self, index: int) -> PayloadError:
        """Give the error of a chunk that cannot be opened."""
        return PayloadError(
            f"cannot open the file: chunk {index}, at byte {self.chunk_offset(index)}, is "
            "damaged or cut off. Use another copy; `vigbox salvage` gets the rest of a film."
        )

    def try_chunk(self, index: int, sealed: bytes | memoryview, *, is_final: bool) -> bytes | None:
        """Give a chunk's text, or None unless it was sealed for this place with this flag.

        Only the final chunk may be short, and only that of an empty payload empty.
        """
        if not _may_be_chunk(index, len(sealed), is_final=is_final):
            return None
        try:
            return self.cipher.decrypt(chunk_nonce(index, is_final=is_final), sealed, None)
        except InvalidTag:
            return None

    def try_chunk_into(
        self, place: memoryview, index: int, sealed: bytes | memoryview, *, is_final: bool
    ) -> int | None:
        """Put a chunk's text at the start of ``place``; gives its length, or None as ``try_chunk``.

        After None, ``place`` holds what nobody vouches for: it must not be given out.
        """
        if not _may_be_chunk(index, len(sealed), is_final=is_final):
            return None
        text = place[: len(sealed) - TAG_BYTES]
        try:
            self.cipher.decrypt_into(chunk_nonce(index, is_final=is_final), sealed, None, text)
        except InvalidTag:
            return None
        return len(text)


def open_header(source: Source, identities: Sequence[Identity]) -> OpenedHeader:
    """Read the header and nonce with the first identity that matches.

    ``source`` is left at the first chunk. Raises HeaderError, :class:`CutHeaderError`,
    HeaderMacError, :class:`NoMatchError`, :class:`WrongPassphraseError`, LockedError.
    """
    header = parse_header(source)
    file_key = _unwrap(header, identities)
    header.check(file_key)
    nonce = read_fully(source, NONCE_BYTES)
    if len(nonce) < NONCE_BYTES:
        raise CutHeaderError("cannot open the file: it ends right after its age header")
    key = payload_key(file_key, nonce)
    return OpenedHeader(header.size_bytes + NONCE_BYTES, key, ChaCha20Poly1305(key))


def read_fully(source: Source, size_bytes: int) -> bytes:
    """Read this many bytes, fewer only at the end of the source."""
    data = source.read(size_bytes)
    while data and len(data) < size_bytes:
        more = source.read(size_bytes - len(data))
        if not more:
            break
        data += more
    return data


def _may_be_chunk(index: int, sealed_bytes: int, *, is_final: bool) -> bool:
    shortest = TAG_BYTES + (index > 0) if is_final else SEALED_CHUNK_BYTES
    return shortest <= sealed_bytes <= SEALED_CHUNK_BYTES


def _unwrap(header: Header, identities: Sequence[Identity]) -> bytes:
    refusal = NoMatchError("cannot open the file: it is not sealed to any identity given here")
    for identity in identities:
        try:
            file_key = identity.unwrap(header.stanzas)
        except WrongPassphraseError as error:
            refusal = error
            continue
        if file_key is not None:
            return file_key
    raise refusal
