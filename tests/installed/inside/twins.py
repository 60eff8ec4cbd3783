"""The product's own recorder on simulated devices, for a unit of the appliance."""

import argparse
import dataclasses
import logging
from pathlib import Path

from vigbox.appliance.hint import places
from vigbox.cli.box import running, users
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.drawn_panel import DrawnPanel
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.recorder.recording import Devices
from vigbox.recorder.service import run
from vigbox.store.layout import Layout

READING = running(argparse.Namespace(settings=None, data=None), "recorder")[0]
SETTINGS = dataclasses.replace(READING.settings, width=320, height=180, room_to_start_minutes=0)


def devices() -> Devices:
    """Make a drawn room, and what films and hears it."""
    stage, curtain = DrawnStage(320, 180, SETTINGS.pictures_per_second), Curtain()
    camera = SimulatedCamera(stage, curtain, SETTINGS.bits_per_second)
    return Devices(camera, SimulatedMicrophone(stage, curtain))


logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
run(
    SETTINGS,
    Layout(SETTINGS.data),
    devices,
    lambda: DrawnPanel(Path("/run/vigbox/panel.sock")),
    heard=users(["vigbox-web"]),
    troubles=READING.sentences,
    hints=places(SETTINGS.run),
)
