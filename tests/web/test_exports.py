"""Exports: ordered, made in the background, cancelled, taken up again, fetched or downloaded."""

import errno
import hashlib
import io
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.certificates import issue
from tests.journeys import demo, outside
from tests.media import drawn
from tests.tokens import browsed
from tests.web.conftest import ORIGIN, Place, a_family, until_settled
from tests.web.seen import seen
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.disclosures import disclosed, left_at
from vigbox.casework.export_gate import KEPT
from vigbox.casework.masks import version_of
from vigbox.casework.tables import AuditEvent, Case, Clip, ClipMask, Disclosure, Export, ExportOrder
from vigbox.delivery import contents
from vigbox.delivery.certificates import fingerprint
from vigbox.delivery.contents import Contents
from vigbox.delivery.draft import BEGUN
from vigbox.delivery.machines import Machine
from vigbox.delivery.manifest import parse_signed
from vigbox.errors import VigboxError
from vigbox.export.pieces import Piece, Sink, Step
from vigbox.media.masked import GREY
from vigbox.web import order_making
from vigbox.web.app import create_app
from vigbox.web.fronted import CERTIFICATE
from vigbox.web.producers import PRODUCERS, Material, Producer
from vigbox.web.services import build

pyrage: Any = import_module("pyrage")

MARKER = b"a plain marker of 32 bytes......"
PATIENCE_S = 60
LAST = ("contents.json.age", "manifest.json")


class CannotError(VigboxError):
    """A producer that says why it cannot."""


@dataclass
class Gate:
    """A producer that stands in the middle of its piece until it is let go on, or fails there."""

    is_open: threading.Event = field(default_factory=threading.Event)
    counted: list[str] = field(default_factory=list)
    """What was made of the pieces in front of it, each time that it was."""
    reached: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    def pieces(self, of: Material) -> list[Piece]:
        return [Piece(f"{of.case.code} gate.bin", "gate", self.write)]

    def counts(self, of: Material) -> list[Piece]:
        """Two pieces that tell how often they were made."""

        def piece(name: str) -> Piece:
            def write(sink: Sink, step: Step) -> None:
                step(0.0)
                self.counted.append(name)
                sink.write(name.encode() * 50_000)

            return Piece(f"{of.case.code} {name}.bin", "count", write)

        return [piece("first"), piece("second")]

    def write(self, sink: Sink, step: Step) -> None:
        sink.write(MARKER)
        while True:
            step(0.5)
            self.reached.set()
            if self.is_open.wait(0.02):
                break
        if self.error is not None:
            raise self.error
        sink.write(MARKER)


