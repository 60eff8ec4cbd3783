"""What is sealed of an export in the making: told, heard again, and found whole or not."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from vigbox.delivery.begun import SealedPart, heard, told
from vigbox.delivery.contents import ContentFile
from vigbox.delivery.part_hash import PartHash
from vigbox.errors import VigboxError

DATA = b"sealed" * 3_000_000
"""More than one piece of 8 MiB."""


@pytest.fixture
def sealed(tmp_path: Path) -> SealedPart:
    (tmp_path / "clip-1.mp4.age").write_bytes(DATA)
    hashes = PartHash()
    hashes.update(DATA)
    sha256 = hashlib.sha256(b"plain").hexdigest()
    file = ContentFile("clip-1.mp4.age", "A12 clip 1.mp4", "clip", sha256, 5)
    return SealedPart(hashes.part("clip-1.mp4.age"), file)


def test_what_is_told_is_heard(sealed: SealedPart) -> None:
    assert len(sealed.part.pieces) == 3
    facts = json.loads(json.dumps(told([sealed, sealed])))
    assert heard(facts) == [sealed, sealed]
    assert heard(facts) == [sealed, sealed], "hearing it changes nothing"


@pytest.mark.parametrize("facts", [{}, {"part": {}, "file": {}}, {"part": {"pieces": []}}])
def test_nonsense_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, VigboxError)):
        heard([facts])


@pytest.mark.parametrize(
    ("data", "is_here"),
    [(DATA, True), (b"", False), (DATA[:-1], False), (DATA + b"x", False),
     (DATA[:-1] + b"x", False)],
)  # fmt: skip
def test_it_is_here_when_every_byte_is(
    sealed: SealedPart, tmp_path: Path, data: bytes, *, is_here: bool
) -> None:
    (tmp_path / sealed.part.name).write_bytes(data)
    assert sealed.is_here(tmp_path) is is_here


def test_what_cannot_be_read_is_not_here(sealed: SealedPart, tmp_path: Path) -> None:
    assert not sealed.is_here(tmp_path / "elsewhere")
    (tmp_path / sealed.part.name).unlink()
    (tmp_path / sealed.part.name).mkdir()
    assert not sealed.is_here(tmp_path)
