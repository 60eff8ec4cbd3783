"""age's own test vectors (C2SP CCTV), each with exactly the failure it is labelled with."""

import hashlib
import io
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vigbox.seal import errors
from vigbox.seal.armor import ArmorReader
from vigbox.seal.identities import Identity, parse_identity
from vigbox.seal.opening import SeekableReader, StreamReader
from vigbox.seal.passphrases import ScryptIdentity

PLACES = (
    Path(__file__).parents[3] / "shared/vectors/age",
    Path("/usr/share/gocode/src/c2sp.org/CCTV/age/testdata"),
)
FOLDER = next((place for place in PLACES if place.is_dir()), None)
NAMES = sorted(path.name for path in FOLDER.iterdir()) if FOLDER else []
FAILURES: dict[str, type[errors.SealError]] = {
    "HMAC failure": errors.HeaderMacError,
    "armor failure": errors.ArmorError,
    "header failure": errors.HeaderError,
    "no match": errors.NoMatchError,
    "payload failure": errors.PayloadError,
}


@dataclass
class Vector:
    says: dict[str, list[str]]
    body: bytes

    @property
    def expect(self) -> str:
        return self.says["expect"][0]

    @property
    def is_armored(self) -> bool:
        return "armored" in self.says

    def identities(self) -> list[Identity]:
        keys: list[Identity] = [parse_identity(text) for text in self.says["identity"]]
        return keys + [ScryptIdentity(text) for text in self.says["passphrase"]]


def read_vector(name: str) -> Vector:
    assert FOLDER
    head, _, body = (FOLDER / name).read_bytes().partition(b"\n\n")
    says = defaultdict(list)
    for line in head.decode().splitlines():
        key, _, value = line.partition(": ")
        says[key].append(value)
    return Vector(says, zlib.decompress(body) if says["compressed"] else body)


def fails_as(expected: str, doing: Callable[[], object]) -> None:
    """Do it, and see exactly the labelled failure and no other, or none."""
    if expected == "success":
        doing()
        return
    wrong = tuple(kind for label, kind in FAILURES.items() if label != expected)
    with pytest.raises(FAILURES[expected]) as caught:
        doing()
    assert not isinstance(caught.value, wrong)


def test_vectors_are_there_and_none_is_left_out() -> None:
    assert FOLDER, (
        f"age's test vectors are in neither of {[str(place) for place in PLACES]}: "
        "install golang-github-c2sp-cctv-dev"
    )
    assert len(NAMES) >= 100
    assert any("hybrid" in name for name in NAMES)
    assert {read_vector(name).expect for name in NAMES} == {"success", *FAILURES}


@pytest.mark.parametrize("name", NAMES)
def test_vector_opens_or_fails_as_labelled(name: str) -> None:
    vector = read_vector(name)
    plain = hashlib.sha256()

    def stream() -> None:
        source = io.BytesIO(vector.body)
        armor = io.BufferedReader(ArmorReader(source)) if vector.is_armored else None
        for piece in StreamReader(armor or source, vector.identities()):
            plain.update(piece)

    fails_as(vector.expect, stream)
    if vector.says["payload"]:
        assert plain.hexdigest() == vector.says["payload"][0]


# an armor is text and has no places to read at
@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("armor_")])
def test_vector_is_the_same_by_random_access(name: str) -> None:
    vector = read_vector(name)
    assert not vector.is_armored
    body = vector.body

    def by_place() -> None:
        reader = SeekableReader(lambda at, n: body[at : at + n], len(body), vector.identities())
        plain = reader.read_at(0, reader.size)
        assert [hashlib.sha256(plain).hexdigest()] == vector.says["payload"]

    fails_as(vector.expect, by_place)
