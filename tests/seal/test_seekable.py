import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vigbox.seal.errors import CutHeaderError, PayloadError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import seal_bytes
from vigbox.seal.seekable import SeekableReader

EDGES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]


def held(sealed: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, size: sealed[offset : offset + size]


def test_a_read_anywhere_is_the_slice_of_the_whole(
    identity: X25519Identity, age_seals: Callable[[bytes], bytes], chance: random.Random
) -> None:
    plain = chance.randbytes(400_000)
    sealed = age_seals(plain)
    reader = SeekableReader(held(sealed), len(sealed), [identity], cached_chunks=2)
    for _ in range(200):
        offset = chance.choice([chance.randrange(410_000), 65_536, 65_535, 399_999])
        size = chance.choice([0, 1, 2, 1000, 65_536, 150_000])
        assert reader.read_at(offset, size) == plain[offset : offset + size]
    assert reader.size == len(plain)


@pytest.mark.parametrize("length", EDGES)
def test_size_is_true_around_the_edges(identity: X25519Identity, length: int) -> None:
    sealed = seal_bytes(bytes(length), [identity.recipient])
    reader = SeekableReader(held(sealed), len(sealed), [identity])
    assert reader.size == length
    assert reader.read_at(0, length + 1) == bytes(length)


def test_a_cut_file_is_refused_before_its_size_is_told(
    identity: X25519Identity, chance: random.Random
) -> None:
    sealed = seal_bytes(bytes(2 * CHUNK_BYTES + 9), [identity.recipient])
    edges = [len(sealed) - 25, len(sealed) - 25 - SEALED_CHUNK_BYTES]
    for cut in [*edges, *(chance.randrange(len(sealed)) for _ in range(50))]:
        with pytest.raises((CutHeaderError, PayloadError)):
            SeekableReader(held(sealed), cut, [identity])


def test_damage_is_found_where_it_is_and_read_around(identity: X25519Identity) -> None:
    sealed = bytearray(seal_bytes(bytes(3 * CHUNK_BYTES), [identity.recipient]))
    sealed[len(sealed) - SEALED_CHUNK_BYTES - 1] ^= 1
    reader = SeekableReader(held(bytes(sealed)), len(sealed), [identity])
    offset = len(sealed) - 2 * SEALED_CHUNK_BYTES
    with pytest.raises(PayloadError, match=f"chunk 1, at byte {offset},"):
        reader.read_at(0, reader.size)
    assert reader.read_at(2 * CHUNK_BYTES, CHUNK_BYTES) == bytes(CHUNK_BYTES)


def test_short_reads_are_gone_on_with(identity: X25519Identity) -> None:
    sealed = seal_bytes(bytes(100_000), [identity.recipient])

    def short(offset: int, size: int) -> bytes:
        return sealed[offset : offset + min(size, 1000)]

    reader = SeekableReader(short, len(sealed), [identity])
    assert reader.read_at(0, 100_000) == bytes(100_000)


def test_error_of_the_disk_is_no_damage(identity: X25519Identity) -> None:
    sealed = seal_bytes(bytes(3 * CHUNK_BYTES), [identity.recipient])
    broken = len(sealed) - 2 * SEALED_CHUNK_BYTES

    def pread(offset: int, size: int) -> bytes:
        if offset == broken:
            raise OSError("input/output error")
        return sealed[offset : offset + size]

    reader = SeekableReader(pread, len(sealed), [identity])
    with pytest.raises(OSError, match="input/output"):
        reader.read_at(CHUNK_BYTES, 1)


def test_negative_offset_is_refused(identity: X25519Identity) -> None:
    sealed = seal_bytes(b"x", [identity.recipient])
    with pytest.raises(ValueError, match="negative"):
        SeekableReader(held(sealed), len(sealed), [identity]).read_at(-1, 1)


def test_no_more_chunks_are_kept_than_allowed(identity: X25519Identity) -> None:
    sealed = seal_bytes(bytes(9 * CHUNK_BYTES), [identity.recipient])
    places: list[int] = []

    def pread(offset: int, size: int) -> bytes:
        places.append(offset)
        return sealed[offset : offset + size]

    reader = SeekableReader(pread, len(sealed), [identity], cached_chunks=3)
    reader.read_at(0, reader.size)
    assert len(reader._shelf._texts) == 3
    places.clear()
    reader.read_at(7 * CHUNK_BYTES, 2 * CHUNK_BYTES)
    assert not places


def test_chunk_in_use_is_kept_and_the_least_used_dropped(identity: X25519Identity) -> None:
    sealed = seal_bytes(bytes(5 * CHUNK_BYTES), [identity.recipient])
    reader = SeekableReader(held(sealed), len(sealed), [identity], cached_chunks=2)
    for chunk in (0, 1, 0, 2):
        reader.read_at(chunk * CHUNK_BYTES, 1)
    assert set(reader._shelf._texts) == {0, 2}


def test_many_threads_read_the_same_bytes(
    identity: X25519Identity, chance: random.Random, tmp_path: Path
) -> None:
    plain = chance.randbytes(10 * CHUNK_BYTES)
    path = tmp_path / "film.age"
    path.write_bytes(seal_bytes(plain, [identity.recipient]))
    offsets = [chance.randrange(len(plain)) for _ in range(400)]
    with path.open("rb") as file, ThreadPoolExecutor(8) as threads:
        reader = SeekableReader(
            lambda offset, size: os.pread(file.fileno(), size, offset),
            path.stat().st_size,
            [identity],
            cached_chunks=3,
        )
        found = threads.map(lambda offset: reader.read_at(offset, 70_000), offsets)
        assert all(data == plain[at : at + 70_000] for at, data in zip(offsets, found, strict=True))
