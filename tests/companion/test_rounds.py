from __future__ import annotations

import base64
import dataclasses
import errno
import json
import random
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.companion.syncing import FILM, SMALL, shown, state, sync_once
from vigbox.companion import home as homes
from vigbox.companion import opening
from vigbox.companion.destination import DestinationError
from vigbox.companion.link import BoxUnreachableError
from vigbox.companion.pull import MOST_FRUITLESS
from vigbox.companion.rounds import SyncSummary
from vigbox.companion.sync import sync
from vigbox.seal.signing import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.companion.conftest import FlakyFront, ServedBox
    from vigbox.delivery.manifest import ExportManifest


def fetched_and_not_told(box: ServedBox, home: Path, dest: Path) -> ExportManifest:
    """Give an export that is here, while the box does not know it yet."""
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL})
    box.refuses_verified = True
    with pytest.raises(BoxUnreachableError):
        sync_once(dest, home)
    box.refuses_verified = False
    return manifest


def test_a_changed_part_is_a_problem_and_does_not_hold_up_the_others(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    bad = box.put({"Bad.mp4": SMALL})
    good = box.put({"Good.mp4": SMALL})
    path = box.outbox.part_path(bad.export_id, "clip-0.mp4.age", box.machine.id)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    summary = sync_once(dest, home)
    assert shown(dest) == {"A12/Good.mp4": SMALL}
    assert box.verified == [good.export_id]
    assert len(summary.problems) == 1
    assert "not what the box signed" in summary.problems[0]


def test_a_manifest_another_box_signed_is_left_there(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL})
    box.forge(manifest)
    summary = sync_once(dest, home)
    assert "not signed by this box" in summary.problems[0]
    assert shown(dest) == {}
    assert box.verified == []


