"""Files in hundreds of shapes, sealed here and opened elsewhere, and the other way round.

VIGBOX_SOAK_CASES says how many cases there are in all; 300 without it.
"""

import io
import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.seal.differential.peers import (
    WORK_FACTOR,
    Key,
    Peer,
    Pyrage,
    RefusedError,
    StockAge,
    Typage,
)
from vigbox.seal.armor import ArmorReader, ArmorWriter
from vigbox.seal.chunks import MOST_CHUNKS
from vigbox.seal.errors import SealError
from vigbox.seal.identities import Identity, X25519Identity
from vigbox.seal.opening import SeekableReader, open_stream
from vigbox.seal.passphrases import ScryptIdentity, ScryptRecipient
from vigbox.seal.payload import CHUNK_BYTES
from vigbox.seal.recipients import Recipient
from vigbox.seal.sealing import SealingWriter

CASES = int(os.environ.get("VIGBOX_SOAK_CASES", "300"))
# a program takes its time to start, so stock age gets a smaller part
PARTS = {"age": 0.14, "pyrage": 0.43, "typage": 0.43}
SIZES = [
    0,
    1,
    *(edge * CHUNK_BYTES + by for edge in (1, 2, 3) for by in (-1, 0, 1)),
]
# how many chunks are read, sealed and sent at once; a tenth of the cases is that large
LARGE_SIZES = [
    edge * MOST_CHUNKS * CHUNK_BYTES + by for edge in (1, 2) for by in (-1, 0, 1, 70_000)
]


@dataclass
class Case:
    """A file to be made, and who opens it; ``seed`` makes it again."""

    seed: int
    plain: bytes = field(repr=False)
    identities: list[X25519Identity] = field(repr=False)
    opener: int
    passphrase: str
    is_armored: bool

    @property
    def recipients(self) -> list[Recipient]:
        if self.passphrase:
            return [ScryptRecipient(self.passphrase, WORK_FACTOR)]
        return [each.recipient for each in self.identities]

    @property
    def key(self) -> Key:
        if self.passphrase:
            return Key(passphrase=self.passphrase)
        return Key(identity=self.identities[self.opener].secret_text())

    @property
    def identity(self) -> Identity:
        if self.passphrase:
            return ScryptIdentity(self.passphrase)
        return self.identities[self.opener]


def draw(seed: int, *, may_stretch: bool) -> Case:
    chance = random.Random(seed)
    size = chance.choice([*SIZES, chance.randrange(1000), chance.randrange(5 * CHUNK_BYTES)])
    size = chance.choice(LARGE_SIZES) if chance.random() < 0.1 else size
    passphrase = chance.choice(["six words", "Grüße, Ærø", "x" * 200])
    count = chance.choice([1, 1, 2, 3, 20])
    return Case(
        seed=seed,
        plain=chance.randbytes(size),
        identities=[X25519Identity(bytearray(chance.randbytes(32))) for _ in range(count)],
        opener=chance.randrange(count),
        passphrase=passphrase if may_stretch and chance.random() < 0.2 else "",
        is_armored=chance.random() < 0.3,
    )


def seal_here(case: Case, chance: random.Random) -> bytes:
    """Seal in pieces of any size, the rest at times out of a file."""
    sealed = io.BytesIO()
    armor = ArmorWriter(sealed) if case.is_armored else None
    with SealingWriter(armor or sealed, case.recipients) as writer:
        rest = memoryview(case.plain)
        from_file = chance.choice([0, 0, len(rest), chance.randrange(len(rest) + 1)])
        while len(rest) > from_file:
            piece = chance.choice([1, 1000, CHUNK_BYTES, chance.randint(1, 200_000), 1 << 20])
            writer.write(rest[:piece])
            rest = rest[piece:]
        writer.write_from(Dribble(bytes(rest), chance))
    if armor:
        armor.close()
    return sealed.getvalue()


class Dribble(io.BytesIO):
    """Gives a part of what is asked for, as a pipe does."""

    def __init__(self, data: bytes, chance: random.Random) -> None:
        super().__init__(data)
        self._chance = chance

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size and self._chance.randint(1, max(size, 1)))

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # as io calls it
        return super().readinto(buffer[: self._chance.randint(1, max(len(buffer), 1))])


