import base64
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.journeys.outside import plays_silently
from tests.recorder.conftest import Bench
from vigbox.config import Settings
from vigbox.devices.panel import Edge
from vigbox.errors import VigboxError
from vigbox.media.fragments import FilmIndex
from vigbox.model import NS, Lamp, Life
from vigbox.recorder.readiness import RefusedError
from vigbox.store import manifests
from vigbox.store.layout import Layout


def test_a_press_films_and_a_stop_finishes(bench: Bench, tmp_path: Path) -> None:
    bench.arm(counter=7)
    recording = bench.record(2 * NS)
    manifest = manifests.read(bench.layout.manifest(recording), bench.key.verify_key)
    assert manifest.life is Life.FINISHED
    assert manifest.arming == 7
    assert manifest.length_ns >= 2 * NS
    identity, film = tmp_path / "id.txt", tmp_path / "film.mp4"
    identity.write_text(bench.identity.secret_text())
    subprocess.run(
        ["age", "-d", "-i", identity, "-o", film, bench.layout.film(recording)], check=True
    )
    plays_silently(film)


def test_it_is_idle_before_and_after_a_film_and_never_from_the_press_to_its_end(
    bench: Bench,
) -> None:
    bench.arm()
    told = [bench.box.is_idle]
    bench.press(200)
    told.append(bench.box.is_idle)
    bench.until("it records", lambda: bench.box.status()["mode"] == "recording")
    told.append(bench.box.is_idle)
    bench.box.ask("stop")
    told.append(bench.box.is_idle)
    bench.until("it is over", lambda: bench.box.is_idle)
    assert bench.box.status()["recording"] is None
    assert told == [True, False, False, False]


def test_the_lamp_tells_the_whole_story(bench: Bench) -> None:
    bench.arm()
    bench.until("it is ready", lambda: bench.panel.lamps[-1:] == [Lamp.READY])
    bench.record(NS)
    bench.until("it is ready again", lambda: bench.panel.lamps[-1] is Lamp.READY)
    bench.box.close()
    story = bench.panel.lamps[bench.panel.lamps.index(Lamp.READY) :]
    assert story == [
        Lamp.READY, Lamp.ACKNOWLEDGED, Lamp.RECORDING, Lamp.ACKNOWLEDGED, Lamp.READY, Lamp.DARK,
    ]  # fmt: skip


def test_marks_and_pauses_travel_inside_the_film(bench: Bench) -> None:
    bench.arm()
    bench.press(200)
    bench.until("it records", lambda: bench.box.status()["length_ns"] >= NS)
    recording = bench.box.status()["recording"]
    bench.box.ask("mark")
    bench.box.ask("pause")
    bench.until("the lamp says so", lambda: bench.panel.lamps[-1] is Lamp.PAUSED)
    length_ns = bench.box.status()["length_ns"]
    bench.until("it paused", lambda: bench.box.status()["length_ns"] > length_ns + NS)
    bench.box.ask("resume")
    bench.box.ask("stop")
    bench.until("it is over", lambda: bench.box.status()["mode"] == "idle")
    reader = bench.reader(recording)
    events = FilmIndex.scan(reader.read_at, reader.size).events
    assert [each.kind for each in events] == ["mark", "pause", "resume", "stop"]
    assert events[0].time_ns == 0, "a mark is backdated, never to before the film"
    assert events[-1].facts == {"reason": "panel"}


