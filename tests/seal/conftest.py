import os
import random
import secrets
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from vigbox.seal.identities import X25519Identity

Age = Callable[[bytes], bytes]


@pytest.fixture
def chance() -> random.Random:
    """Chance with another seed each run; a failing test shows it, VIGBOX_SEED brings it back."""
    seed = int(os.environ.get("VIGBOX_SEED", secrets.randbits(32)))
    print(f"VIGBOX_SEED={seed}")  # noqa: T201
    return random.Random(seed)


@pytest.fixture
def identity() -> X25519Identity:
    return X25519Identity.generate()


@pytest.fixture
def other_age() -> ModuleType:
    """Give pyrage, the age that is written in Rust."""
    return import_module("pyrage")


@pytest.fixture
def age_opens(identity: X25519Identity, tmp_path: Path) -> Age:
    """Open bytes with stock age and the test's identity."""
    file = tmp_path / "identity.txt"
    file.write_text(f"# a comment\n{identity.secret_text()}\n")

    def opens(sealed: bytes) -> bytes:
        command = ["age", "-d", "-i", str(file)]
        return subprocess.run(command, input=sealed, capture_output=True, check=True).stdout

    return opens


@pytest.fixture
def age_seals(identity: X25519Identity) -> Age:
    """Seal bytes with stock age to the test's identity."""

    def seals(plain: bytes) -> bytes:
        command = ["age", "-r", str(identity.recipient)]
        return subprocess.run(command, input=plain, capture_output=True, check=True).stdout

    return seals
