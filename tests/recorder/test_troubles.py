"""What is wrong and stops no film: the lamp says so while nothing is recorded, and films."""

import dataclasses
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.recorder.conftest import Bench
from vigbox.config import Settings
from vigbox.model import NS, Lamp, TimeSource
from vigbox.recorder.clock import TOLD, Clock
from vigbox.recorder.shown import TROUBLED_EVERY_NS, TROUBLED_FOR_NS, shown_at_rest
from vigbox.store.floor import Floor
from vigbox.store.layout import Layout
from vigbox.store.settings_file import read


def at_rest(*, is_ready: bool, is_problem: bool, is_hinted: bool) -> list[Lamp]:
    return [
        shown_at_rest(is_ready=is_ready, is_problem=is_problem, is_hinted=is_hinted, now_ns=n * NS)
        for n in range(2 * TROUBLED_EVERY_NS // NS)
    ]


@pytest.mark.parametrize("is_hinted", [True, False])
def test_a_card_that_refuses_is_a_problem_for_a_moment_again_and_again(*, is_hinted: bool) -> None:
    seen = at_rest(is_ready=False, is_problem=True, is_hinted=is_hinted)
    times = TROUBLED_FOR_NS // NS
    assert seen.count(Lamp.PROBLEM) == 2 * times
    assert seen[:times] == [Lamp.PROBLEM] * times
    assert set(seen) == {Lamp.PROBLEM, Lamp.DARK}


@pytest.mark.parametrize(
    ("is_ready", "is_hinted", "lamp"),
    [
        (True, False, Lamp.READY),
        (True, True, Lamp.READY_HINT),
        (False, False, Lamp.DARK),
        (False, True, Lamp.HINT),
    ],
)
def test_what_stops_no_film_is_hinted_at(*, is_ready: bool, is_hinted: bool, lamp: Lamp) -> None:
    assert set(at_rest(is_ready=is_ready, is_problem=False, is_hinted=is_hinted)) == {lamp}


@pytest.mark.parametrize(
    "data",
    [b"widht = 640\n", b"width =\n", b'microphone = "R\xf8de"\n' + b"\0" * 99],
)
def test_with_a_mistake_in_the_settings_a_press_films_and_the_lamp_says_it(
    bench: Bench, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "vigbox.toml"
    path.write_bytes(b"height = 180\nroom_to_start_minutes = 0\n" + data)
    reading = read(path)
    bench.settings = dataclasses.replace(reading.settings, run=tmp_path, width=320)
    bench.use_camera(None, troubles=reading.sentences)
    bench.arm()
    bench.until("the lamp says it", lambda: bench.panel.lamps[-1:] == [Lamp.READY_HINT])
    assert bench.box.status()["is_troubled"]
    before = len(bench.panel.lamps)
    recording = bench.record(NS)
    assert Lamp.RECORDING in bench.panel.lamps[before:]
    assert "finished" in bench.layout.manifest(recording).read_text()


def test_what_is_wrong_is_not_told_to_whoever_asks_for_the_status(bench: Bench) -> None:
    bench.use_camera(None, troubles=["/etc/vigbox/vigbox.toml, line 7: Annemarijn"])
    assert "Annemarijn" not in repr(bench.box.status())


def test_while_a_film_is_made_the_lamp_is_red_and_nothing_else(bench: Bench) -> None:
    bench.use_camera(None, troubles=["the settings have a mistake"])
    bench.arm()
    bench.press(200)
    bench.until("it records", lambda: bench.panel.lamps[-1:] == [Lamp.RECORDING])
    before = len(bench.panel.lamps)
    bench.until("it is long", lambda: bench.box.status()["length_ns"] > 4 * NS)
    assert bench.panel.lamps[before:] == []
    bench.box.ask("stop")
    bench.until("it is over", lambda: bench.box.status()["mode"] == "idle")


def test_a_card_without_room_shows_before_anybody_presses() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # smaller than 90 GB of film
        layout = Layout(Path(folder))
        layout.create()
        full = Bench(layout, Settings(room_to_start_minutes=600, bits_per_second=20_000_000))
        full.arm()
        full.until("the lamp says it", lambda: Lamp.PROBLEM in full.panel.lamps)
        assert "The card is nearly full" in full.box.status()["not_ready"]
        full.box.close()


def test_a_box_that_is_only_not_armed_stays_dark(bench: Bench) -> None:
    bench.until("a while went by", lambda: bench.box.status()["not_ready"] is not None)
    assert bench.panel.lamps == [Lamp.DARK]


def test_in_1970_a_press_films(bench: Bench, layout: Layout, tmp_path: Path) -> None:
    born = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)
    bench.use_clock(Clock(Floor(layout.floor), tmp_path / TOLD, now=lambda: born))
    bench.arm()
    recording = bench.record(NS)
    assert bench.box.status()["clock"]["source"] == TimeSource.UNSURE
    assert '"unsure"' in bench.layout.manifest(recording).read_text()