def test_a_release_that_is_heard_late_makes_no_hold_of_a_press(bench: Bench) -> None:
    bench.arm()
    bench.press(200)
    bench.until("it records", lambda: bench.box.status()["length_ns"] >= 3 * NS)
    recording, now_ns = bench.box.status()["recording"], time.monotonic_ns()
    bench.panel.edges.append(Edge(is_down=True, time_ns=now_ns - 2 * NS))
    bench.panel.is_heard = False
    bench.box.tick()
    assert bench.box.status()["mode"] == "recording"
    bench.panel.edges.append(Edge(is_down=False, time_ns=now_ns - 9 * NS // 5))
    bench.panel.is_heard = True
    bench.box.tick()
    bench.box.ask("stop")
    bench.until("it is over", lambda: bench.box.status()["mode"] == "idle")
    reader = bench.reader(recording)
    events = FilmIndex.scan(reader.read_at, reader.size).events
    assert [each.kind for each in events] == ["mark", "stop"]


def test_an_unarmed_press_is_refused(bench: Bench) -> None:
    bench.press(200)
    bench.box.tick()
    assert Lamp.REFUSED in bench.panel.lamps
    assert "No case is armed" in bench.box.status()["refusal"]
    assert list(bench.layout.recordings.iterdir()) == []


def test_a_box_armed_for_yesterday_is_refused(bench: Bench) -> None:
    bench.arm(until="2020-01-01T00:00:00+00:00")
    with pytest.raises(RefusedError, match="time the box was armed for is over"):
        bench.box.ask("start")
    assert bench.box.status()["not_ready_kind"] == "over"


def test_why_no_press_would_be_answered_is_named_for_programs(bench: Bench) -> None:
    assert bench.box.status()["not_ready_kind"] == "unarmed"
    bench.arm()
    assert bench.box.status()["not_ready_kind"] == ""
    bench.layout.armed.write_text("no statement")
    bench.until("it is read", lambda: bench.box.status()["not_ready_kind"] == "statement")


def test_a_card_without_room_is_refused() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # smaller than 90 GB of film
        layout = Layout(Path(folder))
        layout.create()
        full = Bench(layout, Settings(room_to_start_minutes=600, bits_per_second=20_000_000))
        full.arm()
        assert "600 minutes of film need 90000 MB" in full.box.status()["not_ready"]
        assert full.box.status()["not_ready_kind"] == "room"
        with pytest.raises(RefusedError, match="nearly full"):
            full.box.ask("start")
        assert list(layout.recordings.iterdir()) == []
        full.box.close()


def test_erasing_leaves_nothing_and_needs_a_grant(bench: Bench) -> None:
    bench.arm()
    recording = bench.record(NS)
    forged = bench.request("erase", recording=recording)
    forged["grant"] = forged["grant"].replace(recording, "0" * 32)
    with pytest.raises(VigboxError, match="not signed"):
        bench.box.granted.erase(forged)
    bench.box.granted.erase(bench.request("erase", recording=recording))
    assert list(bench.layout.recordings.iterdir()) == []


def test_a_running_recording_can_not_be_erased(bench: Bench) -> None:
    bench.arm()
    bench.press(200)
    bench.until("it records", lambda: bench.box.status()["mode"] == "recording")
    recording = bench.box.status()["recording"]
    with pytest.raises(RefusedError, match="still being made"):
        bench.box.granted.erase(bench.request("erase", recording=recording))


def test_a_cut_film_is_finished_in_place_and_again(bench: Bench, tmp_path: Path) -> None:
    bench.arm()
    recording = bench.record(3 * NS)
    path = bench.layout.film(recording)
    path.write_bytes(path.read_bytes()[:-100_000])
    cut = manifests.read(bench.layout.manifest(recording)).settled(Life.INTERRUPTED, 0)
    manifests.write(bench.layout, cut, bench.key)
    reader = bench.reader(recording)
    index = FilmIndex.scan(reader.read_at, reader.size)
    offset, final = reader.finishing(index.sync_end)
    facts = {
        "recording": recording, "offset": offset, "length_ns": index.duration_ns,
        "final": base64.b64encode(final).decode(),
    }  # fmt: skip
    bench.box.granted.finish(bench.request("finish", **facts))
    once = path.read_bytes()
    manifests.write(bench.layout, cut, bench.key)
    bench.box.granted.finish(bench.request("finish", **facts))
    assert path.read_bytes() == once
    assert bench.reader(recording).is_finished
    identity = tmp_path / "id.txt"
    identity.write_text(bench.identity.secret_text())
    opened = subprocess.run(["age", "-d", "-i", identity, path], check=True, capture_output=True)
    assert len(opened.stdout) == index.sync_end + 8


def test_closing_the_box_finishes_the_film(bench: Bench) -> None:
    bench.arm()
    bench.press(200)
    bench.until("it records", lambda: bench.box.status()["length_ns"] > NS)
    recording = bench.box.status()["recording"]
    bench.box.close()
    assert manifests.read(bench.layout.manifest(recording)).life is Life.FINISHED


class DeadCamera:
    """A camera that starts and gives nothing, as one with a loose cable does."""

    size = (320, 180)
    is_stuck = False

    def problem(self) -> str:
        return ""

    def watch(self) -> None: ...
    def look(self) -> None: ...
    def start(self, when_picture: object) -> None: ...
    def blank(self, *, is_blank: bool) -> None: ...
    def stop(self) -> None: ...


def test_a_camera_that_gives_nothing_is_no_film_and_says_so(bench: Bench) -> None:
    bench.use_camera(DeadCamera())
    bench.arm()
    bench.press(200)
    bench.until("it gave up", lambda: "no picture" in bench.box.status()["refusal"])
    assert Lamp.RECORDING not in bench.panel.lamps
    assert [each.life for each in manifests.listed(bench.layout)] == [Life.INTERRUPTED]
