"""Sealing and opening, each beside its peers in the same run.

``writer_memory_vs_cipher``  our writer into nothing, beside bare ``encrypt_into`` calls (speed)
``writer_file_vs_age``       a plain file sealed into a file, beside ``age -r`` (speed)
``decrypt_vs_age``           the sealed file opened into /dev/null, beside ``age -d`` (speed)
``random_read_vs_pread``     64 KiB anywhere in the file, beside ``pread`` of the plain one (time)
``open_vs_x25519``           a header opened and its end verified, beside one X25519 (time)
``memory_growth_mb``         how much more memory a long stream takes than one of 1 MB

Speed ratios are better when higher, time ratios when lower. age runs as a program, its start of
some milliseconds with it; ours and pyrage run in this process; gocryptfs is a mounted folder that
is copied into and out of. Nobody waits for the disk: all files stay in the page cache.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bench import peers
from bench.growth import growth_mb
from bench.rounds import Rounds, median, ratio, report, rounds, show, show_ratios
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import SeekableReader, StreamReader
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES, chunk_nonce
from vigbox.seal.sealing import SealingWriter, seal_bytes

_PIECE_BYTES = 1 << 20
_READS = 400
_OPENINGS = 300
_MEMORY_BYTES = 64 << 20

Measures = dict[str, Callable[[], float]]


@dataclass
class Files:
    """A plain file, the same sealed, and the identity that opens it, in one folder."""

    folder: Path
    identity: X25519Identity

    @property
    def plain(self) -> Path:
        """Some random bytes."""
        return self.folder / "plain"

    @property
    def sealed(self) -> Path:
        """The same, sealed by us."""
        return self.folder / "plain.age"

    @property
    def key(self) -> Path:
        """The identity file for age."""
        return self.folder / "identity.txt"

    @property
    def output(self) -> Path:
        """What is written and written over."""
        return self.folder / "output"


def make(folder: Path, size_bytes: int) -> Files:
    """Write the files."""
    files = Files(folder, X25519Identity.generate())
    files.key.write_text(files.identity.secret_text() + "\n")
    with files.plain.open("wb") as file:
        for _ in range(size_bytes // _PIECE_BYTES):
            file.write(random.randbytes(_PIECE_BYTES))
    seal_file(files, files.sealed)
    return files


def seal_file(files: Files, output: Path) -> None:
    """Seal the plain file."""
    with (
        files.plain.open("rb", buffering=0) as source,
        output.open("wb", buffering=0) as sink,
        SealingWriter(sink, [files.identity.recipient]) as writer,
    ):
        writer.write_from(source)


def open_file(files: Files) -> None:
    """Open the sealed file into nothing."""
    with files.sealed.open("rb") as source, Path(os.devnull).open("wb", buffering=0) as sink:
        StreamReader(source, [files.identity]).read_into(sink)


def milliseconds(doing: Callable[[], object]) -> Callable[[], float]:
    """Give a measure of how long something takes, in milliseconds."""

    def measure() -> float:
        start = time.perf_counter()
        doing()
        return 1000 * (time.perf_counter() - start)

    return measure


def memory_measures(files: Files, size_bytes: int) -> Measures:
    """Our writer into nothing, and the bare cipher."""
    plain = memoryview(random.randbytes(size_bytes))

    def ours() -> None:
        with SealingWriter(lambda _sealed: None, [files.identity.recipient]) as writer:
            writer.write(plain)

    def bare() -> None:
        cipher, sealed = ChaCha20Poly1305(bytes(32)), bytearray(SEALED_CHUNK_BYTES)
        for index in range(size_bytes // CHUNK_BYTES):
            chunk = plain[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES]
            cipher.encrypt_into(chunk_nonce(index, is_final=False), chunk, None, sealed)

    return {"cipher alone": milliseconds(bare), "vigbox into nothing": milliseconds(ours)}


def file_measures(files: Files, mounted: Path | None, absent: Collection[str]) -> Measures:
    """Both ways, from file to file or to nothing."""
    recipient, secret = str(files.identity.recipient), files.identity.secret_text()
    output, plain, sealed = files.output, files.plain, files.sealed
    opening = ("-d", "-i", files.key, "-o", os.devnull, sealed)
    found = {
        "vigbox seals": fresh(output, lambda: seal_file(files, output)),
        "vigbox opens": milliseconds(lambda: open_file(files)),
    }
    if "age" not in absent:
        found["age seals"] = fresh(output, lambda: peers.age("-r", recipient, "-o", output, plain))
        found["age opens"] = milliseconds(lambda: peers.age(*opening))
    if "pyrage" not in absent:
        found["pyrage seals"] = fresh(output, lambda: peers.pyrage_seals(plain, output, recipient))
        found["pyrage opens"] = milliseconds(lambda: peers.pyrage_opens(sealed, secret))
    if mounted is not None:
        inside = mounted / "output"
        found["gocryptfs seals"] = fresh(inside, lambda: peers.copy(plain, inside))
        found["gocryptfs opens"] = milliseconds(lambda: peers.copy(inside, Path(os.devnull)))
    return found


def fresh(output: Path, doing: Callable[[], object]) -> Callable[[], float]:
    """Give a measure that begins without an output: giving blocks back is nobody's sealing."""
    timed = milliseconds(doing)

    def measure() -> float:
        output.unlink(missing_ok=True)
        return timed()

    return measure


