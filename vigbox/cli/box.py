"""``demo``, ``check``, ``recorder`` and ``web``: what runs on the box, or stands in for one."""

import argparse
import contextlib
import dataclasses
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vigbox.config import Settings, load
from vigbox.errors import SettingError, VigboxError
from vigbox.store.layout import RECORDERS, Layout
from vigbox.store.settings_file import Reading, keep, read

if TYPE_CHECKING:
    from vigbox.appliance.health.findings import Finding
    from vigbox.recorder.recording import Devices

_SETTINGS: Final = Path("/etc/vigbox/vigbox.toml")


class NotWellError(VigboxError):
    """Something of the box is not as it should be."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    _add_demo(commands.add_parser("demo", help="a whole box on this computer, on simulated twins"))
    for name, command, told in (
        ("check", _check, "look at camera, microphone, card, clock, lamp and Wi-Fi"),
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
            each.add_argument(
                "--media", type=Path, help="the media worker's socket (or bubblewrap)"
            )
            each.add_argument("--host", action="append", default=[], help="one more of its names")


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--film", type=Path, help="what is in front of the camera, looped")
    demo.add_argument("--port", type=int, default=8420, help="of the page (default: 8420)")
    demo.add_argument("--data", type=Path, help="keep the films here (default: a folder that goes)")
    demo.add_argument("--fresh", action="store_true", help="begin with a box that is not set up")
    demo.add_argument("--room-to-start-minutes", type=int, default=5, help=argparse.SUPPRESS)
    demo.add_argument("--room-to-stop-mb", type=int, default=50, help=argparse.SUPPRESS)
    demo.set_defaults(command=_demonstrate)


def _demonstrate(given: argparse.Namespace) -> None:
    from vigbox.demo.launch import Wish, run

    room = (given.room_to_start_minutes, given.room_to_stop_mb)
    run(Wish(given.film, given.port, given.data, *room, given.fresh))


def _record(given: argparse.Namespace) -> None:
    from vigbox.appliance.hint import places
    from vigbox.devices.panel import Panel
    from vigbox.devices.pins import real_pins
    from vigbox.recorder.clock import set_system
    from vigbox.recorder.service import run

    reading, layout = running(given, "recorder")
    settings = reading.settings
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    run(
        settings,
        layout,
        lambda: _devices(settings, layout),
        lambda: Panel(real_pins()),
        set_system=set_system,
        heard=users([given.hear] if given.hear else []),
        troubles=reading.sentences,
        hints=places(settings.run),
    )


def users(names: list[str]) -> frozenset[int]:
    """Give the numbers of users of this machine. Raises SettingError."""
    import pwd  # not on Windows, where no box runs but this module is imported

    try:
        return frozenset(pwd.getpwnam(each).pw_uid for each in names)
    except KeyError as error:
        raise SettingError(f"--hear must be a user of this machine: {error}") from error


def _devices(settings: Settings, layout: Layout, *, is_measuring: bool = False) -> "Devices":
    from vigbox.devices.capture import SoundCardMicrophone
    from vigbox.devices.picamera import open_camera
    from vigbox.recorder.recording import Devices
    from vigbox.recorder.selftest import latency_ns_of

    # what is taken off already would be missing in what is measured
    latency_ns = 0 if is_measuring else latency_ns_of(layout.latency, settings.microphone)
    return Devices(open_camera(settings), SoundCardMicrophone(settings.microphone, latency_ns))


def _check(given: argparse.Namespace) -> None:
    from vigbox.recorder.check import check_all, measure_latency
    from vigbox.recorder.selftest import keep
    from vigbox.store.owners import hand_over_file

    reading, layout = running(given, "recorder", is_keeping=False)
    settings = reading.settings
    is_well = given.sync or told_health(reading, layout)
    layout.create(RECORDERS)
    layout.own("recorder")  # it holds the devices
    devices = _devices(settings, layout, is_measuring=given.sync)
    if given.sync:
        latency = measure_latency(devices)
        keep(layout.latency, settings.microphone, latency)
        hand_over_file(layout.latency)  # run as root, or the recorder could not read it
        print(f"sync        {latency.latency_ns / 1e6:.0f} ms, from {latency.pairs} pairs: kept")
        return
    for each in check_all(settings, layout, devices):
        is_well = say(each) and is_well
    if not is_well:
        raise NotWellError("not everything is well: see the lines that begin with PROBLEM")


def told_health(reading: Reading, layout: Layout) -> bool:
    """Say what the page Health says; gives whether all is well."""
    from vigbox.appliance.health.facts import boottime_s
    from vigbox.appliance.health.findings import Finding, findings, settings
    from vigbox.appliance.health.gather import gather
    from vigbox.appliance.health.machine import Machine
    from vigbox.appliance.updates.finding import last_update
    from vigbox.appliance.updates.place import Place
    from vigbox.appliance.wifi_state import read_state

    facts = gather(Machine(data=layout.data))
    rate = reading.settings.bits_per_second // 8
    of_box = findings(facts, rate, datetime.now(UTC), boottime_s())
    # the room on the card is told where its speed is measured, the Wi-Fi with its name
    others = (each for each in of_box if each.about not in {"room", "wifi"})
    wifi = read_state()
    is_up = wifi.is_up and not wifi.problems
    told = [*settings(reading.sentences), *last_update(Place(layout.data)), *others]
    told.append(Finding("Wi-Fi", str(wifi), is_well=is_up))
    wells = [say(each) for each in told]  # every line is printed
    return all(wells)


def say(found: "Finding") -> bool:
    """Print one line; gives whether it is well."""
    print(f"{'well' if found.is_well else 'PROBLEM':8} {found.about:11} {found.says}", flush=True)
    return found.is_well


def _serve(given: argparse.Namespace) -> None:
    from vigbox.appliance.authority import name_of
    from vigbox.media.unit import MediaUnit
    from vigbox.web.app import create_app
    from vigbox.web.fronted import Fronted
    from vigbox.web.services import build
    from vigbox.web.serving import serve

    reading, layout = running(given, "web")
    settings, others = shown(reading.settings)
    layout.own("web")
    walls = MediaUnit(given.media) if given.media else None
    services = build(settings, layout, walls=walls, faults=reading.faults, troubles=others)
    names = [name_of(services.public.box), settings.address, *given.host]
    app = create_app(services, names, is_https=True)
    app.wsgi_app = Fronted(app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it
    serve(app, f"unix:{given.socket or settings.run / 'web.sock'}", services)


def running(
    given: argparse.Namespace, who: str, *, is_keeping: bool = True
) -> tuple[Reading, Layout]:
    """Read what can be used of a real service's settings, and keep good ones for a worse day.

    Raises DataFolderError.
    """
    path: Path = given.settings or _SETTINGS
    first = read(path)
    data = given.data or first.settings.data
    kept = Layout(data).data / who / "settings.json"
    reading = read(path, kept) if first.faults else first
    settings = dataclasses.replace(reading.settings, data=data)
    layout = Layout(data)
    layout.check_kind(is_demo=False)
    if is_keeping:
        with contextlib.suppress(OSError):  # a card that cannot be written is told elsewhere
            keep(reading, kept)
    return dataclasses.replace(reading, settings=settings), layout


def shown(settings: Settings) -> tuple[Settings, list[str]]:
    """Give settings whose vocabulary and prompts can be used, and what could not be."""
    from vigbox.casework import prompts, vocabulary

    troubles = []
    for key, load_words in (("vocabulary", vocabulary.load), ("review_prompts", prompts.load)):
        try:
            load_words(getattr(settings, key))
        except SettingError as error:
            troubles.append(f"{error} Until then the shipped ones hold.")
            wish: dict[str, Any] = {key: getattr(Settings(), key)}
            settings = dataclasses.replace(settings, **wish)
    return settings, troubles


def real(given: argparse.Namespace) -> tuple[Settings, Layout]:
    """Read the settings of a real service, which never touches a demonstration's folder."""
    path: Path | None = given.settings
    settings = load(path or _SETTINGS) if path or _SETTINGS.exists() else Settings()
    if given.data:
        settings = dataclasses.replace(settings, data=given.data)
    layout = Layout(settings.data)
    layout.check_kind(is_demo=False)
    return settings, layout