def by_stream(sealed: bytes, identity: Identity, chance: random.Random) -> bytes:
    reader = open_stream(Dribble(sealed, chance), [identity])
    pieces = iter(lambda: reader.read(chance.choice([1, 7000, CHUNK_BYTES, 500_000])), b"")
    match chance.choice(["pieces", "chunks", "sink"]):
        case "pieces":
            return b"".join(pieces)
        case "chunks":
            return b"".join(reader)
        case _:
            found = bytearray(reader.read(chance.choice([0, 1, 70_000])))
            reader.read_into(found.extend)
            return bytes(found)


def by_place(sealed: bytes, identity: Identity, chance: random.Random) -> bytes:
    """Open in slices drawn in any order."""
    if sealed.startswith(b"-"):
        sealed = io.BufferedReader(ArmorReader(io.BytesIO(sealed))).read()
    reader = SeekableReader(
        lambda at, n: sealed[at : at + n], len(sealed), [identity], cached_chunks=2
    )
    cuts = sorted(chance.randrange(reader.size + 1) for _ in range(5))
    slices = [*zip([0, *cuts], [*cuts, reader.size], strict=True)]
    found = {}
    for start, end in chance.sample(slices, len(slices)):
        found[start, end] = reader.read_at(start, end - start)
    return b"".join(found[each] for each in slices)


READERS: list[Callable[[bytes, Identity, random.Random], bytes]] = [by_stream, by_place]


def damaged(sealed: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Flip a bit, cut or lengthen a file that is not armored."""
    at = chance.randrange(len(sealed))
    match chance.choice(["flipped", "cut", "lengthened"]):
        case "flipped":
            flipped = sealed[at] ^ 1 << chance.randrange(8)
            return f"flipped at {at}", sealed[:at] + bytes([flipped]) + sealed[at + 1 :]
        case "cut":
            return f"cut at {at}", sealed[:at]
        case _:
            return "lengthened", sealed + chance.randbytes(chance.choice([1, 16, 17, 70_000]))


def check_refused(case: Case, peer: Peer, sealed: bytes, key: Key, what: str) -> None:
    with suppress(RefusedError):
        peer.open(sealed, key)
        pytest.fail(f"the other age opens {case}, {what}")
    identity = X25519Identity.parse(key.identity) if key.identity else case.identity
    for reads in READERS:
        with suppress(SealError):
            reads(sealed, identity, random.Random(case.seed))
            pytest.fail(f"{case}, {what}, is opened {reads.__name__}")


def check(case: Case, peer: Peer) -> None:
    """See that both sides open what the other sealed, and both refuse what is damaged."""
    chance = random.Random(case.seed)
    sealed = seal_here(case, chance)
    assert peer.open(sealed, case.key) == case.plain, f"the other age opens ours, {case}"
    if not case.passphrase or "seal" in peer.passphrases:
        recipients = [] if case.passphrase else [str(each.recipient) for each in case.identities]
        theirs = peer.seal(case.plain, recipients, case.passphrase, is_armored=case.is_armored)
        for reads in READERS:
            found = reads(theirs, case.identity, chance)
            assert found == case.plain, f"{reads.__name__} opens theirs, {case}"
        sealed = chance.choice([sealed, theirs])
    if not case.is_armored and chance.random() < 0.7:
        what, broken = damaged(sealed, chance)
        check_refused(case, peer, broken, case.key, what)
    elif not case.passphrase:
        stranger = X25519Identity.generate().secret_text()
        check_refused(case, peer, sealed, Key(identity=stranger), "by a stranger")


@pytest.fixture
def peers(tmp_path: Path) -> dict[str, Callable[[], Peer]]:
    return {"age": lambda: StockAge(tmp_path), "pyrage": Pyrage, "typage": Typage}


@pytest.fixture(params=PARTS)
def named_peer(
    request: pytest.FixtureRequest, peers: dict[str, Callable[[], Peer]]
) -> Iterator[tuple[str, Peer]]:
    with closing(peers[request.param]()) as peer:
        yield request.param, peer


def test_each_age_opens_what_the_other_seals_and_refuses_what_it_refuses(
    named_peer: tuple[str, Peer], chance: random.Random
) -> None:
    name, peer = named_peer
    for _ in range(round(CASES * PARTS[name])):
        case = draw(chance.randrange(1 << 32), may_stretch="open" in peer.passphrases)
        check(case, peer)
