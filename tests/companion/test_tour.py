"""A machine that is paired with several boxes, of which some are away, others or wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests import certificates
from tests.companion.syncing import FILM, SMALL, shown, state, sync_once, waits_until, watch
from vigbox.appliance import authority
from vigbox.companion import home as homes
from vigbox.companion.link import (
    BoxRefusedError,
    BoxUnreachableError,
    OtherBoxError,
    WrongTimeError,
)
from vigbox.companion.progress import quiet
from vigbox.companion.pull import MOST_FRUITLESS
from vigbox.companion.sync import sync
from vigbox.delivery.contents import CONTENTS
from vigbox.delivery.manifest import ExportManifest, Part
from vigbox.demo.front import Front
from vigbox.model import new_id
from vigbox.seal.recipients import X25519Recipient
from vigbox.seal.sealing import seal_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.companion.conftest import FlakyFront, ServedBox


def move(home: Path, box: ServedBox, address: str) -> None:
    """Let a paired box be looked for at another address."""
    (known,) = (each for each in homes.boxes(home) if each.machine_id == box.machine.id)
    own = homes.tls(home, known).certificate.read_text()
    homes.save_box(home, dataclasses.replace(known, address=address), own)


def test_every_box_is_asked_and_told_of_its_own_exports(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    for each, case in ((box, "A12"), (other, "B7")):
        each.pair(home)
        each.put({"Bath.mp4": SMALL}, case=case)
    summary = sync_once(dest, home)
    assert shown(dest) == {"A12/Bath.mp4": SMALL, "B7/Bath.mp4": SMALL}
    assert (summary.exports, summary.problems, summary.away) == (2, (), ())
    assert (len(box.verified), len(other.verified)) == (1, 1)
    assert state(dest) == set()


def test_a_box_that_is_away_is_told_and_the_others_come(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    other.pair(home)
    other.put({"Play.mp4": SMALL})
    box.close()
    summary = sync_once(dest, home)
    assert (summary.exports, summary.problems) == (1, ())
    (away,) = summary.away
    assert away.startswith(f"{certificates.NAME}: cannot reach the box at {box.address}")


def test_when_all_are_away_it_is_an_error(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    for each in (box, other):
        each.pair(home)
        each.close()
    with pytest.raises(BoxUnreachableError, match="cannot reach"):
        sync_once(dest, home)


def test_a_box_that_went_away_goes_on_where_it_was_after_a_visit_to_another(
    box: ServedBox, front: FlakyFront, other: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    other.pair(home)
    under_way = box.put({"Bath.mp4": FILM})
    front.drops = [4 << 20] + [0] * MOST_FRUITLESS
    assert len(sync_once(dest, home).away) == 1
    assert state(dest) == {under_way.export_id}
    other.put({"Play.mp4": SMALL})
    summary = sync_once(dest, home)
    assert summary.exports == 2
    assert summary.fetched_bytes < 0.6 * len(FILM)


def test_at_one_address_the_box_that_answers_is_synced_and_the_other_is_away(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    other.pair(home)
    move(home, box, other.address)
    other.put({"Play.mp4": SMALL})
    summary = sync_once(dest, home)
    assert (summary.exports, summary.problems, len(summary.away)) == (1, (), 1)
    told = watch(dest, home, waits_until(3, lambda _number: None))
    assert told == []


def test_a_stranger_at_the_address_is_told_once_and_the_box_is_waited_for(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    move(home, box, other.address)
    with pytest.raises(OtherBoxError):
        sync_once(dest, home)
    told = watch(dest, home, waits_until(4, lambda _number: None))
    ((problem,),) = (each.problems for each in told)
    assert "is not the box that this machine is paired with" in problem


def put_sealed(box: ServedBox, name: str, plain: bytes) -> None:
    """Export one part as a box does that signs whatever it likes."""
    sealed = seal_bytes(plain, [X25519Recipient.parse(box.machine.recipient)])
    sha256 = hashlib.sha256(sealed).hexdigest()
    part = Part(name, len(sealed), sha256, (sha256,))
    made = ExportManifest(new_id(), box.machine.id, "2026-03-01T12:00:00Z", (part,))
    folder = box.folder / made.export_id
    folder.mkdir()
    (folder / name).write_bytes(sealed)
    (folder / "manifest.json").write_bytes(made.sign(box.key))


def lists_half_a_character(box: ServedBox) -> None:
    box.extra_rows.append({"signed": "\ud800"})


def lists_no_text(box: ServedBox) -> None:
    box.extra_rows.append({"signed": [[7]]})


def rests_on_a_number_without_end(box: ServedBox) -> None:
    rest = b'{"consent":Infinity,"purpose":"p","form":"f","given_at":"d"}'
    put_sealed(
        box, CONTENTS, b'{"case":"A12","files":[],"about":{"what":"w","rests_on":[' + rest + b"]}}"
    )


def signs_an_export_without_contents(box: ServedBox) -> None:
    put_sealed(box, "clip-0.mp4.age", SMALL)


@pytest.mark.parametrize(
    "answers",
    [
        lists_half_a_character,
        lists_no_text,
        rests_on_a_number_without_end,
        signs_an_export_without_contents,
    ],
)
def test_what_a_hostile_box_answers_is_told_and_holds_up_no_other(
    box: ServedBox,
    other: ServedBox,
    home: Path,
    dest: Path,
    answers: Callable[[ServedBox], None],
) -> None:
    for each in (box, other):
        each.pair(home)
    # boxes are visited in the order of this machine's ids with them
    hostile, good = sorted((box, other), key=lambda each: each.machine.id)
    answers(hostile)
    wanted = good.put({"Bath.mp4": SMALL}, case="B7")
    summary = sync_once(dest, home)
    assert len(summary.problems) == 1
    assert shown(dest) == {"B7/Bath.mp4": SMALL}
    assert (hostile.verified, good.verified) == ([], [wanted.export_id])


@pytest.fixture
def out_of_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """What a machine sees of its box when its clock is many years off."""
    monkeypatch.setattr(authority, "RELEASED", datetime(1990, 1, 1, tzinfo=UTC))
    folder = tmp_path / "out-of-date"
    folder.mkdir()
    certificates.keep(folder, now=datetime(1999, 6, 1, tzinfo=UTC))
    front = Front(Flask("box"), 0, folder / "box.pem", folder / "authority.pem")
    front.start()
    yield front
    front.close()


def test_a_wrong_clock_is_told_once_and_not_taken_for_a_box_that_is_away(
    box: ServedBox, other: ServedBox, out_of_date: Front, home: Path, dest: Path
) -> None:
    box.pair(home)
    move(home, box, f"https://127.0.0.1:{out_of_date.port}")
    with pytest.raises(WrongTimeError):
        sync_once(dest, home)
    other.pair(home)
    told = watch(dest, home, waits_until(3, lambda _number: None))
    ((problem,),) = (each.problems for each in told)
    assert "Set the clock" in problem


def test_a_refusal_is_told_once_and_ends_nothing(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.refuses_listing = 403

    def happens(number: int) -> None:
        if number == 3:
            box.refuses_listing = 0
            box.put({"Bath.mp4": SMALL})

    told = watch(dest, home, waits_until(5, happens))
    assert [(each.exports, len(each.problems)) for each in told] == [(0, 1), (1, 0)]
    assert "not you, not now" in told[0].problems[0]


def test_a_box_that_revoked_this_machine_does_not_end_the_sync_with_others(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    other.pair(home)
    other.put({"Play.mp4": SMALL})
    box.machines.revoke(box.machine.id)
    told = watch(dest, home, waits_until(3, lambda _number: None))
    ((problem,),) = (each.problems for each in told)
    assert "pair it again" in problem
    assert shown(dest) == {"A12/Play.mp4": SMALL}


def test_what_was_over_and_comes_back_is_told_again_though_another_box_is_away(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    other.pair(home)
    other.close()

    def happens(number: int) -> None:
        box.refuses_listing = 403 if number in (1, 2, 4, 5) else 0

    told = watch(dest, home, waits_until(6, happens))
    assert [len(each.problems) for each in told] == [1, 1]


def test_a_full_dest_is_told_again_when_it_is_full_again_though_another_box_is_away(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    other.pair(home)
    other.close()
    dest.mkdir()
    (dest / ".vigbox").write_bytes(b"in the way")

    def happens(number: int) -> None:
        if number == 2:
            (dest / ".vigbox").unlink()
            box.put({"Bath.mp4": SMALL})
        if number == 3:
            shutil.rmtree(dest / ".vigbox")
            (dest / ".vigbox").write_bytes(b"in the way")

    told = watch(dest, home, waits_until(5, happens))
    assert [(each.exports, len(each.problems)) for each in told] == [(0, 1), (1, 0), (0, 1)]


def test_when_every_box_revoked_this_machine_it_ends_and_says_so(
    box: ServedBox, other: ServedBox, home: Path, dest: Path
) -> None:
    for each in (box, other):
        each.pair(home)
        each.machines.revoke(each.machine.id)
    with pytest.raises(BoxRefusedError, match="pair it again"):
        sync(dest, home, once=False, keep_sealed=False, progress=quiet)


def test_a_problem_is_not_told_again_after_the_box_was_away(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL})
    box.forge(manifest)

    def happens(number: int) -> None:
        box.refuses_listing = 503 if number == 2 else 0

    told = watch(dest, home, waits_until(5, happens))
    assert [len(each.problems) for each in told] == [1]


def test_what_is_left_of_a_pairing_that_is_no_more_is_removed(
    box: ServedBox, front: FlakyFront, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    box.put({"Bath.mp4": FILM})
    front.drops = [1 << 20] + [0] * MOST_FRUITLESS
    with pytest.raises(BoxUnreachableError):
        sync_once(dest, home)
    assert len(state(dest)) == 1
    box.pair(home)
    sync_once(dest, home)
    assert state(dest) == set()
    assert len(list((dest / ".vigbox").iterdir())) <= 3


def test_a_stranger_in_mid_fetch_is_not_asked_twenty_times(
    box: ServedBox, front: FlakyFront, other: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    box.put({"Bath.mp4": FILM})
    front.drops = [1 << 20]
    waits: list[float] = []

    def join_another(seconds: float) -> None:
        waits.append(seconds)
        front.stand_before(other)

    with pytest.raises(OtherBoxError):
        sync(dest, home, once=True, keep_sealed=False, progress=quiet, wait=join_another)
    assert len(waits) == 1
