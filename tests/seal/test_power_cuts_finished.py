"""Cut films on a box that is set up: after an unlock the web verifies, the recorder finishes."""

import base64
import json
import random
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from tests.media import drawn
from tests.seal.cuts import BITRATE, Card, Film, cut, flipped, hole, zeroed_tail
from tests.web.conftest import Place, place  # noqa: F401  # the fixture
from vigbox.model import Life, new_id
from vigbox.recorder.finishing import finish
from vigbox.seal.header import parse_header
from vigbox.seal.payload import CHUNK_BYTES, NONCE_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import FINAL_TEXT
from vigbox.web import finishing

FILMS = 40


@dataclass
class Kept:
    """A film on the card, and what happened to it."""

    recording: str
    film: Film
    card: Card

    @property
    def end(self) -> int:
        """Where it is to be finished; 0 when it is to be left."""
        end = self.film.sync_end(self.card.chunks)
        return 0 if any(each < end // CHUNK_BYTES for each in self.card.holes) else end


@pytest.fixture(scope="module")
def plain() -> bytes:
    return bytes(drawn.record(drawn.shots(3, 5, BITRATE), drawn.blocks(3, 5)).data)


def keep(
    box: Place,
    plain: bytes,
    happens: Callable[[Film, random.Random, int], Card],
    chance: random.Random,
) -> Kept:
    """Put a film with an id of its own on the card, and let something happen to it."""
    recording = new_id()
    own = plain.replace(bytes.fromhex(drawn.FILM_ID), bytes.fromhex(recording))
    assert own != plain
    box.keep(own, Life.FINISHED, recording)
    path = box.layout.film(recording)
    sealed = path.read_bytes()
    box.keep(own, Life.INTERRUPTED, recording)
    path.write_bytes(sealed)
    with path.open("rb") as file:
        start = parse_header(file).size_bytes + NONCE_BYTES
    film = Film(own, sealed, start)
    card = happens(film, chance, 5)
    path.write_bytes(card.data)
    return Kept(recording, film, card)


def grants(box: Place) -> list[dict[str, Any]]:
    """Give what the recorder was asked to finish, since last asked."""
    asked = [json.loads(each["grant"]) for each in box.recorder.asked if each["do"] == "finish"]
    box.recorder.asked.clear()
    return asked


def obey(box: Place) -> set[str]:
    """Do what the recorder was asked to; give the recordings finished."""
    done = set()
    for facts in grants(box):
        final = base64.b64decode(facts["final"])
        finish(box.layout, facts["recording"], facts["offset"], final)
        done.add(facts["recording"])
    return done


@pytest.fixture
def box(place: Place) -> Place:  # noqa: F811
    for each in place.layout.recordings.iterdir():
        each.unlink()
    place.recorder.asked.clear()
    return place


def finish_all(box: Place) -> None:
    """Do what the web does after an unlock."""
    with closing(box.desk()) as desk:
        finishing.finish_all(box.services, desk)


def age_opens(box: Place, sealed: bytes, identities: list[str]) -> bytes:
    """Open with stock age, which must end with 0."""
    file = box.layout.recordings.parent / "identity.txt"
    file.write_text("\n".join(identities) + "\n")
    command = ["age", "-d", "-i", str(file)]
    return subprocess.run(command, input=sealed, capture_output=True, check=True).stdout


def test_forty_damaged_films_are_finished_as_whole_ones_or_left(
    box: Place, plain: bytes, chance: random.Random
) -> None:
    happens = [cut, zeroed_tail, cut, flipped, hole]
    kept = [keep(box, plain, happens[number % 5], chance) for number in range(FILMS)]
    finish_all(box)
    done = obey(box)
    with closing(box.desk()) as desk:
        identities = [each.secret_text() for each in desk.case_identities(box.case)]
    for each in kept:
        left = box.layout.film(each.recording).read_bytes()
        if each.recording not in done:
            assert left == each.card.data, each.card
            assert not each.end or each.card.holes, each.card
            continue
        opened = age_opens(box, left, identities)
        assert opened == each.film.plain[: each.end] + FINAL_TEXT, each.card
        counts = pictures(opened)
        assert counts == pictures(each.film.plain[: each.end])
        assert counts > 10
    assert len(done) > FILMS / 2


def pictures(plain: bytes) -> int:
    """Count what ffmpeg decodes, without an error."""
    command = ["ffprobe", "-v", "warning", "-count_frames", "-select_streams", "v"]
    command += ["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", "-i", "pipe:"]
    done = subprocess.run(command, input=plain, capture_output=True, check=True)
    assert done.stderr == b""
    return int(done.stdout)


def test_asking_twice_gives_the_same_bytes(box: Place, plain: bytes, chance: random.Random) -> None:
    kept = keep(box, plain, cut, chance)
    finish_all(box)
    first = grants(box)
    finish_all(box)
    second = grants(box)
    assert [each["final"] for each in first] == [each["final"] for each in second]
    assert {each["offset"] for each in first + second} == {kept.film.edge(kept.end // CHUNK_BYTES)}
    assert box.layout.film(kept.recording).read_bytes() == kept.card.data


def test_film_with_the_id_of_another_is_left(
    box: Place, plain: bytes, chance: random.Random
) -> None:
    kept = keep(box, plain, cut, chance)
    recording = box.keep(plain, Life.INTERRUPTED)
    before = kept.card.data
    box.layout.film(recording).write_bytes(before)
    box.layout.film(kept.recording).unlink()
    finish_all(box)
    assert not grants(box)
    assert box.layout.film(recording).read_bytes() == before


def test_one_film_that_cannot_be_finished_stops_no_other(
    box: Place, plain: bytes, chance: random.Random
) -> None:
    kept = [keep(box, plain, cut, chance) for _ in range(3)]
    box.layout.film(kept[0].recording).write_bytes(b"age-encr")
    box.layout.film(kept[1].recording).unlink()
    finish_all(box)
    assert obey(box) == {kept[2].recording}


def test_film_cut_before_its_first_sync_point_stops_no_other(
    box: Place, plain: bytes, chance: random.Random
) -> None:
    early, late = keep(box, plain, cut, chance), keep(box, plain, cut, chance)
    for each in (early, late):
        # pictures, but no sync point yet: the power went in the first half second
        if each.recording == min(early.recording, late.recording):
            begun = each.film.sealed[: each.film.start + 3 * SEALED_CHUNK_BYTES]
            box.layout.film(each.recording).write_bytes(begun)
    finish_all(box)
    assert obey(box) == {max(early.recording, late.recording)}