@dataclass
class Scene:
    """A family that agreed to filming, a film with three clips, a paired machine; unlocked."""

    place: Place
    gate: Gate
    client: FlaskClient
    case: str
    mother: int
    recording: str
    machine: Machine
    certificate: str
    identity: Any
    clips: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.place.layout.exports

    def do(self, work: Callable[[Session], Any]) -> Any:
        return self.place.do(work)

    def answer(self, purpose: str, word: str) -> None:
        def note(casework: Session) -> None:
            case = casework.get_one(Case, self.case)
            for each in case.participants:
                told = Told(purpose, word, "spoken", "f-1", answered_by=self.mother)
                note_answer(casework, case, each, told)

        self.do(note)

    def post(self, address: str, **form: Any) -> Any:
        return self.client.post(address, data=form, headers=ORIGIN)

    def order(self, *made: str, **changed: Any) -> Any:
        form = {"clip": self.clips, "make": list(made or ("clips",)), "purpose": KEPT}
        form["machine"] = self.machine.id
        return self.post(f"/cases/{self.case}/exports", **(form | changed))

    def facts(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self.client.get(
            f"/cases/{self.case}/exports/standing"
        ).get_json()["orders"]
        return told

    def newest(self) -> dict[str, Any]:
        return self.facts()[0]

    def until(self, standing: str) -> dict[str, Any]:
        demo.until(standing, lambda: self.newest()["standing"] == standing, PATIENCE_S)
        return self.newest()

    def ordered(self, *made: str, **changed: Any) -> str:
        answer = self.order(*made, **changed)
        assert answer.status_code == 302, answer.text
        return str(self.newest()["id"])

    def at_gate(self, **changed: Any) -> str:
        """Order, and stand in the middle of it, something of it on the card."""
        self.gate.reached.clear()
        order = self.ordered("clips", "gate", **changed)
        assert self.gate.reached.wait(PATIENCE_S)
        assert [each.name for each in self.folder.iterdir()] == [f"{order}.tmp"]
        return order

    def page(self) -> str:
        return self.client.get(f"/cases/{self.case}/exports").text

    def row(self, order: str) -> ExportOrder:
        found: ExportOrder = self.do(lambda casework: casework.get(ExportOrder, order))
        return found

    def out(self) -> list[Disclosure]:
        rows: list[Disclosure] = self.do(lambda casework: disclosed(casework, self.case))
        return rows

    def events(self, about: str) -> list[str]:
        rows = select(AuditEvent.what).where(AuditEvent.about == about).order_by(AuditEvent.id)
        return list(self.do(lambda casework: list(casework.scalars(rows))))

    def opened(self, order: str, part: str) -> bytes:
        data = (self.folder / order / part).read_bytes()
        plain: bytes = pyrage.decrypt(data, [self.identity])
        return plain

    def contents(self, order: str) -> Contents:
        return contents.parse(self.opened(order, contents.CONTENTS))

    def asked(self, address: str) -> Any:
        """Ask as the machine does, from anywhere and without any unlock."""
        shown = {CERTIFICATE: fingerprint(self.certificate)}
        return self.place.client().get(address, environ_overrides=shown)

    def cover(self, clip: str, *hidden: int, top: int = 40) -> None:
        """Draw a mask on a clip, and say to have looked at all of it."""
        address = f"/clips/{clip}/masks"
        faces = [{"by": "finger", "stays": False, "spans": [[0, 1000, 40, top, 120, 100]]}]

        def version(casework: Session) -> str:
            row = casework.get(ClipMask, clip)
            return version_of(row) if row else ""

        seen = self.do(version)
        told = self.client.put(address, json={"faces": faces, "seen": seen}, headers=ORIGIN)
        facts = {"version": told.get_json()["version"], "hidden": list(hidden)}
        looked = self.client.post(f"{address}/looked", json=facts, headers=ORIGIN)
        assert looked.get_json()["looked_at"]

    @property
    def family(self) -> list[int]:
        found = self.do(lambda casework: casework.get_one(Case, self.case).participants)
        return [each.id for each in found]

    def remove(self, clip: str) -> None:
        address = f"/clips/{clip}"
        facts = {"seen": seen(self.client, address)["seen"]}
        assert self.client.delete(address, json=facts, headers=ORIGIN).status_code == 200

    def lock(self) -> None:
        self.place.services.door.lock()

    def unlock_held(self) -> None:
        """Unlock while the box records, so that nothing is made."""
        self.place.recorder.recording = "r"
        self.unlock()

    def unlock(self) -> None:
        self.client = self.place.unlocked()
        until_settled()


def started(place: Place, gate: Gate) -> Place:
    """Start the web anew on the same card."""
    counts = Producer("counts", "Counts", "", gate.counts, covers=True)
    gated = Producer("gate", "A gate", "", gate.pieces, covers=True)
    services = build(place.services.settings, place.layout, (*PRODUCERS, counts, gated))
    mine = replace(place, services=services)
    mine.app = browsed(create_app(services, ["localhost", "vigbox.local"]))
    return mine


@pytest.fixture
def scene(place: Place, drawn_film: bytes, request: pytest.FixtureRequest) -> Iterator[Scene]:
    gate = Gate()
    mine = started(place, gate)
    services = mine.services
    mine.case, mother, _ = a_family(mine, f"X-{abs(hash(request.node.name)) % 10**9}")
    with (desk := mine.desk()).session() as casework:
        mine.recipient = casework.get_one(Case, mine.case).recipient
    desk.close()
    for each in services.machines.listed():
        services.machines.revoke(each.id)
    identity = pyrage.x25519.Identity.generate()
    machine, certificate = services.machines.add("laptop", str(identity.to_public()), issue)
    recording = mine.keep(drawn_film)
    client = mine.unlocked()
    made = Scene(mine, gate, client, mine.case, mother, recording, machine, certificate, identity)
    for first in (10, 40, 70):
        address = f"/recordings/{recording}/clips"
        told = client.post(address, json={"first": first, "last": first + 9}, headers=ORIGIN)
        made.clips += [each["id"] for each in told.get_json()["clips"] if each["first"] == first]
    address = f"/clips/{made.clips[0]}"
    named = {"name": "Anna laughs", **seen(client, address)}
    assert client.patch(address, json=named, headers=ORIGIN).status_code == 200
    yield made
    place.recorder.recording = None
    gate.is_open.set()
    made.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    made.do(_forget)
    for left in made.folder.iterdir():
        shutil.rmtree(left)


def _forget(casework: Session) -> None:
    for table in (ExportOrder, Export, Disclosure):
        casework.execute(delete(table))


def working() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "orders"]


def pictures(film: bytes, folder: Path) -> range:
    """Give which pictures of the drawn film a clip shows, as another player sees them."""
    path = folder / "clip.mp4"
    path.write_bytes(film)
    known = {each.number: n for n, each in enumerate(drawn.shots(6, 3))}
    shown = [known[each] for each in drawn.numbers(outside.pictures(path, drawn.SIZE))]
    assert shown == list(range(shown[0], shown[-1] + 1))
    return range(shown[0], shown[-1] + 1)


