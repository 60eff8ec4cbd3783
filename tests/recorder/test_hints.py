"""What others found wrong with the box: hinted at while nothing is recorded, and only then."""

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.recorder.conftest import Bench
from vigbox.appliance.hint import NAME, places, say
from vigbox.config import Settings
from vigbox.model import NS, Lamp, TimeSource
from vigbox.recorder.clock import TOLD, Clock
from vigbox.recorder.hints import EVERY_NS, Hints
from vigbox.recorder.shown import shown_at_rest
from vigbox.store.floor import Floor
from vigbox.store.layout import Layout


def clock(layout: Layout, source: TimeSource | None = TimeSource.NETWORK) -> Clock:
    now = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    told = layout.data / TOLD
    return Clock(Floor(layout.floor), told, now=lambda: now, witness=lambda _now: source)


def hints(layout: Layout, *paths: Path, source: TimeSource | None = TimeSource.NETWORK) -> Hints:
    return Hints(clock(layout, source), paths)


def test_one_who_asks_is_enough_and_who_says_well_does_not(layout: Layout, tmp_path: Path) -> None:
    found = places(tmp_path / "vigbox")
    for each in found:
        each.parent.mkdir()
        say(each, is_well=True)
    assert not hints(layout, *found).is_some(0)
    for each in found:
        say(each, is_well=False)
        assert hints(layout, *found).is_some(0)
        say(each, is_well=True)


def test_it_looks_seldom_and_again(layout: Layout, tmp_path: Path) -> None:
    path = tmp_path / NAME
    seen = hints(layout, path)
    assert not seen.is_some(0)
    say(path, is_well=False)
    assert not seen.is_some(EVERY_NS), "not before it is due"
    assert seen.is_some(EVERY_NS + 1)
    path.unlink()
    assert not seen.is_some(3 * EVERY_NS)


def test_a_clock_that_nobody_is_sure_of_is_hinted_at_until_a_tablet_tells(layout: Layout) -> None:
    asked = clock(layout, None)
    seen = Hints(asked, [])
    assert seen.is_some(0)
    asked.tell(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    assert not seen.is_some(2 * EVERY_NS)


@pytest.mark.parametrize(
    ("is_hinted", "is_armed", "lamp"),
    [
        (True, True, Lamp.READY_HINT),
        (True, False, Lamp.HINT),
        (False, True, Lamp.READY),
        (False, False, Lamp.DARK),
    ],
)
def test_at_rest_the_lamp_hints(
    bench: Bench, tmp_path: Path, *, is_hinted: bool, is_armed: bool, lamp: Lamp
) -> None:
    path = tmp_path / NAME
    say(path, is_well=not is_hinted)
    bench.use_camera(None, hints=hints(bench.layout, path))
    if is_armed:
        bench.arm()
    before = len(bench.panel.lamps)
    bench.until("the lamp says it", lambda: bench.panel.lamps[-1:] == [lamp])
    assert {*bench.panel.lamps[before:]} <= {lamp, Lamp.HINT, Lamp.DARK}
    assert bench.box.status()["lamp"] == lamp


def test_a_film_is_steady_red_a_pause_a_pause_and_a_refusal_a_refusal(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / NAME
    say(path, is_well=False)
    bench.use_camera(None, hints=hints(bench.layout, path))
    bench.press(200)  # not armed
    assert bench.panel.lamps[-1] is Lamp.REFUSED
    bench.until("the refusal was seen", lambda: bench.panel.lamps[-1] is Lamp.HINT)
    bench.arm()
    bench.press(200)
    bench.until("it records", lambda: bench.panel.lamps[-1] is Lamp.RECORDING)
    red = len(bench.panel.lamps)
    bench.until("it is long", lambda: bench.box.status()["length_ns"] > 6 * NS)
    assert bench.panel.lamps[red:] == [], "no hint in more than a whole look"
    bench.box.ask("pause")
    bench.until("it pauses", lambda: bench.panel.lamps[-1] is Lamp.PAUSED)
    bench.box.ask("resume")
    bench.box.ask("stop")
    bench.until("it is over", lambda: bench.panel.lamps[-1] is Lamp.READY_HINT)
    assert {Lamp.HINT, Lamp.READY_HINT}.isdisjoint(bench.panel.lamps[red - 1 : -1])


def test_while_somebody_looks_the_lamp_says_so(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / NAME
    say(path, is_well=False)
    bench.use_camera(None, hints=hints(bench.layout, path))
    view = bench.box.viewfinder.open_view()
    bench.until("the lamp is white", lambda: bench.panel.lamps[-1] is Lamp.FRAMING)
    bench.box.viewfinder.close_view(view)
    bench.until("it hints", lambda: bench.panel.lamps[-1] is Lamp.HINT)


def nothing(path: Path) -> None:
    path.unlink(missing_ok=True)


def huge(path: Path) -> None:
    path.write_bytes(b"look\n")
    os.truncate(path, 1 << 42)


def rubbish(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(4096))


HOSTILE: dict[str, Callable[[Path], object]] = {
    "missing": nothing,
    "huge": huge,
    "rubbish": rubbish,
    "empty": lambda path: path.write_bytes(b""),
    "more than the word": lambda path: path.write_bytes(b"look\nlook\n"),
    "half the word": lambda path: path.write_bytes(b"loo"),
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
    "a link to what never ends": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a socket's name": lambda path: os.mknod(path, 0o140644),
}


@pytest.mark.parametrize("lay", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_is_no_word_is_no_hint_and_the_box_films(
    bench: Bench, tmp_path: Path, lay: Callable[[Path], object]
) -> None:
    path = tmp_path / NAME
    lay(path)
    bench.use_camera(None, hints=hints(bench.layout, path))
    bench.arm()
    bench.until("it is ready", lambda: bench.panel.lamps[-1:] == [Lamp.READY])
    bench.press(200)
    bench.until("it records", lambda: bench.panel.lamps[-1] is Lamp.RECORDING)


def test_a_folder_that_is_not_there_is_no_hint(layout: Layout, tmp_path: Path) -> None:
    assert not hints(layout, *places(tmp_path / "vigbox")).is_some(0)


def test_a_link_is_not_followed_to_a_word(layout: Layout, tmp_path: Path) -> None:
    say(tmp_path / "other", is_well=False)
    (tmp_path / NAME).symlink_to(tmp_path / "other")
    assert not hints(layout, tmp_path / NAME).is_some(0)


def test_whatever_is_found_at_rest_the_lamp_is_never_red_but_for_card_or_camera() -> None:
    for now_ns in range(0, 24 * NS, NS // 3):
        for bits in range(8):
            is_ready, is_problem, is_hinted = (bool(bits & 1 << n) for n in range(3))
            lamp = shown_at_rest(
                is_ready=is_ready, is_problem=is_problem, is_hinted=is_hinted,
                now_ns=now_ns,
            )  # fmt: skip
            assert lamp is not Lamp.RECORDING
            assert (lamp is Lamp.PROBLEM) <= is_problem
            assert (lamp in (Lamp.READY, Lamp.READY_HINT)) <= is_ready
            assert (lamp in (Lamp.HINT, Lamp.READY_HINT)) <= is_hinted


def test_the_shipped_words_are_where_the_units_write_them() -> None:
    found = places(Settings().run)
    assert [str(each) for each in found] == [
        "/run/vigbox-health/hint", "/run/vigbox-net/hint", "/run/vigbox-update/hint",
    ]  # fmt: skip