def read_measures(files: Files, plain: BinaryIO, sealed: BinaryIO) -> Measures:
    """Read 64 KiB at unaligned places, the same for both."""
    size = files.plain.stat().st_size
    places = [random.randrange(size - CHUNK_BYTES) for _ in range(_READS)]
    reader = SeekableReader(pread(sealed), files.sealed.stat().st_size, [files.identity])
    return {
        "pread of the plain file": milliseconds(at_each(places, pread(plain))),
        "vigbox read_at": milliseconds(at_each(places, reader.read_at)),
    }


def pread(file: BinaryIO) -> Callable[[int, int], bytes]:
    """Give the reading by place of an open file."""
    return lambda offset, size: os.pread(file.fileno(), size, offset)


def at_each(places: list[int], read: Callable[[int, int], bytes]) -> Callable[[], None]:
    """Give the reading of 64 KiB at each place.

    What was read is kept until it is read again, so that no round waits for fresh memory and
    none has it in the processor's cache.
    """
    kept = [b""] * len(places)

    def doing() -> None:
        for number, offset in enumerate(places):
            kept[number] = read(offset, CHUNK_BYTES)

    return doing


def open_measures(identity: X25519Identity) -> Measures:
    """Open a small file and verify its end; one X25519 with a share from the wire."""
    sealed = seal_bytes(bytes(1000), [identity.recipient])
    key, share = X25519PrivateKey.generate(), identity.recipient.public

    def openings() -> None:
        for _ in range(_OPENINGS):
            SeekableReader(lambda at, size: sealed[at : at + size], len(sealed), [identity])

    def exchanges() -> None:
        for _ in range(_OPENINGS):
            key.exchange(X25519PublicKey.from_public_bytes(share))

    return {
        "X25519 alone": milliseconds(exchanges),
        "vigbox opens a header": milliseconds(openings),
    }


def measure(folder: Path, size_bytes: int, count: int, absent: Collection[str]) -> Rounds:
    """Run every measure beside its peers."""
    files = make(folder, size_bytes)
    found = rounds(memory_measures(files, min(size_bytes, _MEMORY_BYTES)), count)
    with ExitStack() as mounts:
        is_there = "gocryptfs" not in absent
        mounted = mounts.enter_context(peers.gocryptfs(folder)) if is_there else None
        found |= rounds(file_measures(files, mounted, absent), count)
    with files.plain.open("rb") as plain, files.sealed.open("rb") as sealed:
        found |= rounds(read_measures(files, plain, sealed), count)
    return found | rounds(open_measures(files.identity), count)


def pairs_of(found: Rounds) -> dict[str, tuple[str, str]]:
    """Name the ratios of two measures, without those whose peer is missing."""
    pairs = {
        "writer_memory_vs_cipher": ("cipher alone", "vigbox into nothing"),
        "random_read_vs_pread": ("vigbox read_at", "pread of the plain file"),
        "open_vs_x25519": ("vigbox opens a header", "X25519 alone"),
    }
    for peer in ("age", "pyrage", "gocryptfs"):
        pairs[f"writer_file_vs_{peer}"] = (f"{peer} seals", "vigbox seals")
        pairs[f"decrypt_vs_{peer}"] = (f"{peer} opens", "vigbox opens")
    return {name: pair for name, pair in pairs.items() if pair[0] in found}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.seal", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    size_bytes, count, stream_bytes = (
        (64 << 20, 15, 256 * 10**6) if given.quick else (128 << 20, 31, 4 * 10**9)
    )
    absent = peers.missing()
    for name, what_to_do in absent.items():
        print(f"{name} is missing ({what_to_do}): no figure beside it", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), size_bytes, count, absent)
    if not given.json:
        print(f"{size_bytes >> 20} MiB, {_READS} reads, {_OPENINGS} headers, {count} rounds")
        show(found, "ms")
        show_ratios(found, pairs_of(found))
    figures = {name: ratio(found, *pair) for name, pair in pairs_of(found).items()}
    figures["memory_growth_mb"] = growth_mb(stream_bytes)
    cipher_s = median(found, "cipher alone") / 1000
    figures["cipher_mb_per_s"] = round(min(size_bytes, _MEMORY_BYTES) / cipher_s / 1e6, 1)
    if "openssl" not in absent:
        figures["openssl_mb_per_s"] = peers.openssl_mb_per_s()
    report(figures, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
