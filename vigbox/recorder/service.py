"""The recorder as a program: build everything in order, run, close in reverse."""

import contextlib
import logging
import resource
import signal
import threading
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path
from typing import Final

from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.lamp.heartbeat import SOCKET, Heartbeat
from vigbox.lamp.watchdog import Watchdog
from vigbox.recorder import recovery
from vigbox.recorder.box import AnyPanel, Box
from vigbox.recorder.clock import TOLD, Clock
from vigbox.recorder.control import Control
from vigbox.recorder.grants import Grants
from vigbox.recorder.hints import Hints
from vigbox.recorder.preview import SOCKET as SOCKET_OF_PREVIEW
from vigbox.recorder.preview import Preview
from vigbox.recorder.recording import Devices
from vigbox.recorder.scribe import Scribe
from vigbox.seal.signing import SigningKey
from vigbox.store.armed import Armed
from vigbox.store.floor import Floor
from vigbox.store.identity import read_box
from vigbox.store.layout import RECORDERS, Layout
from vigbox.store.unarmed import UnarmedPresses

_log = logging.getLogger(__name__)

_TICK_S: Final = 0.02


class StuckCameraError(VigboxError):
    """Only another process can have the camera again."""


def run(  # noqa: PLR0913  # what a recorder is made of
    settings: Settings,
    layout: Layout,
    open_devices: Callable[[], Devices],
    open_panel: Callable[[], AnyPanel],
    set_system: Callable[[datetime], None] | None = None,
    heard: AbstractSet[int] = frozenset(),
    troubles: Sequence[str] = (),
    *,
    hints: Sequence[Path] | None = None,
) -> None:
    """Record until SIGTERM or SIGINT; then finish the film and close everything.

    SIGUSR1 asks for the same at the next moment nothing is recorded: a newer version is there.
    ``heard`` are the users who may ask beside this one. ``troubles`` are sentences about what is
    wrong and stops no film: lamp and page tell them. ``hints`` are where others say that the box
    wants to be looked at (:mod:`vigbox.appliance.hint`): the lamp says it, and that no clock is
    sure. A demonstration has None: the computer it runs on is not its box.

    ``set_system`` sets the system's clock to a tablet's, on a box that has no better one. Raises
    :class:`~vigbox.errors.VigboxError` when the folder, a device or a key cannot be used.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    layout.create(RECORDERS)
    for each in troubles:
        _log.warning("the settings have a mistake: %s", each)
    with contextlib.ExitStack() as closing:
        layout.own("recorder")
        public = read_box(layout)
        key = SigningKey.from_text(layout.recorder_key.read_text("ascii"))
        recovery.settle(layout, key)
        grants = Grants(public.arming)
        armed = Armed(layout.armed, public.arming, public.box, layout.disarmed)
        unarmed = UnarmedPresses(layout.unarmed, public.arming, public.box)
        lamp = Heartbeat(settings.run / SOCKET)
        scribe = Scribe()
        closing.callback(scribe.close)
        clock = Clock(Floor(layout.floor), settings.run / TOLD, set_system=set_system)
        closing.callback(scribe.do, clock.keep)
        box = Box(
            layout,
            settings,
            open_devices(),
            open_panel(),
            lamp=lamp,
            grants=grants,
            armed=armed,
            unarmed=unarmed,
            key=key,
            scribe=scribe,
            clock=clock,
            troubles=troubles,
            hints=None if hints is None else Hints(clock, hints),
        )
        # in a gap between two processes the alarm stays: nothing says dark then
        closing.callback(lambda: None if box.must_restart else lamp.close())
        closing.callback(box.close)
        box.go_on()  # before anybody is heard: what goes on is armed for nothing else
        control = Control(settings.run / "recorder.sock", box, grants, set(heard))
        closing.callback(control.close)
        preview = Preview(settings.run / SOCKET_OF_PREVIEW, box.viewfinder, control.is_allowed)
        closing.callback(preview.close)
        _log.info("ready on %s", layout.data)
        _until_told(box, Watchdog.of_service(), lambda: clock.keep_when_due(scribe))
    if box.must_restart:
        raise StuckCameraError("the camera gives nothing any more: the recorder is started again")


def _until_told(box: Box, watchdog: Watchdog, keep_time: Callable[[], object]) -> None:
    over, renewed = threading.Event(), threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    signal.signal(signal.SIGUSR1, lambda *_: renewed.set())
    while not over.wait(_TICK_S) and not box.must_restart:
        box.tick()
        if renewed.is_set() and box.is_idle:
            _log.info("nothing is recorded: making room for a newer version")
            return
        keep_time()
        if box.is_progressing():
            watchdog.feed()
