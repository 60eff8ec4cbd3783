"""What a power cut or a tired card makes of a sealed film, and what must be left of it."""

import random
from dataclasses import dataclass, field
from typing import Any, Final

from vigbox.media.fragments import FilmIndex
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES

# as many bits as the camera's encoder gives, so that a fragment takes several chunks
BITRATE: Final = ":bitrate=4000:vbv-maxrate=4000:vbv-bufsize=400:nal-hrd=cbr"


@dataclass(frozen=True)
class Film:
    """A finished film: its plain bytes without C, its file, and where its chunks begin."""

    plain: bytes
    sealed: bytes
    start: int

    @property
    def chunks(self) -> int:
        return len(self.plain) // CHUNK_BYTES

    def edge(self, chunk: int) -> int:
        return self.start + chunk * SEALED_CHUNK_BYTES

    def chunk(self, index: int) -> bytes:
        return self.plain[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES]

    def sync_end(self, chunks: int) -> int:
        """Where the last sync point in the first chunks lies; 0 when there is none."""
        index = FilmIndex.scan(lambda at, n: self.plain[at : at + n], chunks * CHUNK_BYTES)
        return index.sync_end if index.picture_count else 0


@dataclass
class Card:
    """A film's file after something happened, and what a reader must make of it.

    ``chunks`` are served but for the ``holes`` among them; what follows is a tail.
    """

    what: str
    data: bytearray = field(repr=False)
    chunks: int
    holes: set[int] = field(default_factory=set)
    is_finished: bool = False

    def pread(self, offset: int, size: int) -> bytes:
        return bytes(self.data[offset : offset + size])


def cut(film: Film, chance: random.Random, least: int = 0) -> Card:
    """End the file at any byte after ``least`` whole chunks, one in five times at an edge."""
    at = chance.randrange(film.edge(least), len(film.sealed))
    if chance.random() < 0.2:
        at = film.edge(chance.randint(least, film.chunks))
    chunks = (at - film.start) // SEALED_CHUNK_BYTES
    return Card(f"cut at {at}", bytearray(film.sealed[:at]), chunks)


def zeroed_tail(film: Film, chance: random.Random, least: int = 0) -> Card:
    """End the file like a file system that had given room, and wrote nothing into it."""
    card = cut(film, chance, least)
    zeros = chance.choice([1, 24, 4096, SEALED_CHUNK_BYTES, chance.randrange(1, 300_000)])
    card.data += bytes(zeros)
    card.what += f", then {zeros} zeros"
    return card


def flipped(film: Film, chance: random.Random, least: int = 0) -> Card:
    """Turn a few bits, in a film that was cut or in a finished one."""
    card = cut(film, chance, least)
    if chance.random() < 0.3:
        card = Card("whole", bytearray(film.sealed), film.chunks, is_finished=True)
    for _ in range(min(chance.choice([1, 1, 2, 5]), len(card.data) - film.edge(least))):
        at = chance.randrange(film.edge(least), len(card.data))
        card.data[at] ^= 1 << chance.randrange(8)
        card.holes.add((at - film.start) // SEALED_CHUNK_BYTES)
        card.what += f", flipped at {at}"
    return _settled(card, film)


def hole(film: Film, chance: random.Random, least: int = 0) -> Card:
    """Zero a chunk that others follow."""
    card = cut(film, chance, least)
    if card.chunks - least > 1:
        index = chance.randrange(least, card.chunks - 1)
        card.data[film.edge(index) : film.edge(index + 1)] = bytes(SEALED_CHUNK_BYTES)
        card.holes.add(index)
        card.what += f", chunk {index} zeroed"
    return card


def _settled(card: Card, film: Film) -> Card:
    """Tell what of the flipped chunks is a tail: those that nothing good follows."""
    # two flips of one bit are none, and so rare that they are taken back
    card.holes = {each for each in card.holes if not _is_same(card, film, each)}
    card.is_finished = card.is_finished and film.chunks not in card.holes
    while not card.is_finished and card.chunks - 1 in card.holes:
        card.chunks -= 1
    card.holes = {each for each in card.holes if each < card.chunks}
    return card


def _is_same(card: Card, film: Film, index: int) -> bool:
    at, end = film.edge(index), min(film.edge(index + 1), len(card.data))
    return card.data[at:end] == film.sealed[at:end]


class Witness:
    """Stands where the cipher is imported; remembers each text that a key and a nonce sealed."""

    def __init__(self, cipher: Any) -> None:
        self._cipher = cipher
        self.texts: dict[tuple[bytes, bytes], set[bytes]] = {}

    def __call__(self, key: bytes) -> "_Watched":
        return _Watched(self, key, self._cipher(key))


class _Watched:
    """One key's cipher, watched."""

    def __init__(self, witness: Witness, key: bytes, cipher: Any) -> None:
        self._witness = witness
        self._key = key
        self._cipher = cipher

    def __getattr__(self, name: str) -> Any:
        assert not name.startswith("encrypt"), f"{name} is not watched"
        return getattr(self._cipher, name)

    def encrypt(self, nonce: bytes, text: Any, associated: bytes | None) -> Any:
        self._note(nonce, text)
        return self._cipher.encrypt(nonce, text, associated)

    def encrypt_into(self, nonce: bytes, text: Any, associated: bytes | None, into: Any) -> Any:
        self._note(nonce, text)
        return self._cipher.encrypt_into(nonce, text, associated, into)

    def _note(self, nonce: bytes, text: Any) -> None:
        self._witness.texts.setdefault((self._key, nonce), set()).add(bytes(text))