def test_what_is_ordered_is_made_sealed_signed_and_in_the_books(
    scene: Scene, tmp_path: Path
) -> None:
    order = scene.ordered("clips", "stills")
    scene.until("made")
    export = scene.place.services.outbox.get(order, scene.machine.id)
    key = scene.place.services.device_key.verify_key
    manifest = parse_signed(export.signed, key)
    assert [each.name for each in manifest.parts] == [
        "clip-1.mp4.age", "clip-2.mp4.age", "clip-3.mp4.age",
        "still-4.jpg.age", "still-5.jpg.age", "still-6.jpg.age", "contents.json.age",
    ]  # fmt: skip
    found = scene.contents(order)
    assert [each.name for each in found.files] == [
        f"{found.case} {kind}" for kind in (
            "clip 1.mp4", "clip 2.mp4", "clip 3.mp4", "still 1.jpg", "still 2.jpg", "still 3.jpg"
        )
    ]  # fmt: skip
    assert scene.opened(order, "still-4.jpg.age")[:2] == b"\xff\xd8"
    assert pictures(scene.opened(order, "clip-2.mp4.age"), tmp_path) == range(40, 50)
    about = found.about
    assert (about.what, about.for_whom, about.purpose) == (
        "clips, stills (of clips: 3)", "laptop", KEPT,
    )  # fmt: skip
    assert [(each.purpose, each.form) for each in about.rests_on] == [
        ("filming", "vigbox-1 en")
    ] * 2
    (row,) = scene.out()
    assert (row.export_id, row.to_whom, row.purpose, left_at(row)) == (order, "laptop", KEPT, "")
    assert row.consents == " ".join(str(each.consent) for each in about.rests_on)
    assert scene.events(order) == [
        f"export ordered: {about.what}, {KEPT}", f"exported: {about.what}, {KEPT}",
    ]  # fmt: skip
    words = b"Anna", b"clips, stills", KEPT.encode(), b"laptop", found.case.encode()
    assert not [each for each in words if each in export.signed], "no word of anybody in plain"


def uncovered(film: bytes, folder: Path) -> list[int]:
    """Give which pictures show anything where the mask was drawn; cards are dark there."""
    path = folder / "covered.mp4"
    path.write_bytes(film)
    shown = outside.pictures(path, drawn.SIZE)[:, 48:132, 48:152].astype(int)
    return [n for n, each in enumerate(shown) if np.ptp(each) > 6 or abs(each[0, 0] - GREY) > 3]


def test_an_order_of_clips_that_hide_all_leaves_covered_in_whatever_is_made(
    scene: Scene, tmp_path: Path
) -> None:
    clip = scene.clips[0]
    refused = scene.order(clip=[clip], purpose="training")
    assert "or cover their faces in each clip" in unescape(refused.text)
    scene.cover(clip, *scene.family)
    assert scene.page().count("faces covered") == 1
    order = scene.ordered("clips", "stills", "film", "csv", clip=[clip], purpose="training")
    scene.until("made")
    found = scene.contents(order)
    assert [each.name.partition(" ")[2] for each in found.files] == [
        "clip 1, masked.mp4", "still 1, masked.jpg", "film.mp4", "recording 1.csv",
    ]  # fmt: skip
    assert uncovered(scene.opened(order, "clip-1.mp4.age"), tmp_path) == []
    with Image.open(io.BytesIO(scene.opened(order, "still-2.jpg.age"))) as still:
        assert np.ptp(np.asarray(still.convert("L"))[48:132, 48:152]) <= 6
    film = scene.opened(order, "film-3.mp4.age")
    assert uncovered(film, tmp_path) == list(range(2 * 84)), "the two cards, of 3.5 s each"
    assert 9 <= len(outside.times(tmp_path / "covered.mp4")) - 2 * 84 <= 12, "then the clip"
    (row,) = scene.out()
    everybody = " ".join(map(str, sorted(scene.family)))
    assert (row.masked, row.what) == (everybody, f"{found.about.what}")
    assert found.about.what == "clips, stills, film, csv (of clips: 1), faces masked"
    assert "faces covered" in scene.client.get(f"/cases/{scene.case}/exports/list").text


def test_who_is_seen_in_one_clip_must_have_agreed_although_another_hides_them(
    scene: Scene,
) -> None:
    scene.cover(scene.clips[0], *scene.family)
    refused = scene.order(purpose="training")
    assert refused.status_code == 409
    scene.cover(scene.clips[1], *scene.family)
    scene.cover(scene.clips[2], scene.mother)
    (child,) = set(scene.family) - {scene.mother}
    refused = scene.order(purpose="training")
    assert "child" in refused.text.partition("is missing from")[2].partition(".")[0]
    assert "mother" not in refused.text.partition("is missing from")[2].partition(".")[0]
    scene.cover(scene.clips[2], scene.mother, child)
    scene.ordered(purpose="training")
    scene.until("made")


def test_nothing_goes_to_a_computer_that_nobody_chose(scene: Scene) -> None:
    services, recipient = scene.place.services, str(pyrage.x25519.Identity.generate().to_public())
    left, _ = services.machines.add("the only one left", recipient, issue)
    services.machines.revoke(scene.machine.id)
    refused = scene.order()
    assert refused.status_code == 409
    assert "That computer is not paired any more" in refused.text
    asked = {"machine": scene.machine.id, "purpose": KEPT}
    for address in (f"/clips/{scene.clips[0]}/export", f"/clips/{scene.clips[0]}/masks/export"):
        assert scene.client.post(address, json=asked, headers=ORIGIN).status_code == 409
    assert scene.facts() == []
    assert services.outbox.for_machine(left.id) == []


def test_a_whole_recording_shows_what_no_clip_covers(scene: Scene) -> None:
    scene.cover(scene.clips[0], *scene.family)
    refused = scene.order("clips", "recordings", clip=[scene.clips[0]], purpose="training")
    assert refused.status_code == 409
    assert "leave the whole recordings out" in refused.text


