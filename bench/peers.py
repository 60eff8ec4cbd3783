"""The peers of ``bench.seal``: each does its own sealing of the same file on the same disk.

A peer that is not installed, or cannot run here, is said so and left out of the figures.
"""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

_PIECE_BYTES = 1 << 20
_PASSPHRASE = ["-extpass", "echo", "-extpass", "bench"]


def missing() -> dict[str, str]:
    """Give what is not here, and what to do about it."""
    install = {name: f"apt-get install {name}" for name in ("age", "gocryptfs", "openssl")}
    absent = {name: how for name, how in install.items() if not shutil.which(name)}
    if find_spec("pyrage") is None:
        absent["pyrage"] = "pip install pyrage"
    if "gocryptfs" not in absent and not os.access("/dev/fuse", os.W_OK):
        absent["gocryptfs"] = "it mounts with /dev/fuse, which may not be used here"
    return absent


def age(*arguments: str | Path) -> None:
    """Run stock age."""
    subprocess.run(["age", *arguments], check=True)


def pyrage_seals(plain: Path, sealed: Path, recipient: str) -> None:
    """Seal with the age that is written in Rust, in this process."""
    other = import_module("pyrage")
    other.encrypt_file(str(plain), str(sealed), [other.x25519.Recipient.from_str(recipient)])


def pyrage_opens(sealed: Path, secret: str) -> None:
    """Open into nothing with it."""
    other = import_module("pyrage")
    other.decrypt_file(str(sealed), os.devnull, [other.x25519.Identity.from_str(secret)])


@contextlib.contextmanager
def gocryptfs(folder: Path) -> Iterator[Path]:
    """Mount a folder that seals what is written into it, with XChaCha20-Poly1305."""
    cipher, mounted = folder / "gocryptfs", folder / "mounted"
    cipher.mkdir()
    mounted.mkdir()
    _run("gocryptfs", "-init", "-q", "-xchacha", "-scryptn", "10", *_PASSPHRASE, cipher)
    _run("gocryptfs", "-q", "-nosyslog", *_PASSPHRASE, cipher, mounted)
    try:
        yield mounted
    finally:
        _run("fusermount", "-u", mounted)


def copy(source: Path, target: Path) -> None:
    """Copy a file's bytes through this process, in pieces of 1 MiB."""
    room = memoryview(bytearray(_PIECE_BYTES))
    with source.open("rb", buffering=0) as plain, target.open("wb", buffering=0) as sink:
        while count := plain.readinto(room):
            sink.write(room[:count])


def openssl_mb_per_s() -> float:
    """Give what ``openssl speed`` says of ChaCha20-Poly1305 at 64 KiB, within one second."""
    command = ["openssl", "speed", "-evp", "chacha20-poly1305", "-bytes", "65536", "-seconds", "1"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"^ChaCha20-Poly1305\s+([\d.]+)k", told, re.MULTILINE)
    if not found:
        raise ValueError(f"openssl speed says nothing of ChaCha20-Poly1305: {told!r}")
    return round(float(found[1]) / 1000, 1)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
