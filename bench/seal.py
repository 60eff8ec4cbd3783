"""Sealing and opening, each beside its peer in the same run.

``writer_memory_vs_cipher``  our writer into nothing, beside bare ``encrypt_into`` calls (speed)
``writer_file_vs_age``       a plain file sealed into a file, beside ``age -r`` (speed)
``decrypt_vs_age``           the sealed file opened into /dev/null, beside ``age -d`` (speed)
``random_read_vs_pread``     64 KiB anywhere in the file, beside ``pread`` of the plain one (time)
``open_vs_x25519``           a header opened and its end verified, beside one X25519 (time)

Speed ratios are better when higher, time ratios when lower. age runs as a program, its start of
some milliseconds with it; ours runs in this process.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bench.rounds import Rounds, ratio, report, rounds, show
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import SeekableReader, StreamReader
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES, chunk_nonce
from vigbox.seal.sealing import SealingWriter, seal_bytes

_PIECE_BYTES = 1 << 20
_READS = 400
_OPENINGS = 300

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
        while piece := source.read(_PIECE_BYTES):
            writer.write(piece)


def open_file(files: Files) -> None:
    """Open the sealed file into nothing."""
    with files.sealed.open("rb") as source, Path(os.devnull).open("wb", buffering=0) as sink:
        sink.writelines(StreamReader(source, [files.identity]))


def age(*arguments: str | Path) -> None:
    """Run stock age."""
    subprocess.run(["age", *arguments], check=True)


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


def file_measures(files: Files) -> Measures:
    """Both ways, from file to file or to nothing."""

    def fresh(doing: Callable[[], object]) -> Callable[[], float]:
        # giving the blocks of the round before back to the disk is nobody's sealing
        timed = milliseconds(doing)

        def measure() -> float:
            files.output.unlink(missing_ok=True)
            return timed()

        return measure

    recipient = str(files.identity.recipient)
    opening = ("-d", "-i", files.key, "-o", os.devnull, files.sealed)
    return {
        "age seals": fresh(lambda: age("-r", recipient, "-o", files.output, files.plain)),
        "vigbox seals": fresh(lambda: seal_file(files, files.output)),
        "age opens": milliseconds(lambda: age(*opening)),
        "vigbox opens": milliseconds(lambda: open_file(files)),
    }


def read_measures(files: Files, plain: BinaryIO, sealed: BinaryIO) -> Measures:
    """Read 64 KiB at unaligned places, the same for both."""
    size = files.plain.stat().st_size
    places = [random.randrange(size - CHUNK_BYTES) for _ in range(_READS)]
    reader = SeekableReader(pread(sealed), files.sealed.stat().st_size, [files.identity])
    return {
        "pread of the plain file": milliseconds(lambda: [*map(at_each(pread(plain)), places)]),
        "vigbox read_at": milliseconds(lambda: [*map(at_each(reader.read_at), places)]),
    }


def pread(file: BinaryIO) -> Callable[[int, int], bytes]:
    """Give the reading by place of an open file."""
    return lambda offset, size: os.pread(file.fileno(), size, offset)


def at_each(read: Callable[[int, int], bytes]) -> Callable[[int], bytes]:
    """Give the reading of 64 KiB at a place."""
    return lambda offset: read(offset, CHUNK_BYTES)


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


def measure(folder: Path, size_bytes: int, count: int) -> Rounds:
    """Run every measure beside its peer."""
    files = make(folder, size_bytes)
    found = rounds(memory_measures(files, min(size_bytes, 64 << 20)), count)
    found |= rounds(file_measures(files), count)
    with files.plain.open("rb") as plain, files.sealed.open("rb") as sealed:
        found |= rounds(read_measures(files, plain, sealed), count)
    return found | rounds(open_measures(files.identity), count)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.seal", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    size_bytes, count = (64 << 20, 15) if given.quick else (128 << 20, 31)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), size_bytes, count)
    if not given.json:
        print(f"{size_bytes >> 20} MiB, {_READS} reads, {_OPENINGS} headers, {count} rounds")
        show(found, "ms")
    figures = {
        "writer_memory_vs_cipher": ratio(found, "cipher alone", "vigbox into nothing"),
        "writer_file_vs_age": ratio(found, "age seals", "vigbox seals"),
        "decrypt_vs_age": ratio(found, "age opens", "vigbox opens"),
        "random_read_vs_pread": ratio(found, "vigbox read_at", "pread of the plain file"),
        "open_vs_x25519": ratio(found, "vigbox opens a header", "X25519 alone"),
    }
    report(figures, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
