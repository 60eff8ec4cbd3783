"""The box: joins the state machine, the panel and the recording of the moment."""

import base64
import contextlib
import logging
import threading
import time
from collections import deque
from typing import Any, Final, Protocol

from vigbox.config import Settings
from vigbox.devices.panel import REFUSAL_NS, Edge
from vigbox.errors import VigboxError
from vigbox.model import NS, Arming, Lamp, Life, new_id, now_at
from vigbox.recorder.again import Again
from vigbox.recorder.finishing import finish
from vigbox.recorder.grants import Grants
from vigbox.recorder.intake import End, Note
from vigbox.recorder.press import PRESS, Press, boot_id
from vigbox.recorder.readiness import Readiness, RefusedError, sentence
from vigbox.recorder.recording import Devices, Recording
from vigbox.recorder.state import Act, Asked, Became, Event, Pressed, Released, State, Tick
from vigbox.recorder.viewfinder import Viewfinder
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


REMIND_EVERY_NS: Final = 15 * 60 * NS
REMIND_FOR_NS: Final = 10 * NS


class AnyPanel(Protocol):
    """What the box needs of a panel."""

    def changes(self, now_ns: int) -> Any: ...  # noqa: ANN401, D102  # an iterator of Edge
    def close(self) -> None: ...  # noqa: D102


class LampWords(Protocol):
    """Where the lamp's words go: to its own process, which does not believe them for long."""

    def beat(self, lamp: Lamp, safe_at_ns: int | None) -> None:
        """Say what to show, and when the film was last durable. Never raises, never waits."""