def test_an_export_for_another_machine_is_left_there(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    box.put({"Bath.mp4": SMALL})
    (paired,) = homes.boxes(home)
    own = homes.tls(home, paired).certificate.read_text()
    homes.save_box(home, dataclasses.replace(paired, machine_id="3" * 32), own)
    assert "another machine" in sync_once(dest, home).problems[0]
    assert shown(dest) == {}


@pytest.mark.parametrize("name", ["../../../out.mp4", "/out.mp4", "..\\..\\out.mp4"])
@pytest.mark.parametrize("case", ["..", "../up", ".vigbox", "/"])
def test_nothing_climbs_out_of_dest(
    box: ServedBox, home: Path, dest: Path, name: str, case: str
) -> None:
    box.pair(home)
    box.put({name: SMALL}, case=case)
    before = {each for each in dest.parent.rglob("*") if dest not in each.parents}
    (written,) = sync_once(dest, home).files
    assert len(written.resolve().relative_to(dest.resolve()).parts) == 2
    assert list(shown(dest).values()) == [SMALL]
    after = {each for each in dest.parent.rglob("*") if dest not in each.parents}
    assert {each.name for each in after - before} <= {"dest", "verified.json"}


def test_what_the_box_took_back_is_removed_here_too(
    box: ServedBox, front: FlakyFront, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    manifest = box.put({"Bath.mp4": FILM})
    front.drops = [1 << 20] + [0] * MOST_FRUITLESS
    with pytest.raises(BoxUnreachableError):
        sync_once(dest, home)
    assert state(dest) == {manifest.export_id}
    box.outbox.erase(manifest.export_id)
    sync_once(dest, home)
    assert state(dest) == set()


def test_a_manifest_that_spoils_on_the_card_costs_no_part_that_was_fetched(
    box: ServedBox, front: FlakyFront, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    manifest = box.put({"Bath.mp4": FILM})
    front.drops = [1 << 20] + [0] * MOST_FRUITLESS
    with pytest.raises(BoxUnreachableError):
        sync_once(dest, home)
    path = box.folder / manifest.export_id / "manifest.json"
    path.write_bytes(manifest.sign(SigningKey.generate()))
    (problem,) = sync_once(dest, home).problems
    assert "not signed by this box" in problem
    assert state(dest) == {manifest.export_id}, "what came before is kept"
    path.write_bytes(manifest.sign(box.key))
    summary = sync_once(dest, home)
    assert summary.fetched_bytes < manifest.size_bytes
    assert shown(dest) == {"A12/Bath.mp4": FILM}


@pytest.mark.parametrize("keep_sealed", [True, False])
def test_an_export_taken_back_in_mid_fetch_leaves_nothing_and_the_others_come(
    box: ServedBox, front: FlakyFront, home: Path, dest: Path, *, keep_sealed: bool
) -> None:
    box.pair(home, front.address)
    box.now = "2026-03-01T12:00:00Z"
    taken_back = box.put({"Bath.mp4": FILM, "Play.mp4": SMALL})
    box.now = "2026-03-01T12:00:01Z"
    box.put({"Good.mp4": SMALL})
    front.drops = [1 << 20]
    erased = taken_back.export_id
    summary = sync_once(
        dest, home, keep_sealed=keep_sealed, wait=lambda _seconds: box.outbox.erase(erased)
    )
    (problem,) = summary.problems
    assert problem.endswith("was taken back on the box before it was here; nothing of it is kept")
    assert problem.startswith(f"export {taken_back.export_id[:8]}")
    assert set(shown(dest)) == {"A12/Good.mp4" + (".age" if keep_sealed else "")}
    assert state(dest) == set()


def test_an_export_taken_back_before_the_box_was_told_names_the_files(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL})

    @contextmanager
    def taking_back(total: int, _here: int) -> Iterator[Callable[[int], None]]:
        left = [total]

        def advance(size: int) -> None:
            left[0] -= size
            if left[0] == 0:
                box.outbox.erase(manifest.export_id)

        yield advance

    summary = sync(dest, home, once=True, keep_sealed=False, progress=taking_back)
    assert "erase it here too: A12/Bath.mp4" in summary.problems[0]
    assert sync_once(dest, home).problems == ()


def test_an_export_opened_here_and_gone_from_the_box_names_the_files(
    box: ServedBox, home: Path, dest: Path
) -> None:
    manifest = fetched_and_not_told(box, home, dest)
    box.outbox.erase(manifest.export_id)
    assert "A12/Bath.mp4" in sync_once(dest, home).problems[0]
    assert state(dest) == set()


def test_an_export_that_was_half_opened_and_is_gone_from_the_box_names_the_files(
    box: ServedBox, home: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL, "Meal.mp4": FILM})
    write = opening._write

    def full(path: Path, pieces: Iterator[bytes]) -> None:
        if (dest / "A12" / "Bath.mp4").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, pieces)

    for _ in range(2):
        monkeypatch.setattr(opening, "_write", full)
        with pytest.raises(DestinationError):
            sync_once(dest, home)
        monkeypatch.undo()
    assert shown(dest) == {"A12/Bath.mp4": SMALL}
    box.outbox.erase(manifest.export_id)
    (problem,) = sync_once(dest, home).problems
    assert problem.endswith("erase it here too: A12/Bath.mp4")
    assert state(dest) == set()


def test_an_answer_that_was_lost_is_no_problem(box: ServedBox, home: Path, dest: Path) -> None:
    manifest = fetched_and_not_told(box, home, dest)
    box.outbox.note_verified(manifest.export_id, box.machine.id)
    assert sync_once(dest, home) == SyncSummary(0, (), 0, ())
    assert state(dest) == set()


def test_what_was_only_not_told_yet_is_told_with_its_files(
    box: ServedBox, home: Path, dest: Path
) -> None:
    manifest = fetched_and_not_told(box, home, dest)
    assert sync_once(dest, home) == SyncSummary(1, (dest / "A12" / "Bath.mp4",), 0, ())
    assert box.verified == [manifest.export_id]