def test_masks_that_are_changed_meanwhile_end_it(scene: Scene) -> None:
    clip = scene.clips[0]
    scene.cover(clip, *scene.family)
    scene.at_gate(clip=[clip], purpose="training")
    scene.cover(clip, *scene.family, top=20)
    scene.gate.is_open.set()
    scene.until("erased")
    assert "the masks of a clip were changed" in scene.page().lower()
    demo.until("nothing is left", lambda: not list(scene.folder.iterdir()), PATIENCE_S)


@pytest.mark.parametrize("machine", [None, "browser"])
def test_masks_that_are_corrected_take_what_waits_with_the_older_ones(
    scene: Scene, machine: str | None
) -> None:
    clip = scene.clips[0]
    scene.cover(clip, *scene.family)
    whom = {"machine": machine} if machine else {}
    order = scene.ordered(clip=[clip], purpose="training", **whom)
    scene.until("ready" if machine else "made")
    scene.cover(clip, *scene.family, top=20)
    assert scene.newest()["standing"] == "erased"
    assert "then order it again" in scene.page()
    assert not list(scene.folder.iterdir())
    assert scene.out() == []
    assert scene.client.get(f"/exports/{order}/files/1").status_code == 404
    assert "export erased: its masks were corrected" in scene.events(order)


def test_a_download_and_an_unlock_see_masks_that_nobody_looks_at_any_more(scene: Scene) -> None:
    clip = scene.clips[0]
    scene.cover(clip, *scene.family)
    order = scene.ordered(clip=[clip], purpose="training", machine="browser")
    scene.until("ready")
    scene.do(lambda casework: setattr(casework.get_one(ClipMask, clip), "hidden", ""))
    assert scene.client.get(f"/exports/{order}/files/1").status_code == 409
    assert scene.out() == []
    scene.lock()
    scene.unlock()
    assert scene.newest()["standing"] == "erased"


def test_a_clip_that_is_masked_or_moved_later_leaves_what_was_rightly_made(scene: Scene) -> None:
    scene.cover(scene.clips[1], *scene.family)
    order = scene.ordered()
    scene.until("made")
    scene.cover(scene.clips[0], *scene.family)
    scene.do(lambda casework: setattr(casework.get_one(Clip, scene.clips[1]), "first", 41))
    scene.lock()
    scene.unlock()
    assert scene.newest()["standing"] == "made"
    assert scene.asked(f"/api/exports/{order}/clip-1.mp4.age").status_code == 200


def test_a_mask_heals_no_filming_that_was_taken_back_while_it_waits(scene: Scene) -> None:
    clip = scene.clips[0]
    scene.cover(clip, *scene.family)
    order = scene.ordered(clip=[clip], purpose="training")
    scene.until("made")
    scene.post(f"/cases/{scene.case}/consent/withdraw", who=scene.mother, purpose="supervision")
    assert scene.newest()["standing"] == "made", "what nobody in it needs shuts nothing"
    scene.answer("filming", "withdrawn")
    scene.lock()
    scene.unlock()
    scene.until("erased")
    assert scene.asked(f"/api/exports/{order}/clip-1.mp4.age").status_code == 404


def test_clips_that_everybody_agreed_to_leave_covered_all_the_same(
    scene: Scene, tmp_path: Path
) -> None:
    scene.cover(scene.clips[0])
    order = scene.ordered()
    scene.until("made")
    assert uncovered(scene.opened(order, "clip-1.mp4.age"), tmp_path) == []
    assert len(uncovered(scene.opened(order, "clip-2.mp4.age"), tmp_path)) == 10
    assert scene.contents(order).about.what == "clips: 3, faces masked in 1"
    assert [each.masked for each in scene.out()] == [""]


def test_what_was_noted_leaves_in_the_formats_of_others(scene: Scene) -> None:
    wanted = ("recordings", "csv", "webvtt", "json", "elan", "boris", "annotations")
    order = scene.ordered(*wanted)
    scene.until("made")
    found = scene.contents(order)
    assert [each.name for each in found.files] == [
        f"{found.case} recording 1{ending}"
        for ending in (".mp4", ".csv", ".vtt", ".json", ".eaf", ".boris", ".jsonld")
    ]
    table = scene.opened(order, "csv-2.csv.age").decode().splitlines()
    assert [each.rpartition(",")[2] for each in table] == ["Clip 1", "Clip 2", "Clip 3", "Mark 1"]
    noted = [each for each in found.files if not each.name.endswith(".mp4")]
    assert not [each for each in noted if b"Anna" in scene.opened(order, each.part)]


