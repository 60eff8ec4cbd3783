"""Fuzzing guided by coverage, a few seconds for each target.

With VIGBOX_SOAK_SECONDS each has that long, and what it learns is kept in build/fuzz. An input
that breaks something is written there too.
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.seal.test_vectors import FOLDER, NAMES, read_vector
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey

ROOT = Path(__file__).parents[2]
FOUND = ROOT / "build/fuzz"
SOAK_SECONDS = int(os.environ.get("VIGBOX_SOAK_SECONDS", "0"))
MOST_BYTES = 4096
# a child counts its parent's memory as its own peak: pytest's is some hundred MB
LIMITS = ["-rss_limit_mb=2048", "-timeout=60", f"-max_len={MOST_BYTES}"]


@pytest.fixture
def fuzz(chance: random.Random) -> Callable[..., subprocess.CompletedProcess[str]]:
    assert find_spec("atheris"), "atheris is not installed: pip install atheris==3.0.0"

    def run(
        target: str, found: Path, seconds: int, *corpus: Path
    ) -> subprocess.CompletedProcess[str]:
        found.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.seal.fuzz", target, *LIMITS]
        command += [f"-max_total_time={seconds}", f"-seed={chance.randrange(1, 1 << 31)}"]
        command += [f"-artifact_prefix={found}/{target}-", *map(str, corpus)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    return run


def public_vectors() -> list[bytes]:
    """Give age's own files, those that are short."""
    assert FOLDER, "age's test vectors are not there: install golang-github-c2sp-cctv-dev"
    bodies = (read_vector(name).body for name in NAMES)
    return [body for body in bodies if len(body) <= MOST_BYTES]


def plans() -> list[bytes]:
    """Give payloads as the target makes them: two bytes for a chunk, a cut, zeros, a flip."""
    whole, last, end, zeros, cut, flip = ([kind, 2] for kind in (0, 2, 3, 4, 5, 6))
    finished, interrupted = [*whole * 3, *end], [*whole * 3, *cut]
    made = [finished, interrupted, [*interrupted, *zeros], [*finished, *flip], [*whole, *last]]
    return [bytes(each) for each in [*made, last, end, zeros, [*whole, *end, *whole, *zeros]]]


def key_texts() -> list[bytes]:
    identity = X25519Identity.generate()
    texts = [str(identity.recipient), identity.secret_text(), SigningKey.generate().to_text()]
    return [each.encode() for each in [*texts, "# a comment\n\n" + identity.secret_text()]]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "header": public_vectors,
    "armor": public_vectors,
    "payload": plans,
    "keys": key_texts,
}


@pytest.mark.parametrize("target", SEEDS)
def test_no_input_raises_what_is_not_ours_or_is_read_in_two_ways(
    target: str, fuzz: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    for number, seed in enumerate(SEEDS[target]()):
        (tmp_path / str(number)).write_bytes(seed)
    learnt = FOUND / "learnt" / target if SOAK_SECONDS else tmp_path / "learnt"
    learnt.mkdir(parents=True, exist_ok=True)
    done = fuzz(target, FOUND, SOAK_SECONDS or 5, learnt, tmp_path)
    assert done.returncode == 0, f"the input is in {FOUND}: {(done.stdout + done.stderr)[-4000:]}"
    assert "DONE" in done.stderr


def test_fuzzing_finds_a_bug_that_was_planted(
    fuzz: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = fuzz("planted", tmp_path, 60)
    assert done.returncode
    assert "KeyError: 'planted'" in done.stdout + done.stderr
    (found,) = tmp_path.iterdir()
    assert found.read_bytes().startswith(b"vig!")
