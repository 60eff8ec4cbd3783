import io
import json
import re
import struct
import subprocess
from pathlib import Path

import pytest

from tests.certificates import issue
from tests.media import drawn
from tests.web.conftest import ORIGIN, Place
from tests.web.seen import seen
from vigbox.delivery.machines import Machine
from vigbox.media.faststart import VirtualMp4
from vigbox.media.fragments import FilmIndex
from vigbox.model import Life, new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.web.recording_rows import ROWS


@pytest.fixture(scope="module")
def recording(place: Place, drawn_film: bytes) -> str:
    return place.keep(drawn_film)


@pytest.fixture
def mp4(drawn_film: bytes) -> bytes:
    def read_at(at: int, size: int) -> bytes:
        return drawn_film[at : at + size]

    virtual = VirtualMp4(FilmIndex.scan(read_at, len(drawn_film)))
    return virtual.read_at(0, virtual.size, read_at)


def test_the_list_has_it_under_its_code(place: Place, recording: str) -> None:
    page = place.unlocked().get("/").text
    assert f"/recordings/{recording}" in page
    assert "VIG-7" in page
    assert "0:10" in page


def test_the_film_is_served_by_exact_ranges(
    place: Place, recording: str, drawn_film: bytes, mp4: bytes
) -> None:
    client, address = place.unlocked(), f"/recordings/{recording}/film-{len(drawn_film)}.mp4"
    assert address in client.get(f"/recordings/{recording}").text
    whole = client.get(address)
    assert whole.data == mp4
    assert whole.headers["Cache-Control"] == "no-store"
    for first, last in ((0, 1), (100_000, 180_001), (len(mp4) - 5, len(mp4) + 99)):
        part = client.get(address, headers={"Range": f"bytes={first}-{last}"})
        assert part.status_code == 206
        assert part.data == mp4[first : last + 1]
    assert client.get(address, headers={"Range": f"bytes={len(mp4)}-"}).status_code == 416


def test_the_newest_end_of_a_film_is_told(place: Place, recording: str, drawn_film: bytes) -> None:
    told = json.loads(place.unlocked().get(f"/recordings/{recording}/newest").data)
    assert told["film"] == f"/recordings/{recording}/film-{len(drawn_film)}.mp4"
    assert told["times"] == f"/recordings/{recording}/times-{len(drawn_film)}"
    assert 5.8e9 < told["length_ns"] < 6.2e9
    assert (told["is_running"], told["is_cut"]) == (False, False)


def test_every_picture_has_its_time(place: Place, recording: str, drawn_film: bytes) -> None:
    data = place.unlocked().get(f"/recordings/{recording}/times-{len(drawn_film)}").data
    ticks = struct.unpack(f"<{len(data) // 4}I", data)
    assert list(ticks) == [shot.tick for shot in drawn.shots(6, 3)]


