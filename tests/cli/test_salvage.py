"""``salvage`` on real films; what comes out is read back by ffprobe and ffmpeg."""

import json
import random
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.media import drawn
from tests.seal.cuts import BITRATE
from vigbox.cli import main
from vigbox.media.boxes import free_box, iter_boxes
from vigbox.media.moov import PICTURE_TRACK
from vigbox.media.runs import runs
from vigbox.seal.identities import X25519Identity
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import FilmSealer, seal_bytes

SECONDS = 12


@dataclass
class Place:
    """A sealed film on a practitioner's machine, and what was filmed."""

    folder: Path
    drawn: drawn.Film
    start: int
    data: bytearray
    holes: set[int] = field(default_factory=set)

    @property
    def sealed(self) -> Path:
        return self.folder / "film.mp4.age"

    @property
    def out(self) -> Path:
        return self.folder / "out" / "film.mp4"

    def edge(self, chunk: int) -> int:
        return self.start + chunk * SEALED_CHUNK_BYTES

    def zero(self, chunk: int) -> None:
        self.data[self.edge(chunk) : self.edge(chunk + 1)] = bytes(SEALED_CHUNK_BYTES)
        self.holes.add(chunk)

    def flip(self, chunk: int) -> None:
        self.data[self.edge(chunk) + 1000] ^= 4
        self.holes.add(chunk)

    def cut(self, chunk: int, more: int = 0) -> None:
        self.holes |= set(range(chunk, len(self.drawn.data) // CHUNK_BYTES))
        del self.data[self.edge(chunk) + more :]

    def salvage(self, *more: str) -> int:
        self.sealed.write_bytes(self.data)
        self.out.parent.mkdir(exist_ok=True)
        key = self.folder / "identity.txt"
        return main(["salvage", str(self.sealed), "-i", str(key), "-o", str(self.out), *more])

    def whole(self) -> list[tuple[int, bytes]]:
        """Number and bytes of the fragments that lie in no hole."""
        return [
            (number, fragment.data)
            for number, (at, fragment) in enumerate(self.drawn.fragments, 1)
            if not self.holes
            & set(range(at // CHUNK_BYTES, (at + len(fragment.data) - 1) // CHUNK_BYTES + 1))
        ]


@pytest.fixture(scope="module", params=["", BITRATE], ids=["small", "large"])
def film(request: pytest.FixtureRequest) -> drawn.Film:
    return drawn.record(drawn.shots(SECONDS, 5, request.param), drawn.blocks(SECONDS, 5))


@pytest.fixture
def place(film: drawn.Film, tmp_path: Path) -> Place:
    identity = X25519Identity.generate()
    (tmp_path / "identity.txt").write_text(identity.secret_text())
    (tmp_path / "film.index.age").write_bytes(seal_bytes(film.sidecar, [identity.recipient]))
    sealed = bytearray()
    sealer = FilmSealer(sealed.extend, [identity.recipient])
    start = len(sealed)
    sealer.write(film.data)
    sealer.finish()
    return Place(tmp_path, film, start, sealed)


def picture_ticks(fragments: Iterable[tuple[int, bytes]]) -> list[int]:
    """When each picture of some fragments begins, in 1/90,000 s."""
    ticks = []
    for _, data in fragments:
        for run in runs(data[: int.from_bytes(data[:4])]):
            at = run.start
            for duration, _, _ in run.rows if run.track == PICTURE_TRACK else ():
                ticks.append(at)
                at += duration
    return ticks


def probed_ticks(path: Path, what: str = "packet") -> list[int]:
    command = ["ffprobe", "-v", "fatal", "-select_streams", "v", "-show_entries", f"{what}=pts"]
    done = subprocess.run([*command, "-of", "json", str(path)], check=True, capture_output=True)
    return [each["pts"] for each in json.loads(done.stdout)[f"{what}s"]]


def decoded(path: Path) -> list[tuple[int, int]]:
    """Decode all; give (tick, number drawn into it) for each picture that is shown."""
    command = ["ffmpeg", "-v", "fatal", "-i", str(path), "-fps_mode", "passthrough", "-map", "0:v"]
    done = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "gray", "-"], check=True, capture_output=True
    )
    width, height = drawn.SIZE
    grey = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width)
    return list(zip(probed_ticks(path, "frame"), drawn.numbers(grey), strict=True))


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    told = capsys.readouterr()
    assert told.out == ""
    return told.err.splitlines()


def assert_all_that_is_left(place: Place) -> None:
    """See the whole fragments and no other byte of film, in their order, at their own times."""
    data = place.out.read_bytes()
    kinds = [
        (each.kind, data[each.start : each.end])
        for each in iter_boxes(lambda at, n: data[at : at + n], 0, len(data))
    ]
    assert [kind for kind, _ in kinds][:3] == [b"ftyp", b"uuid", b"moov"]
    found = b"".join(box for kind, box in kinds if kind in {b"moof", b"mdat"})
    assert found == b"".join(data for _, data in place.whole())
    assert sum(len(box) for _, box in kinds) == len(data)
    assert probed_ticks(place.out) == picture_ticks(place.whole())


def assert_true_pictures(place: Place) -> None:
    """See that whatever can be decoded from a keyframe on is the very picture of its time."""
    filmed, left = place.drawn.shots, set(picture_ticks(place.whole()))
    shown, is_true = dict(decoded(place.out)), False
    for shot in filmed:
        is_true = shot.tick in left and (is_true or shot.is_keyframe)
        if is_true:
            assert shown[shot.tick] == shot.number


def test_a_whole_film_is_salvaged_whole(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.salvage() == 0
    assert_all_that_is_left(place)
    assert len(probed_ticks(place.out)) == len(place.drawn.shots)
    assert [number for _, number in decoded(place.out)] == [s.number for s in place.drawn.shots]
    (told,) = lines(capsys)
    assert told == "recovered 12.0 s of 12.0 s; nothing is missing"
    assert place.out.stat().st_mode & 0o077 == 0


def damage_zero(place: Place) -> None:
    place.zero(len(place.drawn.data) // CHUNK_BYTES // 2)


def damage_flip(place: Place) -> None:
    for chunk in (3, 4, len(place.drawn.data) // CHUNK_BYTES - 4):
        place.flip(chunk)


def damage_cut(place: Place) -> None:
    place.cut(len(place.drawn.data) // CHUNK_BYTES * 2 // 3, 777)


def damage_cut_and_flip(place: Place) -> None:
    damage_cut(place)
    place.flip(2)


@pytest.mark.parametrize("damage", [damage_zero, damage_flip, damage_cut, damage_cut_and_flip])
def test_every_whole_fragment_comes_back_at_its_time(
    place: Place, damage: Callable[[Place], None], capsys: pytest.CaptureFixture[str]
) -> None:
    damage(place)
    assert place.salvage() == 0
    assert_all_that_is_left(place)
    assert_true_pictures(place)
    told = lines(capsys)[0]
    assert told.startswith("recovered ")
    assert ("on" in told.split()) == ("cut" in damage.__name__)


def test_damage_anywhere_leaves_every_fragment_outside_it(place: Place) -> None:
    chance = random.Random(20261121)
    whole, last = bytes(place.data), len(place.drawn.data) // CHUNK_BYTES
    for _ in range(12):
        place.data, place.holes = bytearray(whole), set()
        for chunk in chance.sample(range(1, last), chance.randint(1, last // 3)):
            chance.choice([place.zero, place.flip])(chunk)
        assert place.salvage() == 0
        assert_all_that_is_left(place)


def seconds(shots: Iterable[drawn.Shot]) -> list[float]:
    return [each.time_ns / 1e9 for each in shots]


def test_what_is_missing_is_told_to_the_tenth(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.zero(len(place.drawn.data) // CHUNK_BYTES // 2)
    place.salvage()
    left = set(picture_ticks(place.whole()))
    lost = seconds(each for each in place.drawn.shots if each.tick not in left)
    after = min(each for each in seconds(place.drawn.shots) if each > lost[-1])
    told = re.fullmatch(
        r"recovered ([\d.]+) s of 12\.0 s; missing ([\d.]+)\u2013([\d.]+) s", lines(capsys)[0]
    )
    assert told
    recovered, first, last = map(float, told.groups())
    assert first <= lost[0] < first + 0.1
    assert last - 0.1 < after <= last
    assert recovered == pytest.approx(12.0 - (after - lost[0]), abs=0.11)


@pytest.mark.parametrize("hole", [0, 1, 2])
def test_a_hole_in_padding_alone_costs_nothing(
    place: Place, hole: int, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = bytes(place.drawn.data)
    boxes = iter_boxes(place.drawn.read_at, 0, len(plain))
    edge = next(each.end for each in boxes if each.end % CHUNK_BYTES == 0)
    key = X25519Identity.parse((place.folder / "identity.txt").read_text())
    padded = plain[:edge] + free_box(3 * CHUNK_BYTES) + plain[edge:]
    place.data = bytearray(seal_bytes(padded, [key.recipient]))
    place.zero(edge // CHUNK_BYTES + hole)
    place.holes.clear()
    assert place.salvage() == 0
    assert_all_that_is_left(place)
    assert lines(capsys) == [
        "recovered 12.0 s of 12.0 s; nothing is missing",
        "parts of 64 KiB that are damaged or cut off: 1",
    ]


def test_a_cut_that_left_only_a_part_of_the_end_is_told(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    del place.data[-24:]
    assert place.salvage() == 0
    assert_all_that_is_left(place)
    assert "nothing is missing" in lines(capsys)[0], "its stop is in it"


def test_what_finishing_left_behind_the_end_is_no_damage(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.data += bytes(3 * SEALED_CHUNK_BYTES + 5)
    assert place.salvage() == 0
    assert lines(capsys) == ["recovered 12.0 s of 12.0 s; nothing is missing"]


def test_a_lost_beginning_is_taken_from_the_index_beside_it(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.zero(0)
    assert place.salvage() == 0
    assert_all_that_is_left(place)
    assert_true_pictures(place)
    assert "missing 0.0\u2013" in lines(capsys)[0]


def test_a_lost_beginning_is_taken_from_an_index_that_is_named(place: Place) -> None:
    place.zero(0)
    index = place.folder / "elsewhere"
    (place.folder / "film.index.age").rename(index)
    assert place.salvage("--index", str(index)) == 0
    assert_all_that_is_left(place)


def failed(place: Place, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert place.salvage(*more) == 1
    assert list(place.out.parent.iterdir()) == []
    (told,) = lines(capsys)
    return told


def test_a_lost_beginning_without_an_index_is_explained(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.zero(0)
    (place.folder / "film.index.age").unlink()
    told = failed(place, capsys)
    assert "first 64 KiB are lost" in told
    assert "--index" in told


def test_a_file_that_is_no_index_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.zero(0)
    key = (place.folder / "identity.txt").read_text()
    other = seal_bytes(b"a letter, and no index of a film", [X25519Identity.parse(key).recipient])
    (place.folder / "film.index.age").write_bytes(other)
    assert "index" in failed(place, capsys)


def test_nothing_left_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    for chunk in range(1, len(place.drawn.data) // CHUNK_BYTES):
        place.zero(chunk)
    place.data[place.edge(0) :] = place.data[place.edge(1) :]
    (place.folder / "film.index.age").unlink()
    failed(place, capsys)


def test_a_film_cut_before_its_first_fragment_is_told(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    header = bytes(place.drawn.data[: place.drawn.fragments[0][0]])
    key = X25519Identity.parse((place.folder / "identity.txt").read_text())
    place.data = bytearray(seal_bytes(header, [key.recipient]))
    assert "no whole fragment" in failed(place, capsys)


@pytest.mark.parametrize("size", [0, 1, 30, 150, 190, 215])
def test_a_file_that_ends_in_its_age_header_is_told(
    place: Place, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    del place.data[size:]
    assert "cannot salvage" in failed(place, capsys)


@pytest.mark.parametrize("at", [0, 40, 100, 170])
def test_a_damaged_age_header_is_told(
    place: Place, at: int, capsys: pytest.CaptureFixture[str]
) -> None:
    place.data[at] ^= 1
    assert "cannot " in failed(place, capsys)


def test_another_identity_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (place.folder / "identity.txt").write_text(X25519Identity.generate().secret_text())
    assert "not sealed to any identity" in failed(place, capsys)


def test_what_is_no_film_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    key = X25519Identity.parse((place.folder / "identity.txt").read_text())
    place.data = bytearray(seal_bytes(b"a letter" * 1000, [key.recipient]))
    assert "no film of a box" in failed(place, capsys)


def test_a_film_sealed_again_as_an_ordinary_file_is_salvaged(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    key = X25519Identity.parse((place.folder / "identity.txt").read_text())
    place.data = bytearray(seal_bytes(place.drawn.data, [key.recipient]))
    assert place.salvage() == 0
    assert_all_that_is_left(place)
    assert "nothing is missing" in lines(capsys)[0]


def test_an_older_file_is_as_it_was_after_a_failure(place: Place) -> None:
    place.out.parent.mkdir()
    place.out.write_bytes(b"older")
    del place.data[150:]
    assert place.salvage() == 1
    assert place.out.read_bytes() == b"older"


def test_a_film_is_never_written_over_itself(place: Place) -> None:
    place.sealed.write_bytes(place.data)
    key = str(place.folder / "identity.txt")
    for target in (str(place.sealed), key):
        assert main(["salvage", str(place.sealed), "-i", key, "-o", target]) == 1
    assert place.sealed.read_bytes() == place.data