class Box:
    """Everything between a press and a recording. All methods may be called from any thread."""

    def __init__(  # noqa: PLR0913  # what a box is made of
        self,
        layout: Layout,
        settings: Settings,
        devices: Devices,
        panel: AnyPanel,
        *,
        lamp: LampWords,
        grants: Grants,
        armed: Armed,
        key: SigningKey,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self.viewfinder = Viewfinder(devices)
        self._devices = self.viewfinder.devices
        self._panel = panel
        self._lamp_words = lamp
        self._grants = grants
        self._armed = armed
        self._key = key
        self._state = State()
        self._recording: Recording | None = None
        self._manifest: Manifest | None = None
        self._refusal = ""
        self._refused_ns = -REFUSAL_NS
        self._readiness = Readiness(layout, settings, armed)
        self._press = Press(settings.run / PRESS)
        self._unsettled: list[Manifest] = []
        self._again: Again | None = None
        self.must_restart = False
        """Whether the camera can only be had again by another process."""
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

    def go_on(self) -> None:
        """Go on with a press that another recorder was answering moments ago."""
        with self._lock:
            before = self._press.left_behind()
            if before is not None:
                _log.warning("recording %s was cut: its press is answered again", before)
                self._step(Became("running"))
                self._again = Again(before, time.monotonic_ns(), is_last=True)

    def is_progressing(self) -> bool:
        """Tell whether what is being made comes in and reaches the card, for the watchdog."""
        with self._lock:
            now_ns, recording = time.monotonic_ns(), self._recording
            if recording is None or self._state.mode in ("starting", "stopping"):
                return True
            return recording.is_fed and self._is_fresh(recording, now_ns)

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
                "is_deaf": recording.is_deaf if recording else False,
                "is_again": self._again is not None,
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
            self._show(Lamp.ACKNOWLEDGED)  # the end may take longer than a word is believed
            recording.join()
            self.tick()
        self.viewfinder.join()
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
                else:  # in the gap between two parts
                    self._again = None
                    self._give_up(act.at_ns, forget=True)
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

    def _begin(self, arming: Arming, follows: str = "") -> None:
        manifest = Manifest(
            recording=new_id(),
            case=arming.case,
            recipients=arming.recipients,
            boot=boot_id(),
            started_at=now_at(),
            length_ns=0,
            life=Life.RECORDING,
            follows=follows,
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
            self._settle_rest(now_ns)
            self._try_again(now_ns)
        elif recording.is_over:
            self._recording = self._manifest = None
            self._conclude(recording, manifest, now_ns)
        else:
            self._keep_press(recording.id)
            if recording.safe_at_ns is not None:
                self._again = None
                if self._state.mode == "starting":
                    self._step(Became("running"))

    def _conclude(self, recording: Recording, manifest: Manifest, now_ns: int) -> None:
        life = Life.INTERRUPTED if recording.failure else Life.FINISHED
        if recording.failure:
            self._refusal, self._refused_ns = recording.failure, now_ns
            self._readiness.doubt_card()
        self._settle(manifest.settled(life, recording.length_ns))
        self._readiness.forget()
        _log.info("recording %s is %s", recording.id, life)
        if recording.ended == "camera" and self._is_wished() and self._again is None:
            self._again = Again(recording.id, now_ns, is_last=False)
        elif self._again is not None and recording.ended == "camera":
            # opened again, it gives nothing: only another process helps, and that once
            self.must_restart = not self._again.is_last
            self._give_up(now_ns, forget=self._again.is_last)
        else:
            self._give_up(now_ns, forget=True)

    def _is_wished(self) -> bool:
        """Whether somebody pressed and nobody has asked for the end."""
        return self._state.mode in ("recording", "paused")

    def _try_again(self, now_ns: int) -> None:
        again = self._again
        if again is None or self._state.mode != "recording" or not again.is_due(now_ns):
            return
        try:
            self._begin(self._readiness.arming(), follows=again.recording)
        except (VigboxError, OSError, ValueError) as error:
            self._refusal, self._refused_ns = sentence(error), now_ns
            _log.warning("cannot go on after recording %s: %s", again.recording, self._refusal)
            self.must_restart = self._devices.camera.is_stuck and not again.is_last
            if self.must_restart or again.is_over(now_ns):
                self._give_up(now_ns, forget=not self.must_restart)

    def _give_up(self, now_ns: int, *, forget: bool) -> None:
        if self._again is not None:
            self._refused_ns = now_ns
        self._again = None
        if forget:
            with contextlib.suppress(OSError):
                self._press.forget()
        self._step(Became("over"))

    def _keep_press(self, recording: str) -> None:
        try:
            self._press.keep(recording)
        except OSError as error:  # the film says so as well, and louder
            _log.warning("cannot note the press: %s", error)

    def _settle(self, manifest: Manifest) -> None:
        try:
            manifests.write(self._layout, manifest, self._key)
        except OSError:
            # until then, and after a restart, a manifest that says "recording" is not believed
            self._unsettled.append(manifest)
            _log.exception("cannot write the manifest of %s", manifest.recording)

    def _settle_rest(self, now_ns: int) -> None:
        if self._unsettled and not self._readiness.card_problem(now_ns):
            rest, self._unsettled = self._unsettled, []
            for manifest in rest:
                self._settle(manifest)

    def _lamp(self, now_ns: int) -> Lamp:
        recording = self._recording
        if self._again is not None:
            return Lamp.PROBLEM
        if recording is not None:
            return self._lamp_of(recording, now_ns)
        if now_ns - self._refused_ns < REFUSAL_NS:
            return Lamp.REFUSED
        if self.viewfinder.is_open:
            return Lamp.FRAMING
        return Lamp.DARK if self._readiness.not_ready(now_ns) else Lamp.READY

    def _lamp_of(self, recording: Recording, now_ns: int) -> Lamp:
        if self._state.mode in ("starting", "stopping"):
            return Lamp.ACKNOWLEDGED
        if not self._is_fresh(recording, now_ns) or recording.dropped or recording.is_deaf:
            return Lamp.PROBLEM
        if self._state.mode == "paused":
            return Lamp.PAUSED
        return Lamp.REMINDER if self._is_long(recording) else Lamp.RECORDING

    def _is_fresh(self, recording: Recording, now_ns: int) -> bool:
        safe_at_ns = recording.safe_at_ns
        return safe_at_ns is not None and now_ns - safe_at_ns < FRESH_NS

    def _is_long(self, recording: Recording) -> bool:
        over_ns = recording.length_ns - self._settings.remind_after_minutes * 60 * NS
        return over_ns >= 0 and over_ns % REMIND_EVERY_NS < REMIND_FOR_NS

    def _show(self, lamp: Lamp) -> None:
        self._lamps.append(lamp)
        recording = self._recording
        self._lamp_words.beat(lamp, recording.safe_at_ns if recording else None)

    def _settled(self, facts: dict[str, Any]) -> Manifest:
        recording = facts.get("recording")
        if not manifests.is_id(recording):
            raise RefusedError("there is no such recording")
        if self._recording is not None and self._recording.id == recording:
            raise RefusedError("this recording is still being made. Stop it first.")
        return manifests.read(self._layout.manifest(str(recording)), self._key.verify_key)


def _event(edge: Edge) -> Event:
    return Pressed(edge.time_ns) if edge.is_down else Released(edge.time_ns)
