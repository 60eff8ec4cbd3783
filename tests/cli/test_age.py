"""``keygen``, ``seal`` and ``open`` beside stock age."""

import subprocess
import sys
from pathlib import Path

import pytest

VIGBOX = (sys.executable, "-m", "vigbox")


def run(*words: str | Path, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([*map(str, words)], check=False, capture_output=True, input=given)


@pytest.fixture
def identity(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "identity.txt"
    made = run(*VIGBOX, "keygen", "-o", path)
    return path, made.stderr.decode().removeprefix("Public key: ").strip()


def test_age_opens_what_we_seal_and_the_reverse(identity: tuple[Path, str]) -> None:
    path, recipient = identity
    ours = run(*VIGBOX, "seal", "-r", recipient, given=b"a film" * 50_000)
    assert run("age", "-d", "-i", path, given=ours.stdout).stdout == b"a film" * 50_000
    theirs = run("age", "-r", recipient, given=b"a film" * 50_000)
    assert run(*VIGBOX, "open", "-i", path, given=theirs.stdout).stdout == b"a film" * 50_000


def test_an_armored_file_is_opened(identity: tuple[Path, str]) -> None:
    path, recipient = identity
    theirs = run("age", "-a", "-r", recipient, given=b"words")
    assert run(*VIGBOX, "open", "-i", path, given=theirs.stdout).stdout == b"words"


def test_the_identity_is_for_its_owner_alone(identity: tuple[Path, str]) -> None:
    assert identity[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other", "directory"])
def test_a_failure_is_one_line_and_leaves_nothing(
    identity: tuple[Path, str], tmp_path: Path, damage: str
) -> None:
    path, recipient = identity
    sealed = tmp_path / "sealed.age"
    data = run("age", "-r", recipient, given=bytes(200_000)).stdout
    if damage == "other":
        data = b"not an age file\n" * 1000
    damaged = {"cut": data[:-1], "flipped": data[:-1] + bytes([data[-1] ^ 1]), "empty": b""}
    if damage == "directory":
        sealed.mkdir()
    else:
        sealed.write_bytes(damaged.get(damage, data))
    out = tmp_path / "out" / "film.mp4"
    out.parent.mkdir()
    done = run(*VIGBOX, "open", "-i", path, "-o", out, sealed)
    assert done.returncode == 1
    assert done.stdout == b""
    assert len(done.stderr.decode().strip().splitlines()) == 1
    assert done.stderr.startswith(b"vigbox: ")
    assert list(out.parent.iterdir()) == []


def test_a_wrong_key_says_so(identity: tuple[Path, str], tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    run(*VIGBOX, "keygen", "-o", other)
    sealed = run("age", "-r", identity[1], given=b"x").stdout
    done = run(*VIGBOX, "open", "-i", other, given=sealed)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