def test_a_shut_gate_says_who_is_missing_and_orders_nothing(scene: Scene) -> None:
    answer = scene.order(purpose="training")
    assert answer.status_code == 409
    assert "consent to training is missing from" in answer.text
    assert "not asked yet" in answer.text
    assert scene.facts() == []
    shut = scene.page().split('value="training"')[1].split("checked", 1)[0]
    assert "consent to training is missing" in shut, "the page knows before anything is sent"
    scene.answer("training", "yes")
    scene.ordered(purpose="training")
    scene.until("made")
    assert [each.purpose for each in scene.out()] == ["training"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"clip": []}, "no clip is chosen"),
        ({"clip": ["x"]}, "was removed"),
        ({"make": []}, "nothing is chosen to be made"),
        ({"purpose": "fun"}, "must be one of"),
    ],
)
def test_what_cannot_be_ordered_is_told(scene: Scene, changed: dict[str, Any], told: str) -> None:
    answer = scene.order(**changed)
    assert answer.status_code == 409
    assert told in answer.text.lower()
    assert scene.facts() == []


def test_what_nobody_can_make_fails_and_says_so(scene: Scene) -> None:
    scene.ordered("riddles")
    scene.until("failed")
    assert "does not know how to make this" in scene.page()


def test_one_in_the_making_is_cancelled_and_leaves_nothing(scene: Scene) -> None:
    order = scene.at_gate()
    assert scene.newest()["progress"] == 0.875, "three of four pieces, and half of the last"
    assert scene.newest()["is_making"]
    assert scene.asked("/api/exports").get_json() == {"exports": []}
    assert scene.post(f"/exports/{order}/cancel").status_code == 302
    assert scene.newest()["standing"] == "cancelled"
    demo.until("nothing is left", lambda: not list(scene.folder.iterdir()), PATIENCE_S)
    assert scene.out() == []
    assert scene.post(f"/exports/{order}/cancel").status_code == 409
    scene.gate.is_open.set()
    assert scene.post(f"/exports/{order}/again").status_code == 302
    scene.until("made")
    assert scene.opened(order, "gate-4.bin.age") == MARKER * 2


def at_counted_gate(scene: Scene) -> str:
    """Stand behind two parts that are sealed whole, in the middle of the third."""
    scene.gate.reached.clear()
    order = scene.ordered("counts", "gate", clip=scene.clips[:1])
    assert scene.gate.reached.wait(PATIENCE_S)
    assert scene.gate.counted == ["first", "second"]
    return order