def test_a_cut_film_plays_to_its_last_fragment(place: Place, drawn_film: bytes) -> None:
    recording = place.keep(drawn_film[: len(drawn_film) // 2], Life.INTERRUPTED)
    path = place.layout.film(recording)
    path.write_bytes(path.read_bytes()[:-1000])
    page = place.unlocked().get(f"/recordings/{recording}")
    assert page.status_code == 200
    assert "This film was cut" in page.text


@pytest.mark.parametrize("size", [0, 10, 300])
def test_a_film_that_never_reached_the_card_says_so(place: Place, size: int) -> None:
    recording = place.keep(b"", Life.INTERRUPTED)
    path = place.layout.film(recording)
    path.write_bytes(path.read_bytes()[:size])
    page = place.unlocked().get(f"/recordings/{recording}")
    assert page.status_code == 409
    assert "Nothing of this film reached the card" in page.text


def test_a_forged_manifest_opens_nothing(place: Place, recording: str) -> None:
    forged = manifests.read(place.layout.manifest(recording))
    other = new_id()
    forged = manifests.Manifest(
        other, forged.case, forged.recipients, "b", forged.started_at, 1, Life.FINISHED
    )
    manifests.write(place.layout, forged, SigningKey.generate())
    client = place.unlocked()
    assert client.get(f"/recordings/{other}").status_code == 409
    assert other not in client.get("/").text


@pytest.mark.parametrize("name", ["x", "..", "0" * 32])
def test_what_is_not_there_is_said_to_be_not_there(place: Place, name: str) -> None:
    assert place.unlocked().get(f"/recordings/{name}").status_code == 404


def test_a_clip_is_saved_exported_for_one_machine_and_removed(
    place: Place, recording: str, tmp_path: Path
) -> None:
    client, laptop, clip = place.unlocked(), *_clip(place, recording)
    assert "Anna-Rosalind waits" in client.get(f"/recordings/{recording}/review").text
    assert client.post(f"/clips/{clip}/export", headers=ORIGIN).status_code == 200
    (export,) = place.services.outbox.for_machine(laptop[0].id)
    contents = json.loads(
        open_bytes(export.part_path("contents.json.age").read_bytes(), [laptop[1]])
    )
    assert contents["case"] == "VIG-7"
    assert contents["files"][0]["name"] == "VIG-7 clip 1.mp4"
    cut = tmp_path / "clip.mp4"
    cut.write_bytes(open_bytes(export.part_path("clip-1.mp4.age").read_bytes(), [laptop[1]]))
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-of", "csv=p=0",
         "-show_entries", "stream=nb_read_frames", cut],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout.strip() == "31"
    for path in place.layout.data.rglob("*"):
        assert not path.is_file() or b"Anna-Rosalind" not in path.read_bytes(), path
    shown = {"seen": seen(client, f"/clips/{clip}")["seen"]}
    client.delete(f"/clips/{clip}", json=shown, headers=ORIGIN)
    assert "Anna-Rosalind" not in client.get(f"/recordings/{recording}/review").text


def test_an_export_needs_a_machine(place: Place, recording: str) -> None:
    client, _, clip = place.unlocked(), *_clip(place, recording)
    for machine in place.services.machines.listed():
        place.services.machines.revoke(machine.id)
    answer = client.post(f"/clips/{clip}/export", headers=ORIGIN)
    assert answer.status_code == 409
    assert "Pair your computer first" in answer.text


def test_erase_is_asked_of_the_recorder_with_a_grant(place: Place, drawn_film: bytes) -> None:
    recording = place.keep(drawn_film)
    answer = place.unlocked().post(f"/recordings/{recording}/erase", headers=ORIGIN)
    assert answer.status_code == 302
    assert place.recorder.facts("erase")["recording"] == recording


def _clip(place: Place, recording: str) -> tuple[tuple[Machine, X25519Identity], str]:
    """Pair a laptop and save a clip of 31 pictures; gives both."""
    identity = X25519Identity.generate()
    for machine in place.services.machines.listed():
        place.services.machines.revoke(machine.id)
    machine, _ = place.services.machines.add("laptop", str(identity.recipient), issue)
    client, span = place.unlocked(), {"first": 30, "last": 60}
    answer = client.post(f"/recordings/{recording}/clips", json=span, headers=ORIGIN)
    clip: str = answer.get_json()["clips"][-1]["id"]
    name = seen(client, f"/clips/{clip}") | {"name": "Anna-Rosalind waits"}
    assert client.patch(f"/clips/{clip}", json=name, headers=ORIGIN).status_code == 200
    return (machine, identity), clip


def test_reading_again_gives_the_same_bytes(place: Place, recording: str, mp4: bytes) -> None:
    client = place.unlocked()
    place.services.shelf.clear()
    page = client.get(f"/recordings/{recording}").text
    address = page.split('src="/recordings')[1].split('"')[0]
    assert io.BytesIO(client.get("/recordings" + address).data).read() == mp4


def test_a_long_list_is_shown_in_pages_each_press_once(place: Place, drawn_film: bytes) -> None:
    kept = {place.keep(drawn_film[:65_536], Life.FINISHED) for _ in range(2)}
    key = SigningKey.from_text(place.layout.recorder_key.read_text())
    for number in range(2 * ROWS):
        at = f"2025-{1 + number // 60:02d}-03T{number % 24:02d}:00:00+00:00"
        many = manifests.Manifest(
            new_id(), place.case, (place.recipient,), "b", at, 10**10, Life.FINISHED
        )
        manifests.write(place.layout, many, key)
        kept.add(many.recording)
    client, seen, address = place.unlocked(), list[str](), "/"
    for _ in range(10):
        text = client.get(address).text
        found = re.findall(r'data-recording="(\w+)"', text)
        assert len(found) <= ROWS
        seen += found
        link = re.search(r'id="older" href="([^"]+)">(\w+) 2025 and before', text)
        if link is None:
            break
        address = link[1]
    assert len(seen) == len(set(seen))
    assert kept <= set(seen)
    assert 'id="older"' not in client.get(address).text
    assert seen[0] in client.get("/?before=nonsense").text
