"""What the pages are built on, made once and handed in."""

import contextlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from flask import current_app, session

from vigbox.appliance.health import kept
from vigbox.appliance.updates.place import Place
from vigbox.casework.database import refuse_plain
from vigbox.casework.desk import Desk
from vigbox.casework.overdue import Notice
from vigbox.casework.prompts import Prompts
from vigbox.casework.service_file import ServiceFile
from vigbox.casework.vocabulary import Vocabulary
from vigbox.config import Settings
from vigbox.delivery.machines import Machines
from vigbox.delivery.outbox import NoSuchExportError, Outbox
from vigbox.delivery.outlet import Outlet
from vigbox.delivery.pairing import PairingWindow
from vigbox.delivery.remote import Remote
from vigbox.media.bubble import Bubblewrap
from vigbox.media.jobs import Walls
from vigbox.seal.signing import SigningKey
from vigbox.store.guesses import Guesses
from vigbox.store.identity import PublicBox, read_box
from vigbox.store.known import KnownHoldings
from vigbox.store.layout import Layout
from vigbox.store.settings_file import Fault
from vigbox.web.door import Door
from vigbox.web.held import HeldButton, PairingHold
from vigbox.web.importing import Importing
from vigbox.web.lane_work import LaneWork
from vigbox.web.live import LiveView
from vigbox.web.order_work import OrderWork
from vigbox.web.outlet import Sending
from vigbox.web.producers import PRODUCERS, Producer
from vigbox.web.recorder_link import RecorderLink
from vigbox.web.shelf import Shelf
from vigbox.web.stages import Stages
from vigbox.web.updating import Updating

MACHINES_PORT: Final = 8443
"""Where nginx listens for machines (``config/nginx/vigbox.conf``)."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a view may use."""

    settings: Settings
    layout: Layout
    public: PublicBox
    manifests: KnownHoldings
    device_key: SigningKey
    door: Door
    shelf: Shelf
    recorder: RecorderLink
    live: LiveView
    outbox: Outbox
    sending: Sending
    machines: Machines
    pairing: PairingWindow
    service: ServiceFile
    lanes: LaneWork
    orders: OrderWork
    importing: Importing
    stages: Stages
    updating: Updating
    walls: Walls
    machines_port: int = MACHINES_PORT
    held: HeldButton = field(default_factory=HeldButton)
    pairing_hold: PairingHold = field(default_factory=PairingHold)
    finishing: threading.Lock = field(default_factory=threading.Lock)
    """Held while films are finished."""

    following: threading.Lock = field(default_factory=threading.Lock)
    """Held while it changes who opens films that wait: two changes at once shut somebody out."""

    settling: threading.Lock = field(default_factory=threading.Lock)
    """Held while what machines verified is noted, and erased if the service says so."""

    alarms: list[str] = field(default_factory=list)
    """What was found not to be as it was, at the last unlock."""

    binned: set[str] = field(default_factory=set)
    """Recordings in the sealed bin, since the last unlock: no page shows, plays or exports them."""

    notices: list[Notice] = field(default_factory=list)
    """Cases that are erased soon."""

    health: Path = Path()
    """The file that says how the box itself is."""

    faults: tuple[Fault, ...] = ()
    """Mistakes in the machine's settings."""

    troubles: list[str] = field(default_factory=list)
    """The same as sentences, and what else of the settings cannot be used."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The principles of clips, as the service chose them."""
        return self.service.vocabulary

    @property
    def prompts(self) -> Prompts:
        """What may be asked in a shared review, as the service chose it."""
        return self.service.prompts

    def desk(self, *, is_activity: bool = True) -> Desk:
        """Give the desk of whoever uses this browser. Raises LockedError.

        What a page asks for by itself is no activity, and keeps nothing open.
        """
        return self.door.desk(session.get("token"), is_activity=is_activity)

    def is_open(self) -> bool:
        """Tell whether this browser may see the desk."""
        return self.door.is_open_to(session.get("token"))

    def erase_export(self, export: str) -> None:
        """Take an export away, if it still waits or is being made. Raises OSError."""
        self.orders.drop(export)
        with contextlib.suppress(NoSuchExportError):
            self.outbox.erase(export)


def build(
    settings: Settings,
    layout: Layout,
    producers: Sequence[Producer] = PRODUCERS,
    *,
    health: Path | None = None,
    faults: Sequence[Fault] = (),
    troubles: Sequence[str] = (),
    walls: Walls | None = None,
) -> Services:
    """Make the services on a data folder that is set up; ``walls`` are bubblewrap's if not given.

    Raises :class:`~vigbox.errors.VigboxError` when it is not, its case database is plain, or the
    vocabulary or the prompts that are set cannot be used.
    """
    refuse_plain(layout.database)
    walls = walls or Bubblewrap()
    shelf, public = Shelf(layout), read_box(layout)
    recorder = RecorderLink(settings.run / "recorder.sock")
    device_key = SigningKey.from_text(layout.device_key.read_text("ascii"))
    live = LiveView(settings.run / "preview.sock", recorder)
    lanes = LaneWork(layout, public, recorder)
    pairing = PairingWindow(time.monotonic_ns)
    orders = OrderWork(recorder, producers)

    def when_locked() -> None:
        pairing.close()
        shelf.clear()
        lanes.forget()
        orders.forget()
        threading.Thread(target=live.end, name="look-end", daemon=True).start()

    door = Door(layout, settings, Guesses(layout.guesses), when_locked=when_locked)
    outbox, machines = _outbox(layout), Machines(layout.machines)
    return Services(
        settings=settings,
        layout=layout,
        public=public,
        manifests=KnownHoldings(layout, public),
        device_key=device_key,
        door=door,
        stages=Stages(door.is_open_to),
        updating=Updating(Place(layout.data)),
        shelf=shelf,
        recorder=recorder,
        live=live,
        lanes=lanes,
        orders=orders,
        outbox=outbox,
        sending=Sending(outbox, _outlet(settings), machines.revoked),
        machines=machines,
        pairing=pairing,
        health=health or kept.place(settings.run),
        faults=tuple(faults),
        troubles=[*(each.says for each in faults), *troubles],
        service=ServiceFile(layout, settings),
        walls=walls,
        importing=Importing(layout, settings, device_key, recorder, walls=walls),
    )


def _outbox(layout: Layout) -> Outbox:
    outbox = Outbox(layout.exports)
    outbox.clear_unfinished()
    return outbox


def _outlet(settings: Settings) -> Outlet | None:
    if not settings.outlet:
        return None
    return Outlet(Remote(settings.outlet, settings.outlet_config))


def services() -> Services:
    """Give the services of the app that answers this request."""
    return cast("Services", current_app.extensions["vigbox"])
