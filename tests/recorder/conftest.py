"""A box without a demo: real film, seal and store; a drawn stage; a panel that remembers."""

import base64
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from vigbox.config import Settings
from vigbox.devices.camera import Camera
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.panel import Edge
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.model import Arming, Lamp, Unarmed, canonical, new_id
from vigbox.recorder.box import Box
from vigbox.recorder.clock import TOLD, Clock
from vigbox.recorder.grants import Grants
from vigbox.recorder.hints import Hints
from vigbox.recorder.recording import Devices
from vigbox.recorder.scribe import Scribe
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import FilmReader
from vigbox.seal.signing import SigningKey
from vigbox.store.armed import Armed
from vigbox.store.floor import Floor
from vigbox.store.layout import Layout
from vigbox.store.unarmed import UnarmedPresses

PATIENCE_S = 60.0


class RememberedPanel:
    """A panel and a lamp without pins: what was pressed goes in, what was said comes out."""

    def __init__(self) -> None:
        self.edges: deque[Edge] = deque()
        self.is_heard = True
        self.lamps: list[Lamp] = []

    def changes(self, now_ns: int) -> Iterator[Edge]:  # noqa: ARG002  # as every panel
        while self.edges:
            yield self.edges.popleft()

    def beat(self, lamp: Lamp, safe_at_ns: int | None) -> None:  # noqa: ARG002  # as the heartbeat
        if self.lamps[-1:] != [lamp]:
            self.lamps.append(lamp)

    def close(self) -> None:
        self.beat(Lamp.DARK, None)


@dataclass
class Bench:
    """Everything around a box that a test may touch."""

    layout: Layout
    settings: Settings
    identity: X25519Identity = field(default_factory=X25519Identity.generate)
    arming_key: SigningKey = field(default_factory=SigningKey.generate)
    key: SigningKey = field(default_factory=SigningKey.generate)
    panel: RememberedPanel = field(default_factory=RememberedPanel)
    name: str = field(default_factory=new_id)
    scribe: Scribe = field(default_factory=Scribe)
    clock: Clock = field(init=False)
    box: Box = field(init=False)
    grants: Grants = field(init=False)

    def __post_init__(self) -> None:
        self.grants = Grants(self.arming_key.verify_key)
        self.clock = Clock(Floor(self.layout.floor), self.settings.run / TOLD)
        self.use_camera(None)

    def use_camera(
        self,
        camera: Camera | None,
        troubles: Sequence[str] = (),
        hints: Hints | None = None,
    ) -> None:
        """Make the box anew, with another camera than the simulated one."""
        armed = Armed(
            self.layout.armed, self.arming_key.verify_key, self.name, self.layout.disarmed
        )
        unarmed = UnarmedPresses(self.layout.unarmed, self.arming_key.verify_key, self.name)
        stage, curtain = DrawnStage(320, 180, 25), Curtain()
        devices = Devices(
            camera or SimulatedCamera(stage, curtain, 300_000),
            SimulatedMicrophone(stage, curtain),
        )
        self.box = Box(
            self.layout, self.settings, devices, self.panel,
            lamp=self.panel, grants=self.grants, armed=armed, unarmed=unarmed, key=self.key,
            scribe=self.scribe, clock=self.clock, troubles=troubles, hints=hints,
        )  # fmt: skip

    def use_clock(self, clock: Clock) -> None:
        """Make the box anew, with another clock than this machine's."""
        self.clock = clock
        self.use_camera(None)

    def request(self, do: str, **facts: Any) -> dict[str, Any]:
        text = canonical({"do": do, "nonce": self.grants.nonce(), **facts})
        signature = base64.b64encode(self.arming_key.sign(text)).decode()
        return {"do": do, "grant": text.decode(), "signature": signature}

    def arm(self, until: str = "2099-01-01T00:00:00+00:00", counter: int = 1) -> None:
        arming = Arming(self.name, new_id(), (str(self.identity.recipient),), until, counter)
        self.box.granted.arm(self.request("arm", arming=arming.facts()))

    def let_unarmed(self, *recipients: str, counter: int = 1) -> None:
        """Let a press without an armed case film, wrapped to these; refuse it for none."""
        unarmed = Unarmed(self.name, recipients, counter)
        self.box.granted.say_unarmed(self.request("unarmed", unarmed=unarmed.facts()))

    def press(self, for_ms: int) -> None:
        now_ns = time.monotonic_ns()
        self.panel.edges.append(Edge(is_down=True, time_ns=now_ns - for_ms * 1_000_000))
        self.panel.edges.append(Edge(is_down=False, time_ns=now_ns))
        self.box.tick()

    def until(self, told: str, is_so: Callable[[], bool]) -> None:
        over, end = threading.Event(), time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.box.tick()
            if is_so():
                return
            over.wait(0.01)
        raise AssertionError(f"still not: {told}; {self.box.status()}")

    def record(self, length_ns: int) -> str:
        """Film for so long by the button and stop; gives the recording's id."""
        self.press(200)
        self.until("it records", lambda: self.box.status()["mode"] == "recording")
        recording: str = self.box.status()["recording"]
        self.until("it is long enough", lambda: self.box.status()["length_ns"] >= length_ns)
        self.box.ask("stop")
        self.until("it is over", lambda: self.box.status()["mode"] == "idle")
        return recording

    def reader(self, recording: str) -> FilmReader:
        data = self.layout.film(recording).read_bytes()
        return FilmReader(lambda at, size: data[at : at + size], len(data), [self.identity])


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.create()
    return layout


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(run=tmp_path, room_to_start_minutes=0, room_to_stop_mb=1, width=320, height=180)


@pytest.fixture
def bench(layout: Layout, settings: Settings) -> Iterator[Bench]:
    bench = Bench(layout, settings)
    yield bench
    bench.box.close()
