"""``demo``, ``check``, ``recorder`` and ``web``: what runs on the box, or stands in for one."""

import argparse
import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vigbox.config import Settings, load
from vigbox.errors import SettingError, VigboxError
from vigbox.store.layout import RECORDERS, Layout

if TYPE_CHECKING:
    from vigbox.recorder.recording import Devices

_SETTINGS: Final = Path("/etc/vigbox/vigbox.toml")


class NotWellError(VigboxError):
    """Something of the box is not as it should be."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    _add_demo(commands.add_parser("demo", help="a whole box on this computer, on simulated twins"))
    for name, command, told in (
        ("check", _check, "look at camera, microphone, card, clock and lamp"),
        ("recorder", _record, "the recorder's process"),
        ("web", _serve, "the web's process"),
    ):
        each = commands.add_parser(name, help=told)
        each.add_argument("--settings", type=Path, help=f"default: {_SETTINGS}, if it is there")
        each.add_argument("--data", type=Path, help="the data folder, instead of the settings'")
        each.set_defaults(command=command)
        if name == "check":
            wish = "film a tablet that flashes and beeps; keep how late the microphone is"
            each.add_argument("--sync", action="store_true", help=wish)
        if name == "recorder":
            each.add_argument("--hear", metavar="USER", help="who may ask beside its own user")
        if name == "web":
            each.add_argument("--socket", type=Path, help="where nginx asks (default: web.sock)")
            each.add_argument("--host", action="append", default=[], help="one more of its names")


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--film", type=Path, help="what is in front of the camera, looped")
    demo.add_argument("--port", type=int, default=8420, help="of the page (default: 8420)")
    demo.add_argument("--data", type=Path, help="keep the films here (default: a folder that goes)")
    demo.add_argument("--room-to-start-minutes", type=int, default=5, help=argparse.SUPPRESS)
    demo.add_argument("--room-to-stop-mb", type=int, default=50, help=argparse.SUPPRESS)
    demo.set_defaults(command=_demonstrate)


def _demonstrate(given: argparse.Namespace) -> None:
    from vigbox.demo.launch import Wish, run

    room = (given.room_to_start_minutes, given.room_to_stop_mb)
    run(Wish(given.film, given.port, given.data, *room))


def _record(given: argparse.Namespace) -> None:
    from vigbox.devices.panel import Panel
    from vigbox.devices.pins import real_pins
    from vigbox.recorder.clock import set_system
    from vigbox.recorder.service import run

    settings, layout = real(given)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    run(
        settings,
        layout,
        lambda: _devices(settings, layout),
        lambda: Panel(real_pins()),
        set_system=set_system,
        heard=users([given.hear] if given.hear else []),
    )


def users(names: list[str]) -> frozenset[int]:
    """Give the numbers of users of this machine. Raises SettingError."""
    import pwd  # not on Windows, where no box runs but this module is imported

    try:
        return frozenset(pwd.getpwnam(each).pw_uid for each in names)
    except KeyError as error:
        raise SettingError(f"--hear must be a user of this machine: {error}") from error


def _devices(settings: Settings, layout: Layout) -> "Devices":
    from vigbox.devices.capture import SoundCardMicrophone
    from vigbox.devices.picamera import open_camera
    from vigbox.recorder.recording import Devices
    from vigbox.recorder.selftest import latency_ns_of

    latency_ns = latency_ns_of(layout.latency, settings.microphone)
    return Devices(open_camera(settings), SoundCardMicrophone(settings.microphone, latency_ns))


def _check(given: argparse.Namespace) -> None:
    from vigbox.recorder.check import check_all, measure_latency
    from vigbox.recorder.selftest import keep

    settings, layout = real(given)
    layout.create(RECORDERS)
    layout.own("recorder")  # it holds the devices
    devices = _devices(settings, layout)
    if given.sync:
        latency = measure_latency(devices)
        keep(layout.latency, settings.microphone, latency)
        print(f"sync        {latency.latency_ns / 1e6:.0f} ms, from {latency.pairs} pairs: kept")
        return
    findings = []
    for each in check_all(settings, layout, devices):
        print(f"{'well' if each.is_well else 'PROBLEM':8} {each.about:11} {each.says}", flush=True)
        findings.append(each)
    if not all(each.is_well for each in findings):
        raise NotWellError("not everything is well: see the lines that begin with PROBLEM")


def _serve(given: argparse.Namespace) -> None:
    from vigbox.appliance.authority import name_of
    from vigbox.web.app import create_app
    from vigbox.web.fronted import Fronted
    from vigbox.web.services import build
    from vigbox.web.serving import serve

    settings, layout = real(given)
    layout.own("web")
    services = build(settings, layout)
    names = [name_of(services.public.box), settings.address, *given.host]
    app = create_app(services, names, is_https=True)
    app.wsgi_app = Fronted(app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it
    serve(app, f"unix:{given.socket or settings.run / 'web.sock'}", services)


def real(given: argparse.Namespace) -> tuple[Settings, Layout]:
    """Read the settings of a real service, which never touches a demonstration's folder."""
    path: Path | None = given.settings
    settings = load(path or _SETTINGS) if path or _SETTINGS.exists() else Settings()
    if given.data:
        settings = dataclasses.replace(settings, data=given.data)
    layout = Layout(settings.data)
    layout.check_kind(is_demo=False)
    return settings, layout
