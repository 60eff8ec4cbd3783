from pathlib import Path

import pytest

from vigbox.config import Settings
from vigbox.devices.camera import CameraError
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.lamp.ear import bind
from vigbox.lamp.heartbeat import SOCKET
from vigbox.model import TimeSource
from vigbox.recorder.check import check_all, measure_latency
from vigbox.recorder.clock import TOLD, Clock
from vigbox.recorder.recording import Devices
from vigbox.store.floor import BORN, Floor
from vigbox.store.layout import Layout


class NoCamera(SimulatedCamera):
    def start(self, when_picture: object) -> None:  # noqa: ARG002
        raise CameraError("there is no camera. Check its cable.")


def devices(camera: type[SimulatedCamera] = SimulatedCamera) -> Devices:
    stage, curtain = DrawnStage(320, 180, 25), Curtain()
    return Devices(camera(stage, curtain, 500_000), SimulatedMicrophone(stage, curtain))


def a_clock(layout: Layout, source: TimeSource | None) -> Clock:
    told = layout.data / TOLD
    return Clock(Floor(layout.floor), told, now=lambda: BORN, witness=lambda _now: source)


@pytest.fixture
def place(layout: Layout, tmp_path: Path) -> tuple[Settings, Layout]:
    return Settings(run=tmp_path, room_to_start_minutes=0), layout


def test_a_box_that_is_well_says_so_of_each_thing(place: tuple[Settings, Layout]) -> None:
    listening = bind(place[0].run / SOCKET)
    clock = a_clock(place[1], TimeSource.NETWORK)
    found = {each.about: each for each in check_all(*place, devices(), look_s=1.2, clock=clock)}
    listening.close()
    assert list(found) == ["camera", "microphone", "card", "clock", "lamp"]
    assert all(each.is_well for each in found.values()), found
    assert "320 by 180, 2" in found["camera"].says
    assert "minutes of film" in found["card"].says
    assert not list(place[1].recordings.iterdir())


def test_what_is_not_there_is_a_problem_and_stops_nothing_else(
    place: tuple[Settings, Layout],
) -> None:
    found = {each.about: each for each in check_all(*place, devices(NoCamera), look_s=1.2)}
    assert (found["camera"].is_well, found["camera"].says) == (
        False,
        "there is no camera. Check its cable.",
    )
    assert found["microphone"].is_well
    assert not found["lamp"].is_well


def test_a_clock_that_nobody_is_sure_of_is_a_problem(place: tuple[Settings, Layout]) -> None:
    clock = a_clock(place[1], None)
    looked = check_all(*place, devices(NoCamera), look_s=0.1, clock=clock)
    found = {each.about: each for each in looked}["clock"]
    assert not found.is_well
    assert "unlock the page from a tablet that knows the time" in found.says


def test_flash_and_beep_of_one_stage_are_found_together() -> None:
    latency = measure_latency(devices(), film_s=7.5)
    assert latency.pairs >= 5
    assert abs(latency.latency_ns) < 60_000_000