def is_as_ordered(scene: Scene, order: str) -> None:
    assert scene.until("made")["id"] == order
    assert scene.opened(order, "count-1.bin.age") == b"first" * 50_000
    assert scene.opened(order, "count-2.bin.age") == b"second" * 50_000
    assert scene.opened(order, "gate-3.bin.age") == MARKER * 2
    export = scene.place.services.outbox.get(order, scene.machine.id)
    for part in parse_signed(export.signed, scene.place.services.device_key.verify_key).parts:
        data = (export.folder / part.name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (part.size_bytes, part.sha256)
    told = {each.part: each.sha256 for each in scene.contents(order).files}
    assert told == {name: hashlib.sha256(scene.opened(order, name)).hexdigest() for name in told}
    assert {each.name for each in export.folder.iterdir()} == {*told, *LAST}
    assert len(scene.out()) == 1


def test_a_lock_ends_it_and_an_unlock_goes_on_with_what_is_missing(scene: Scene) -> None:
    order = at_counted_gate(scene)
    scene.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    before = {each.name: each.read_bytes() for each in (scene.folder / f"{order}.tmp").iterdir()}
    scene.gate.is_open.set()
    scene.unlock()
    is_as_ordered(scene, order)
    assert scene.gate.counted == ["first", "second"], "what was finished is not made again"
    for name in ("count-1.bin.age", "count-2.bin.age"):
        assert (scene.folder / order / name).read_bytes() == before[name]


def test_a_kill_in_the_middle_of_a_part_is_gone_on_from_by_the_next_start(
    scene: Scene, tmp_path: Path
) -> None:
    order = at_counted_gate(scene)
    making = scene.folder / f"{order}.tmp"
    shutil.copytree(making, tmp_path / "killed")  # the card as a kill finds it: half of a part
    assert "gate-3.bin.age" in {each.name for each in (tmp_path / "killed").iterdir()}
    scene.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    shutil.rmtree(making)
    shutil.move(tmp_path / "killed", making)
    scene.gate.is_open.set()
    scene.place = started(scene.place, scene.gate)
    scene.unlock()
    is_as_ordered(scene, order)
    assert scene.gate.counted == ["first", "second"]


@pytest.mark.parametrize("changed", ["clip", "masks", "part"])
def test_where_anything_is_not_as_it_was_it_is_made_from_there_again(
    scene: Scene, changed: str
) -> None:
    order = at_counted_gate(scene)
    scene.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    if changed == "part":
        (scene.folder / f"{order}.tmp" / "count-2.bin.age").write_bytes(b"spoilt")
    else:
        scene.do(lambda casework: _change(casework, scene.clips[0]))
    scene.gate.is_open.set()
    if changed == "masks":
        scene.unlock_held()
        scene.cover(scene.clips[0])
        scene.place.recorder.recording = None
        scene.until("failed")
        assert not list(scene.folder.iterdir()), "what was sealed goes with it"
        return
    scene.unlock()
    is_as_ordered(scene, order)
    again = ["second"] if changed == "part" else ["first", "second"]
    assert scene.gate.counted == ["first", "second", *again]


def _change(casework: Session, clip: str) -> None:
    casework.get_one(Clip, clip).speed = 50


def test_what_is_left_of_an_order_goes_with_it(scene: Scene) -> None:
    order = at_counted_gate(scene)
    scene.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    assert [each.name for each in scene.folder.iterdir()] == [f"{order}.tmp"]
    scene.unlock_held()
    assert scene.post(f"/exports/{order}/cancel").status_code == 302
    assert not list(scene.folder.iterdir())
    assert scene.row(order).state == "cancelled"


def test_what_is_left_of_no_order_is_cleared_at_an_unlock(scene: Scene) -> None:
    order = at_counted_gate(scene)
    scene.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    scene.do(lambda casework: casework.execute(delete(ExportOrder)))
    assert [each.name for each in scene.folder.iterdir()] == [f"{order}.tmp"]
    scene.unlock()
    assert not list(scene.folder.iterdir())


def test_what_was_in_the_books_and_never_appeared_is_made_again(scene: Scene) -> None:
    order = scene.ordered()
    scene.until("made")
    scene.lock()
    scene.place.services.outbox.erase(order)  # a cut came before it appeared
    scene.unlock()
    demo.until("it is here", lambda: scene.place.services.outbox.has(order), PATIENCE_S)
    scene.until("made")
    assert len(scene.out()) == 1, "it is in the books once"


def test_a_cut_between_the_books_and_the_card_goes_on_from_its_parts(scene: Scene) -> None:
    scene.gate.is_open.set()
    order = scene.ordered("counts", "gate", clip=scene.clips[:1])
    scene.until("made")
    scene.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    making = (scene.folder / order).rename(scene.folder / f"{order}.tmp")
    (making / BEGUN).touch()
    scene.place = started(scene.place, scene.gate)
    scene.unlock()
    demo.until("it is here", lambda: scene.place.services.outbox.has(order), PATIENCE_S)
    is_as_ordered(scene, order)
    assert scene.gate.counted == ["first", "second"], "what was sealed is not made again"


def test_what_a_machine_has_and_the_box_no_more_is_not_made_again(scene: Scene) -> None:
    order = scene.ordered()
    scene.until("made")
    scene.place.services.outbox.note_verified(order, scene.machine.id)
    assert scene.newest()["standing"] == "fetched"
    scene.place.services.outbox.erase(order)
    scene.lock()
    scene.unlock()
    assert scene.newest()["standing"] == "fetched"


def test_what_cannot_appear_is_in_no_book_and_can_be_tried_again(scene: Scene) -> None:
    order = scene.at_gate()
    (scene.folder / order / "in the way").mkdir(parents=True)
    scene.gate.is_open.set()
    scene.until("failed")
    assert scene.out() == []
    assert not list(scene.folder.iterdir())
    scene.post(f"/exports/{order}/again")
    scene.until("made")
    assert len(scene.out()) == 1


def test_nothing_is_made_while_the_box_records(scene: Scene) -> None:
    scene.place.recorder.recording = "r"
    order = scene.ordered()
    demo.until("it is held", lambda: scene.newest()["is_held"], PATIENCE_S)
    assert "waits until the recording is over" in scene.page()
    assert not list(scene.folder.iterdir())
    scene.place.recorder.recording = None
    assert scene.until("made")["id"] == order


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CannotError("This clip is damaged. Choose another."), "This clip is damaged"),
        (RuntimeError("Anna"), "This export could not be made"),
        (OSError(errno.ENOSPC, "No space left on device"), "too little room on the card"),
    ],
)
def test_one_that_fails_says_why_and_can_be_tried_again(
    scene: Scene, error: Exception, told: str
) -> None:
    scene.gate.error = error
    scene.gate.is_open.set()
    order = scene.ordered("gate")
    scene.until("failed")
    assert told in scene.page()
    assert "Anna " not in scene.row(order).why
    assert not list(scene.folder.iterdir())
    assert scene.out() == []
    scene.gate.error = None
    scene.post(f"/exports/{order}/again")
    scene.until("made")


def test_the_recorders_room_is_left_to_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_making, "room_bytes", lambda _: 10_000_000)
    scene.ordered()
    scene.until("failed")
    assert "beside the next recording" in scene.page()
    assert not list(scene.folder.iterdir())


def test_one_that_waits_is_withdrawn(scene: Scene) -> None:
    order = scene.ordered()
    scene.until("made")
    part = f"/api/exports/{order}/clip-1.mp4.age"
    assert scene.asked(part).status_code == 200
    assert scene.post(f"/exports/{order}/withdraw").status_code == 302
    assert scene.newest()["standing"] == "erased"
    assert scene.out() == []
    refused = scene.asked(part)
    assert refused.status_code == 404
    assert "\n" not in refused.get_json()["error"].strip()
    assert "no such export waits" in refused.get_json()["error"]


def test_a_revoked_machine_takes_what_is_being_made_for_it(scene: Scene) -> None:
    order = scene.at_gate()
    answer = scene.post(f"/machines/{scene.machine.id}/revoke")
    assert answer.status_code == 302
    scene.gate.is_open.set()
    assert scene.newest()["standing"] == "erased"
    assert "laptop is no longer paired" in scene.page()
    assert not (scene.folder / f"{order}.tmp").exists()
    scene.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    assert scene.out() == []
    assert not list(scene.folder.iterdir())


