from __future__ import annotations

import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.companion.syncing import FILM, SMALL, shown, state, sync_once, waits_until, watch
from tests.faults.card import LoopCard, SmallCard, why_not
from vigbox.companion.destination import Destination, DestinationError
from vigbox.companion.lock import owned
from vigbox.companion.sync import sync
from vigbox.errors import InUseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.companion.conftest import ServedBox

needs_cards = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def test_a_dest_that_is_no_folder_is_told(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    dest.write_bytes(b"")
    with pytest.raises(DestinationError, match="cannot write"):
        sync_once(dest, home)


def test_two_syncs_do_not_meet_in_one_dest(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.put({"Bath.mp4": SMALL})
    dest.mkdir()
    with owned(dest / ".vigbox"), pytest.raises(InUseError):
        sync_once(dest, home)
    assert shown(dest) == {}
    sync_once(dest, home)
    assert shown(dest) == {"A12/Bath.mp4": SMALL}


def test_a_full_disk_is_told_and_gone_on_from(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL})
    partial = dest / ".vigbox" / manifest.machine_id / manifest.export_id / "clip-0.mp4.age.part"
    partial.parent.mkdir(parents=True)
    partial.symlink_to("/dev/full")
    with pytest.raises(DestinationError, match="no room left"):
        sync_once(dest, home)
    assert box.verified == []
    partial.unlink()
    sync_once(dest, home)
    assert shown(dest) == {"A12/Bath.mp4": SMALL}


def test_a_dest_in_use_is_told_once_and_waited_for(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.put({"Bath.mp4": SMALL})
    dest.mkdir()
    with ExitStack() as other:
        other.enter_context(owned(dest / ".vigbox"))

        def happens(number: int) -> None:
            if number == 3:
                other.close()

        told = watch(dest, home, waits_until(5, happens))
    assert [each.exports for each in told] == [0, 1]
    assert "another vigbox sync" in told[0].problems[0]
    assert shown(dest) == {"A12/Bath.mp4": SMALL}


def test_while_nothing_waits_the_folder_is_not_held(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)

    def take(_number: int) -> None:
        with owned(dest / ".vigbox"):
            pass

    assert watch(dest, home, waits_until(3, take)) == []


def test_a_folder_whose_disk_is_away_is_not_made(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.put({"Bath.mp4": SMALL})
    away = dest / "STICK" / "VIG"
    with pytest.raises(DestinationError, match="plug its disk in"):
        sync_once(away, home)
    assert not dest.exists()
    told = watch(away, home, waits_until(3, lambda _number: None))
    assert [len(each.problems) for each in told] == [1]


@needs_cards
@pytest.mark.parametrize("left_mb", [5.0, 12.0])
def test_a_disk_that_fills_keeps_what_is_there_and_is_gone_on_from(
    box: ServedBox, home: Path, left_mb: float
) -> None:
    """With 5 MB left the fetching fails, with 12 the opening."""
    box.pair(home)
    manifest = box.put({"Bath.mp4": FILM})
    with SmallCard(40) as card:
        card.fill(left_mb)
        dest = card.folder / "VIG"
        with pytest.raises(DestinationError, match="no room left"):
            sync_once(dest, home)
        assert shown(dest) == {}
        assert box.verified == []
        (card.folder / "ballast").unlink()
        summary = sync_once(dest, home)
        assert summary.fetched_bytes < manifest.size_bytes - 4_500_000
        assert shown(dest) == {"A12/Bath.mp4": FILM}
        assert state(dest) == set()
    assert len(box.verified) == 1


@needs_cards
@pytest.mark.parametrize("below", ["", "VIG"])
def test_a_stick_that_is_pulled_is_waited_for_and_gone_on_from(
    box: ServedBox, home: Path, below: str
) -> None:
    box.pair(home)
    box.put({"Before.mp4": SMALL})
    with LoopCard(64) as card:
        dest = card.folder / below

        @contextmanager
        def pulling(_total: int, _here: int) -> Iterator[Callable[[int], None]]:
            def pull(_size: int) -> None:
                subprocess.run(["umount", "-l", card.folder], check=False, capture_output=True)

            yield pull

        sync_once(dest, home)
        box.put({"Bath.mp4": FILM})
        with pytest.raises(DestinationError):
            sync(dest, home, once=True, keep_sealed=False, progress=pulling)
        assert list(card.folder.iterdir()) == []
        assert len(box.verified) == 1
        card.put_in()
        sync_once(dest, home)
        assert shown(dest).items() >= {"A12/Bath.mp4": FILM, "A12/Before.mp4": SMALL}.items()
    assert len(box.verified) == 2


@needs_cards
def test_the_empty_folder_under_a_pulled_stick_is_not_written_to(
    box: ServedBox, home: Path
) -> None:
    box.pair(home)
    with LoopCard(64) as card:

        def happens(number: int) -> None:
            if number == 1:
                card.pull_out()
                box.put({"Bath.mp4": SMALL})
            if number == 3:
                assert list(card.folder.iterdir()) == []
                card.put_in()

        told = watch(card.folder, home, waits_until(5, happens))
        assert "another disk than before" in told[0].problems[0]
        assert [each.exports for each in told] == [0, 1]
        assert (card.folder / "A12" / "Bath.mp4").read_bytes() == SMALL


def test_a_disk_that_comes_back_under_another_number_is_known_again(dest: Path) -> None:
    into = Destination(dest)
    with into.owned():
        pass
    into._device = -1
    with into.owned():
        assert into._device == dest.stat().st_dev


@pytest.mark.parametrize("is_begun", [False, True])
def test_another_disk_in_its_place_is_refused_and_not_written_to(
    dest: Path, *, is_begun: bool
) -> None:
    into = Destination(dest)
    with into.owned():
        pass
    into._device = -1
    dest.rename(dest.with_name("away"))
    dest.mkdir()
    if is_begun:
        with Destination(dest).owned():
            pass
    before = sorted(dest.rglob("*"))
    with pytest.raises(DestinationError, match="another disk than before"), into.owned():
        pass
    assert sorted(dest.rglob("*")) == before


def test_a_damaged_id_is_made_anew(dest: Path) -> None:
    into = Destination(dest)
    for data in (b"", b"\xff" * 32):
        with into.owned():
            (dest / ".vigbox" / "id").write_bytes(data)
    with into.owned():
        pass
    into._device = -1
    with into.owned():
        pass
