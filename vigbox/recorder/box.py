"""The box: joins the state machine, the panel and the recording of the moment."""

import base64
import logging
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Final, Protocol

from vigbox.config import Settings
from vigbox.devices.panel import REFUSAL_NS, Edge
from vigbox.errors import VigboxError
from vigbox.model import NS, Arming, Lamp, Life, new_id, now_at
from vigbox.recorder.finishing import finish
from vigbox.recorder.grants import Grants
from vigbox.recorder.intake import End, Note
from vigbox.recorder.readiness import Readiness, RefusedError, sentence
from vigbox.recorder.recording import Devices, Recording
from vigbox.recorder.state import Act, Asked, Became, Event, Pressed, Released, State, Tick
from vigbox.seal.recipients import parse_recipients
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.armed import Armed, arming_from
from vigbox.store.durable import sync_folder
from vigbox.store.layout import Layout, room_bytes
from vigbox.store.manifests import Manifest

_log = logging.getLogger(__name__)

FRESH_NS: Final = 2 * NS
"""The lamp is red only while something reached the card within this time."""


class AnyPanel(Protocol):
    """What the box needs of a panel."""

    def changes(self, now_ns: int) -> Any: ...  # noqa: ANN401, D102  # an iterator of Edge
    def show(self, lamp: Lamp) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class Box:
    """Everything between a press and a recording. All methods may be called from any thread."""

    def __init__(
        self,
        layout: Layout,
        settings: Settings,
        devices: Devices,
        panel: AnyPanel,
        *,
        grants: Grants,
        armed: Armed,
        key: SigningKey,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._devices = devices
        self._panel = panel
        self._grants = grants
        self._armed = armed
        self._key = key
        self._state = State()
        self._recording: Recording | None = None
        self._manifest: Manifest | None = None
        self._refusal = ""
        self._refused_ns = -REFUSAL_NS
        self._readiness = Readiness(layout, settings, armed)
        self._pairing_ns: int | None = None
        self._holds = 0
        self._lamps: deque[Lamp] = deque([Lamp.DARK], maxlen=32)
        self._lock = threading.RLock()

    def tick(self) -> None:
        """Look at the button, the recording and the clock; call it every 20 ms or so."""
        now_ns = time.monotonic_ns()
        with self._lock:
            for edge in self._panel.changes(now_ns):
                self._step(_event(edge))
            self._step(Tick(now_ns))
            self._watch(now_ns)
            self._show(self._lamp(now_ns))

    def ask(self, what: str) -> None:
        """Do what the button could do: start, stop, mark, pause or resume.

        Raises :class:`RefusedError` when it cannot be done now.
        """
        with self._lock:
            before, refused_ns = self._state, self._refused_ns
            self._step(Asked(what, time.monotonic_ns()))  # type: ignore[arg-type]
            if self._refused_ns != refused_ns:
                raise RefusedError(self._refusal)
            if self._state is before and what != "mark":
                raise RefusedError(f"cannot {what} now: the box is {self._state.mode}")

    def arm(self, request: dict[str, Any]) -> None:
        """Keep what the next press films for. Raises GrantError, :class:`RefusedError`."""
        facts = self._grants.check("arm", request)
        arming = arming_from(facts.get("arming"))
        parse_recipients(arming.recipients)
        with self._lock:
            self._armed.keep(request, arming)
            self._readiness.forget()

    def disarm(self, request: dict[str, Any]) -> None:
        """Film nothing more for a case. Raises GrantError, StatementError, OSError."""
        facts = self._grants.check("disarm", request)
        with self._lock:
            self._armed.forget(str(facts.get("case")))
            self._readiness.forget()

    def finish(self, request: dict[str, Any]) -> None:
        """Finish an interrupted film in place. Raises GrantError, FinishError, OSError."""
        facts = self._grants.check("finish", request)
        with self._lock:
            manifest = self._settled(facts)
            offset, final = int(facts["offset"]), base64.b64decode(facts["final"])
            if manifest.life is Life.INTERRUPTED:
                finish(self._layout, manifest.recording, offset, final)
                length_ns = max(0, int(facts["length_ns"]))
                done = manifest.settled(Life.FINISHED, length_ns)
                manifests.write(self._layout, done, self._key)

    def erase(self, request: dict[str, Any]) -> None:
        """Take one recording off the card. Raises GrantError, :class:`RefusedError`, OSError."""
        facts = self._grants.check("erase", request)
        with self._lock:
            self._remove(self._settled(facts).recording)

    def status(self) -> dict[str, Any]:
        """Tell how things stand: no key and no unlocked page is needed for this."""
        now_ns = time.monotonic_ns()
        with self._lock:
            recording = self._recording
            return {
                "lamp": self._lamps[-1],
                "mode": self._state.mode,
                "recording": recording and recording.id,
                "length_ns": recording.length_ns if recording else 0,
                "dropped": recording.dropped if recording else 0,
                "not_ready": self._readiness.not_ready(now_ns),
                "refusal": self._refusal if now_ns - self._refused_ns < 60 * NS else "",
                "pairing_asked": self._pairing_ns is not None
                and now_ns - self._pairing_ns < 120 * NS,
                "holds": self._holds,
                "room_bytes": room_bytes(self._layout.recordings),
            }

    def close(self) -> None:
        """Finish the film that is being made, then let the panel go dark."""
        with self._lock:
            recording = self._recording
        if recording is not None:
            recording.stop(End("power", time.monotonic_ns()))
            recording.join()
            self.tick()
        self._panel.close()

    def _step(self, event: Event) -> None:
        self._state, acts = self._state.step(event)
        for act in acts:
            self._act(act)

    def _act(self, act: Act) -> None:
        match act.what:
            case "start":
                self._show(Lamp.ACKNOWLEDGED)
                self._start()
            case "stop":
                self._show(Lamp.ACKNOWLEDGED)
                if self._recording is not None:
                    self._recording.stop(End("panel", act.at_ns))
            case "mark" | "pause" | "resume" as what:
                if self._recording is not None:
                    self._recording.note(Note(what, act.at_ns))
            case "pair":
                self._pairing_ns = act.at_ns
                self._holds += 1

    def _start(self) -> None:
        try:
            self._begin(self._readiness.arming())
        except (VigboxError, OSError, ValueError) as error:
            self._refusal, self._refused_ns = sentence(error), time.monotonic_ns()
            _log.warning("a press was refused: %s", self._refusal)
            self._recording = self._manifest = None
            self._step(Became("over"))

    def _begin(self, arming: Arming) -> None:
        manifest = Manifest(
            recording=new_id(),
            case=arming.case,
            recipients=arming.recipients,
            boot=_boot_id(),
            started_at=now_at(),
            length_ns=0,
            life=Life.RECORDING,
        )
        recipients = parse_recipients(arming.recipients)
        manifests.write(self._layout, manifest, self._key)
        try:
            recording = Recording(
                manifest.recording, self._devices, recipients, self._layout, self._settings
            )
            recording.start()
        except (VigboxError, OSError):
            self._remove(manifest.recording)  # nothing was filmed yet
            raise
        self._recording, self._manifest, self._refusal = recording, manifest, ""
        _log.info("recording %s begins", manifest.recording)

    def _remove(self, recording: str) -> None:
        layout = self._layout
        for path in (layout.film, layout.index, layout.manifest):
            path(recording).unlink(missing_ok=True)
        sync_folder(layout.recordings)

    def _watch(self, now_ns: int) -> None:
        recording, manifest = self._recording, self._manifest
        if recording is None or manifest is None:
            return
        if recording.is_over:
            life = Life.INTERRUPTED if recording.failure else Life.FINISHED
            self._settle(manifest.settled(life, recording.length_ns))
            if recording.failure:
                self._refusal, self._refused_ns = recording.failure, now_ns
            self._recording = self._manifest = None
            self._readiness.forget()
            self._step(Became("over"))
            _log.info("recording %s is %s", recording.id, life)
        elif self._state.mode == "starting" and recording.safe_at_ns is not None:
            self._step(Became("running"))

    def _settle(self, manifest: Manifest) -> None:
        try:
            manifests.write(self._layout, manifest, self._key)
        except OSError:
            # the next start settles it: a manifest that says "recording" is never believed
            _log.exception("cannot write the manifest of %s", manifest.recording)

    def _lamp(self, now_ns: int) -> Lamp:
        recording = self._recording
        if recording is not None:
            return self._lamp_of(recording, now_ns)
        if now_ns - self._refused_ns < REFUSAL_NS:
            return Lamp.REFUSED
        return Lamp.DARK if self._readiness.not_ready(now_ns) else Lamp.READY

    def _lamp_of(self, recording: Recording, now_ns: int) -> Lamp:
        if self._state.mode in ("starting", "stopping"):
            return Lamp.ACKNOWLEDGED
        safe_at_ns = recording.safe_at_ns
        is_fresh = safe_at_ns is not None and now_ns - safe_at_ns < FRESH_NS
        if not is_fresh or recording.dropped:
            return Lamp.PROBLEM
        return Lamp.PAUSED if self._state.mode == "paused" else Lamp.RECORDING

    def _show(self, lamp: Lamp) -> None:
        self._lamps.append(lamp)
        self._panel.show(lamp)

    def _settled(self, facts: dict[str, Any]) -> Manifest:
        recording = facts.get("recording")
        if not manifests.is_id(recording):
            raise RefusedError("there is no such recording")
        if self._recording is not None and self._recording.id == recording:
            raise RefusedError("this recording is still being made. Stop it first.")
        return manifests.read(self._layout.manifest(str(recording)), self._key.verify_key)


def _event(edge: Edge) -> Event:
    return Pressed(edge.time_ns) if edge.is_down else Released(edge.time_ns)


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
