"""One process of the demonstration: ``python -m vigbox.demo {lamp,recorder,web} DATA RUN …``."""

import argparse
import logging
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

from vigbox.config import Settings
from vigbox.demo.child import START_AGAIN
from vigbox.errors import VigboxError
from vigbox.store.layout import Layout

_LAST_ANSWER_S: Final = 0.5


def main() -> int:
    """Run one of the three; 0 after SIGTERM, 1 with one clear line."""
    parser = argparse.ArgumentParser("vigbox.demo")
    parser.add_argument("process", choices=("lamp", "recorder", "web"))
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--film", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--room-to-start-minutes", type=int, default=5)
    parser.add_argument("--room-to-stop-mb", type=int, default=50)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    settings = Settings(
        data=given.data,
        run=given.run,
        address="127.0.0.1",
        room_to_start_minutes=given.room_to_start_minutes,
        room_to_stop_mb=given.room_to_stop_mb,
    )
    try:
        if given.process == "lamp":
            return _shine(settings)
        Layout(given.data).check_kind(is_demo=True)
        if given.process == "recorder":
            return _record(settings, given.film)
        _serve(settings, given.port)
    except VigboxError as error:
        sys.stderr.write(f"vigbox: {error}\n")
        return 1
    return 0


def _record(settings: Settings, film: Path | None) -> int:
    from vigbox.devices.drawn import DrawnStage
    from vigbox.devices.drawn_panel import DrawnPanel
    from vigbox.devices.played import PlayedStage
    from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
    from vigbox.devices.stage import Curtain, Stage
    from vigbox.recorder.recording import Devices
    from vigbox.recorder.service import StuckCameraError, run

    def devices() -> Devices:
        rate = settings.pictures_per_second
        stage: Stage = (
            PlayedStage(film) if film else DrawnStage(settings.width, settings.height, rate)
        )
        curtain = Curtain()
        return Devices(
            SimulatedCamera(stage, curtain, settings.bits_per_second),
            SimulatedMicrophone(stage, curtain),
        )

    panel = settings.run / "panel.sock"
    try:
        run(settings, Layout(settings.data), devices, lambda: DrawnPanel(panel))
    except StuckCameraError as error:
        sys.stderr.write(f"vigbox: {error}\n")
        return START_AGAIN
    return 0


def _shine(settings: Settings) -> int:
    from vigbox.lamp.drawn import PINS, DrawnLights
    from vigbox.lamp.ear import Ear, bind
    from vigbox.lamp.heartbeat import SOCKET
    from vigbox.lamp.process import run
    from vigbox.lamp.watchdog import Watchdog

    over = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    lights = DrawnLights(settings.run / PINS, is_two=settings.two_lamps)
    run(
        Ear(bind(settings.run / SOCKET), {os.geteuid()}), lights, Watchdog.of_service(), over.is_set
    )
    lights.close()
    return 0


def _serve(settings: Settings, port: int) -> None:
    if Layout(settings.data).box.exists():
        _serve_box(settings, port)
    else:
        _serve_set_up(settings, port)


def _serve_set_up(settings: Settings, port: int) -> None:
    from vigbox.appliance.settling import put_in_place
    from vigbox.appliance.waiting import prepare
    from vigbox.web.serving import serve
    from vigbox.web.set_up import SetUp
    from vigbox.web.set_up_app import create_set_up_app

    layout = Layout(settings.data)

    def when_settled() -> None:
        """Do what root does on a box, and end: this process is started again as the web."""
        put_in_place(layout)
        ending = threading.Timer(_LAST_ANSWER_S, os.kill, (os.getppid(), signal.SIGTERM))
        ending.daemon = True
        ending.start()

    at = SetUp(layout, settings, prepare(layout, [settings.address]).box, when_settled)
    serve(create_set_up_app(at, ["127.0.0.1", "localhost"]), f"127.0.0.1:{port}")


def _serve_box(settings: Settings, port: int) -> None:
    from vigbox.appliance.health import kept
    from vigbox.appliance.health.gather import gather
    from vigbox.appliance.health.machine import Machine
    from vigbox.demo.drawn_box import create_drawn_box
    from vigbox.demo.front import stand
    from vigbox.devices.drawn_panel import Hand
    from vigbox.lamp.drawn import PINS, look
    from vigbox.web.app import create_app
    from vigbox.web.services import build
    from vigbox.web.serving import serve

    layout = Layout(settings.data)
    health = settings.run / kept.NAME
    # the desk's own swap is no matter of a box
    kept.keep(replace(gather(Machine(data=settings.data)), memory="", swap=""), health)
    services = replace(build(settings, layout, health=health), machines_port=port + 1)
    drawn_box = create_drawn_box(
        Hand(settings.run / "panel.sock"), lambda: look(settings.run / PINS)
    )
    app = create_app(services, ["127.0.0.1", "localhost"], [drawn_box])
    serve(
        app,
        f"127.0.0.1:{port}",
        services,
        when_begun=lambda: stand(app, port + 1, layout.certificate, layout.authority),
    )


if __name__ == "__main__":
    sys.exit(main())