def test_one_that_was_fetched_stays_fetched(scene: Scene) -> None:
    order = scene.ordered()
    scene.until("made")
    scene.place.services.outbox.note_verified(order, scene.machine.id)
    assert scene.post(f"/exports/{order}/withdraw").status_code == 409
    assert scene.newest()["standing"] == "fetched"
    assert "fetched and verified" in scene.page()


def test_a_consent_that_is_taken_back_erases_what_waits_for_it(scene: Scene) -> None:
    scene.answer("supervision", "yes")
    kept = scene.ordered()
    scene.until("made")
    fallen = scene.ordered(purpose="supervision")
    scene.until("made")
    browser = scene.ordered(purpose="supervision", machine="browser")
    scene.until("ready")
    half = scene.ordered("gate", purpose="supervision")
    assert scene.gate.reached.wait(PATIENCE_S)
    scene.post(f"/cases/{scene.case}/consent/withdraw", who=scene.mother, purpose="supervision")
    standings = {each["id"]: each["standing"] for each in scene.facts()}
    assert standings == {kept: "made", fallen: "erased", browser: "erased", half: "erased"}
    assert {each.name for each in scene.folder.iterdir()} <= {kept, f"{half}.tmp"}
    demo.until("only one is left", lambda: len(list(scene.folder.iterdir())) == 1, PATIENCE_S)
    scene.gate.is_open.set()
    assert scene.asked(f"/api/exports/{fallen}/clip-1.mp4.age").status_code == 404
    assert len(scene.asked("/api/exports").get_json()["exports"]) == 1
    assert "consent to supervision is missing" in scene.page()
    assert "export erased: a consent was taken back" in scene.events(fallen)
    assert scene.post(f"/exports/{fallen}/again").status_code == 409


def test_a_consent_that_falls_in_the_making_is_found_at_the_end(scene: Scene) -> None:
    scene.answer("research", "yes")
    scene.at_gate(purpose="research")
    scene.answer("research", "withdrawn")  # by another way than the page
    scene.gate.is_open.set()
    scene.until("failed")
    assert "consent to research is missing" in scene.page()
    assert not list(scene.folder.iterdir())


def test_a_family_that_withdraws_takes_all_of_it_also_what_is_half_made(scene: Scene) -> None:
    made = scene.ordered()
    scene.until("made")
    ready = scene.ordered(machine="browser")
    scene.until("ready")
    half = scene.ordered("gate")
    assert scene.gate.reached.wait(PATIENCE_S)
    code = scene.do(lambda casework: casework.get_one(Case, scene.case).code)
    assert scene.post(f"/cases/{scene.case}/withdraw", code=code).status_code == 302
    assert not list(scene.folder.iterdir()), "nothing of it, when the certificate says so"
    scene.gate.is_open.set()
    scene.unlock()
    rows = select(ExportOrder).where(ExportOrder.case_id == scene.case)
    assert scene.do(lambda casework: list(casework.scalars(rows))) == []
    assert not list(scene.folder.iterdir())
    for each in (made, ready, half):
        assert scene.asked(f"/api/exports/{each}/clip-1.mp4.age").status_code == 404
    assert scene.client.get(f"/exports/{ready}/files/1").status_code == 404


@pytest.mark.parametrize("deed", ["bin", "erase"])
def test_what_waits_of_a_recording_goes_with_it(scene: Scene, deed: str) -> None:
    scene.ordered()
    scene.until("made")
    scene.ordered(machine="browser")
    scene.until("ready")
    scene.ordered("gate")
    assert scene.gate.reached.wait(PATIENCE_S)
    scene.post(f"/recordings/{scene.recording}/{deed}")
    assert [each["standing"] for each in scene.facts()] == ["erased"] * 3
    demo.until("nothing is left", lambda: not list(scene.folder.iterdir()), PATIENCE_S)


def test_a_recorder_that_is_away_keeps_no_part_of_what_was_begun(scene: Scene) -> None:
    order = at_counted_gate(scene)
    scene.lock()
    demo.until("the thread is over", lambda: not working(), PATIENCE_S)
    scene.unlock_held()
    assert [each.name for each in scene.folder.iterdir()] == [f"{order}.tmp"]
    scene.place.recorder.refusals["erase"] = "The recorder is away."
    try:
        scene.post(f"/recordings/{scene.recording}/erase")
        assert scene.place.layout.film(scene.recording).exists()
        assert not list(scene.folder.iterdir())
    finally:
        scene.place.recorder.refusals.clear()


def test_a_removed_clip_takes_the_export_it_waits_in(scene: Scene) -> None:
    scene.ordered()
    scene.until("made")
    scene.remove(scene.clips[1])
    assert scene.newest()["standing"] == "erased"
    assert not list(scene.folder.iterdir())
    rows = scene.do(lambda casework: casework.scalars(select(Export)).all())
    assert not [each for each in rows if each.clip_id in scene.clips]