def test_an_export_that_changes_in_mid_fetch_is_told_and_then_comes_whole(
    box: ServedBox, front: FlakyFront, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    manifest = box.put({"Bath.mp4": FILM})
    anew = random.Random(4).randbytes(len(FILM))
    front.drops = [1 << 20]

    def change(_seconds: float) -> None:
        box.outbox.erase(manifest.export_id)
        box.put({"Bath.mp4": anew}, export_id=manifest.export_id)

    summary = sync_once(dest, home, wait=change)
    assert "changed on the box while it was fetched" in summary.problems[0]
    assert shown(dest) == {}
    assert sync_once(dest, home).problems == ()
    assert shown(dest) == {"A12/Bath.mp4": anew}


@pytest.mark.parametrize(
    "now", ["1970-01-01T00:00:00Z", "2038-01-20T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_a_box_whose_clock_is_years_off_is_synced_with(
    box: ServedBox, home: Path, dest: Path, now: str
) -> None:
    box.pair(home)
    box.now = now
    box.put({"Bath.mp4": SMALL})
    assert sync_once(dest, home).problems == ()
    assert shown(dest) == {"A12/Bath.mp4": SMALL}


@pytest.mark.parametrize(
    "name",
    ["../clip.age", "/clip.age", "c:\\clip.age", "nul.age", "clip.age. ", "a:b.age", "A.age"],
)
def test_a_signed_path_that_leads_elsewhere_is_one_line_and_the_others_come(
    box: ServedBox, home: Path, dest: Path, name: str
) -> None:
    box.pair(home)
    bad = box.put({"Bad.mp4": SMALL})
    box.put({"Good.mp4": SMALL})
    text = bad.to_bytes().replace(b'"clip-0.mp4.age"', json.dumps(name).encode())
    signature = base64.b64encode(box.key.sign(b"vigbox export manifest v1\n" + text)).decode()
    signed = json.dumps({"manifest": text.decode(), "signature": signature})
    box.extra_rows.append({"signed": signed, "is_verified": False})
    box.outbox.erase(bad.export_id)
    before = {each for each in dest.parent.rglob("*") if dest not in each.parents}
    (problem,) = sync_once(dest, home).problems
    assert "must be small letters, digits, dots and hyphens" in problem
    assert "\n" not in problem
    assert shown(dest) == {"A12/Good.mp4": SMALL}
    after = {each for each in dest.parent.rglob("*") if dest not in each.parents}
    assert {each.name for each in after - before} <= {"dest", "verified.json"}


def test_a_spoilt_piece_on_the_way_does_not_cost_the_others(
    box: ServedBox, front: FlakyFront, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    manifest = box.put({"Bath.mp4": FILM * 3})
    front.spoils = [10 << 20]
    summary = sync_once(dest, home)
    assert front.spoils == []
    assert summary.problems == ()
    assert summary.fetched_bytes == manifest.size_bytes + (8 << 20)
    assert shown(dest) == {"A12/Bath.mp4": FILM * 3}


def test_a_stick_pulled_while_sealed_parts_are_put_in_place_costs_no_byte(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL, "Play.mp4": SMALL[1:]})
    (dest / "A12").mkdir(parents=True)
    in_the_way = dest / "A12" / "Play.mp4.age"
    in_the_way.symlink_to("/proc/self/mem")
    with pytest.raises(DestinationError):
        sync_once(dest, home, keep_sealed=True)
    in_the_way.unlink()
    summary = sync_once(dest, home, keep_sealed=True)
    assert summary.fetched_bytes == 0
    assert set(shown(dest)) == {"A12/Bath.mp4.age", "A12/Play.mp4.age"}
    assert box.verified == [manifest.export_id]


def test_an_export_that_the_box_says_is_gone_leaves_nothing(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    box.put({"Bath.mp4": SMALL})
    box.has_taken_back = True
    (problem,) = sync_once(dest, home).problems
    assert problem.endswith("was taken back on the box before it was here; nothing of it is kept")
    assert (shown(dest), state(dest)) == ({}, set())