def test_a_clip_that_is_moved_in_the_making_is_told_and_made_anew(scene: Scene) -> None:
    order = scene.at_gate()
    address = f"/clips/{scene.clips[1]}"
    moved = {"first": 45, "last": 55, **seen(scene.client, address)}
    assert scene.client.patch(address, json=moved, headers=ORIGIN).status_code == 200
    scene.gate.is_open.set()
    scene.until("failed")
    assert "A clip was moved while this export was made" in scene.page()
    assert scene.out() == []
    assert not list(scene.folder.iterdir())
    scene.post(f"/exports/{order}/again")
    scene.until("made")


def test_a_clip_that_is_removed_in_the_making_is_told_and_leaves_nothing(scene: Scene) -> None:
    scene.at_gate()
    scene.remove(scene.clips[1])
    scene.gate.is_open.set()
    scene.until("failed")
    assert "Order it again without that clip" in scene.page()
    assert scene.out() == []
    assert not list(scene.folder.iterdir())


def test_an_order_misses_a_clip_that_was_removed(scene: Scene) -> None:
    scene.place.recorder.recording = "r"
    scene.ordered()
    scene.remove(scene.clips[1])
    scene.place.recorder.recording = None
    scene.until("failed")
    assert "Order it again without that clip" in scene.page()


def test_a_browser_gets_the_files_plain_and_it_is_in_the_books_at_once(
    scene: Scene, tmp_path: Path
) -> None:
    scene.gate.is_open.set()
    order = scene.ordered("clips", "gate", machine="browser")
    scene.until("ready")
    assert scene.out() == [], "nothing left yet"
    assert scene.asked("/api/exports").get_json() == {"exports": []}, "for no machine"
    sealed = (scene.folder / order / "gate-4.bin.age").read_bytes()
    assert MARKER not in sealed
    answer = scene.client.get(f"/exports/{order}/files/4")
    assert answer.data == MARKER * 2
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    name = answer.headers["Content-Disposition"]
    assert name.startswith("attachment; filename=")
    assert name.endswith('gate.bin"')
    film = scene.client.get(f"/exports/{order}/files/1").data
    assert pictures(film, tmp_path) == range(10, 20)
    (row,) = scene.out()
    assert (row.to_whom, row.what, row.purpose) == (
        "this browser", "clips, gate (of clips: 3)", KEPT,
    )  # fmt: skip
    assert left_at(row) == row.disclosed_at
    assert scene.events(order).count("downloaded in the browser") == 2
    part = scene.client.get(f"/exports/{order}/files/4", headers={"Range": "bytes=32-"})
    assert (part.status_code, part.data) == (206, MARKER)
    assert scene.newest()["standing"] == "downloaded"
    scene.lock()
    assert scene.place.client().get(f"/exports/{order}/files/4").status_code == 302
    scene.unlock()
    scene.until("out")
    assert not list(scene.folder.iterdir()), "what was downloaded is erased at the next unlock"
    assert len(scene.out()) == 1


def test_a_download_asks_its_gate_again(scene: Scene) -> None:
    scene.answer("keepsake", "yes")
    order = scene.ordered(purpose="keepsake", machine="browser")
    scene.until("ready")
    scene.answer("keepsake", "withdrawn")  # by another way than the page
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        refused = scene.client.get(f"/exports/{order}/files/1")
        assert refused.status_code == 409
        assert "consent to keepsake is missing" in refused.text
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 5
    assert scene.out() == []


def test_a_line_that_others_can_read_carries_no_download(scene: Scene) -> None:
    order = scene.ordered(machine="browser")
    scene.until("ready")
    with scene.client.session_transaction() as session:
        token = session["token"]
    far = scene.place.client()
    with far.session_transaction(base_url="http://vigbox.local") as session:
        session["token"] = token
    refused = far.get(f"/exports/{order}/files/1", base_url="http://vigbox.local")
    assert refused.status_code == 403
    assert "https" in refused.text
    page = far.get(f"/cases/{scene.case}/exports", base_url="http://vigbox.local").text
    assert 'value="browser"' not in page
    given = far.get(f"/exports/{order}/files/1", base_url="https://vigbox.local")
    assert given.status_code in (200, 302)


@pytest.mark.parametrize("number", [0, 4, 99])
def test_what_is_no_file_of_it_is_not_found(scene: Scene, number: int) -> None:
    order = scene.ordered(machine="browser")
    scene.until("ready")
    assert scene.client.get(f"/exports/{order}/files/{number}").status_code == 404
    assert scene.out() == []


def test_a_machines_export_is_no_browsers(scene: Scene) -> None:
    order = scene.ordered()
    scene.until("made")
    assert scene.client.get(f"/exports/{order}/files/1").status_code == 404


def test_the_review_page_waits_for_one_clip_and_goes_on_without_it(scene: Scene) -> None:
    address = f"/clips/{scene.clips[0]}/export"
    told = scene.client.post(address, json={}, headers=ORIGIN).get_json()
    (clip,) = [each for each in told["clips"] if each["id"] == scene.clips[0]]
    assert [each["machine"] for each in clip["exports"]] == ["laptop"]
    assert clip["making"] == ""
    assert [each.what for each in scene.out()] == ["clip"]


def test_the_wish_lies_sealed(scene: Scene) -> None:
    order = scene.ordered()
    row = scene.row(order)
    assert json.dumps(scene.clips)[2:-2] not in repr(row.sealed_wish)
    assert scene.clips[0].encode() not in row.sealed_wish
