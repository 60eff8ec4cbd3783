"""The box: joins the state machine, the panel and the recording of the moment."""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Final, Protocol

from vigbox.config import Settings
from vigbox.devices.panel import REFUSAL_NS, Edge
from vigbox.errors import VigboxError
from vigbox.model import NS, Arming, Lamp, Unarmed
from vigbox.recorder.again import Again
from vigbox.recorder.card import Card
from vigbox.recorder.clock import Clock
from vigbox.recorder.first_words import first_words
from vigbox.recorder.granted import Granted
from vigbox.recorder.grants import Grants
from vigbox.recorder.holds import Holds
from vigbox.recorder.intake import End, Note
from vigbox.recorder.ledger import Ledger
from vigbox.recorder.making import Making
from vigbox.recorder.press import PRESS, Press
from vigbox.recorder.readiness import Readiness, RefusedError, sentence
from vigbox.recorder.recording import Devices, Recording
from vigbox.recorder.scribe import Scribe
from vigbox.recorder.shown import is_fresh, shown, shown_at_rest
from vigbox.recorder.state import Act, Asked, Became, Event, Pressed, Released, State, Tick
from vigbox.recorder.viewfinder import Viewfinder
from vigbox.seal.recipients import parse_recipients
from vigbox.seal.signing import SigningKey
from vigbox.store.armed import Armed
from vigbox.store.layout import Layout, room_bytes
from vigbox.store.unarmed import UnarmedPresses

_log = logging.getLogger(__name__)

_LOOK_S: Final = 0.02
_BEGUN_S: Final = 5.0
"""How long the tablet's own start waits to hear whether a device refuses."""

_REFUSALS: Final = (VigboxError, OSError, ValueError)


class AnyPanel(Protocol):
    """What the box needs of a panel."""

    @property
    def is_heard(self) -> bool: ...  # noqa: D102  # whether no edge is on its way
    def changes(self, now_ns: int) -> Any: ...  # noqa: ANN401, D102  # an iterator of Edge
    def close(self) -> None: ...  # noqa: D102


class LampWords(Protocol):
    """Where the lamp's words go: to its own process, which does not believe them for long."""

    def beat(self, lamp: Lamp, safe_at_ns: int | None) -> None:
        """Say what to show, and when the film was last durable. Never raises, never waits."""


class AnyHints(Protocol):
    """Who knows whether something that stops no film wants to be looked at."""

    def is_some(self, now_ns: int) -> bool:
        """Tell it, at once. Never raises."""


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
        unarmed: UnarmedPresses,
        key: SigningKey,
        scribe: Scribe,
        clock: Clock,
        troubles: Sequence[str] = (),
        hints: AnyHints | None = None,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self.viewfinder = Viewfinder(devices)
        self._devices = self.viewfinder.devices
        self._panel = panel
        self._lamp_words = lamp
        self._scribe = scribe
        self._clock = clock
        self._troubles = list(troubles)
        self._hints = hints
        self._ledger = Ledger(layout, key, scribe)
        self._card = Card(layout, scribe)
        self._state = State()
        self._making: Making | None = None
        self._rest: Future[None] | None = None
        self._refusal = ""
        self._refused_ns = -REFUSAL_NS
        self._readiness = Readiness(
            layout, settings, armed, unarmed, self._card, clock, self._devices.camera
        )
        self._press = Press(settings.run / PRESS)
        self._again: Again | None = None
        self.must_restart = False
        """Whether the camera can only be had again by another process."""
        self._holds = Holds()
        self._lamps: deque[Lamp] = deque([Lamp.DARK], maxlen=32)
        self._lock = threading.RLock()
        self.granted = Granted(
            grants, armed, unarmed, self._ledger, clock, scribe,
            when_changed=self._judge_anew, made=self._made, is_filming=self._is_filming,
        )  # fmt: skip
        """What only an unlocked web may ask."""

    def tick(self) -> None:
        """Look at the button, the recording and the clock; call it every 20 ms or so."""
        now_ns = time.monotonic_ns()
        with self._lock:
            for edge in self._panel.changes(now_ns):
                self._step(_event(edge))
            if self._panel.is_heard:  # else whoever seems to hold it has let go already
                self._step(Tick(now_ns))
            self._watch(now_ns)
            self._show(self._lamp(now_ns))

    @property
    def is_idle(self) -> bool:
        """Whether nobody pressed, nothing is being made and nothing waits for the card."""
        with self._lock:
            is_quiet = self._state == State() and self._making is None
            return is_quiet and not self._ledger.has_rest

    def go_on(self) -> None:
        """Go on with a press that another recorder was answering moments ago.

        One that was paused waits until somebody resumes: whoever asked for it is there still.
        """
        with self._lock:
            before = self._press.left_behind()
            if before is not None:
                _log.warning("recording %s was cut: its press is answered again", before.recording)
                self._state = State("paused" if before.is_paused else "recording")
                self.viewfinder.hide(is_hidden=before.is_paused)
                self._again = Again(before.recording, time.monotonic_ns(), is_last=True)

    def is_progressing(self) -> bool:
        """Tell whether what is being made comes in and reaches the card, for the watchdog."""
        with self._lock:
            now_ns, making = time.monotonic_ns(), self._making
            recording = making.recording if making else None
            is_at_an_end = self._state.mode in ("starting", "stopping")
            if recording is None or recording.is_over or is_at_an_end:
                return not self._scribe.is_stuck(now_ns)
            return recording.is_fed and is_fresh(recording, now_ns)

    def ask(self, what: str) -> None:
        """Do what the button could do: start, stop, mark, pause or resume.

        Raises :class:`RefusedError` when it cannot be done now; a device that refuses within 5 s
        counts.
        """
        with self._lock:
            before, refused_ns = self._state, self._refused_ns
            self._step(Asked(what, time.monotonic_ns()))  # type: ignore[arg-type]
            if self._refused_ns != refused_ns:
                raise RefusedError(self._refusal)
            if self._state is before and what != "mark":
                raise RefusedError(f"cannot {what} now: the box is {self._state.mode}")
            making = self._making
        if what == "start" and making is not None:
            _wait(making.begun)

    def await_hold(self) -> int:
        """Take the next hold for three tries, not for pairing; gives how many there were."""
        with self._lock:
            return self._holds.ask(time.monotonic_ns())

    def status(self) -> dict[str, Any]:
        """Tell how things stand: no key and no unlocked page is needed for this."""
        now_ns, clock = time.monotonic_ns(), self._clock.read()
        with self._lock:
            making = self._making
            recording = making.recording if making else None
            return {
                "lamp": self._lamps[-1],
                "mode": self._state.mode,
                "recording": making.id if making else None,
                "length_ns": recording.length_ns if recording else 0,
                "dropped": recording.dropped if recording else 0,
                "is_deaf": recording.is_deaf if recording else False,
                "no_sound": recording.no_sound if recording else "",
                "is_again": self._again is not None,
                "not_ready": self._readiness.not_ready(now_ns),
                "not_ready_kind": self._readiness.not_ready_kind(now_ns),
                "camera": self._readiness.camera(),
                "is_unarmed": self._readiness.is_unarmed(now_ns),
                "refusal": self._refusal if now_ns - self._refused_ns < 60 * NS else "",
                "pairing_asked": self._holds.is_pairing_asked(now_ns),
                "holds": self._holds.count,
                "clock": {"at": clock.at, "source": clock.source},
                "room_bytes": room_bytes(self._layout.recordings),
                "is_troubled": bool(self._troubles),
            }

    def close(self) -> None:
        """Finish the film that is being made, begin no further part, then go dark.

        A film that is to go on in another process (``must_restart``) stays noted for it.
        """
        with self._lock:
            if self._making is not None:
                self._making.stop(End("power", time.monotonic_ns()))
            if self._making is not None or self._again is not None:
                self._forget_press()
            self._again, self._state = None, State("stopping")
        while self._ends():
            threading.Event().wait(_LOOK_S)
        self.viewfinder.join()
        self._panel.close()

    def _ends(self) -> bool:
        """Tell whether there is still something to be ended; the button is not heard any more."""
        now_ns = time.monotonic_ns()
        with self._lock:
            self._watch(now_ns)
            self._show(self._lamp(now_ns))
            return self._making is not None and not self._scribe.is_stuck(now_ns)

    def _step(self, event: Event) -> None:
        self._state, acts = self._state.step(event)
        self.viewfinder.hide(is_hidden=self._state.mode == "paused")
        for act in acts:
            self._act(act)

    def _act(self, act: Act) -> None:
        match act.what:
            case "start":
                self._show(Lamp.ACKNOWLEDGED)
                self._start()
            case "stop":
                self._show(Lamp.ACKNOWLEDGED)
                self._forget_press()  # at once: a process that dies over the end films no more
                if self._making is not None:
                    self._making.stop(End("panel", act.at_ns))
                else:  # in the gap between two parts
                    self._again = None
                    self._give_up(act.at_ns, forget=True)
            case "mark" | "pause" | "resume" as what:
                if self._making is not None:
                    self._making.note(Note(what, act.at_ns))
                    _ = self._making.recording  # told at once when it runs, else once it does
                if what != "mark":
                    self._keep_press()
            case "pair":
                self._holds.add(act.at_ns)

    def _start(self) -> None:
        try:
            self._begin(self._readiness.ground())
        except _REFUSALS as error:
            self._refuse(error, time.monotonic_ns())

    def _begin(self, ground: Arming | Unarmed, follows: str = "") -> None:
        manifest, identity = first_words(ground, self._clock.read(), follows)
        recipients = parse_recipients(manifest.recipients)

        def start() -> Recording:
            recording = Recording(
                manifest.recording, self._devices, recipients, self._layout, self._settings
            )
            recording.start()
            return recording

        self._making = Making(manifest, self._ledger.begin(manifest, start, identity))

    def _refuse(self, error: BaseException, now_ns: int) -> None:
        """Answer a press, or a second try of one, with why there is no film."""
        self._making = None
        self._refusal = sentence(error)
        self._readiness.forget()
        again = self._again
        if again is None:
            self._refused_ns = now_ns
            _log.warning("a press was refused: %s", self._refusal)
            self._step(Became("over"))
            return
        _log.warning("cannot go on after recording %s: %s", again.recording, self._refusal)
        self.must_restart = self._devices.camera.is_stuck and not again.is_last
        if self._state.mode == "stopping" or self.must_restart or again.is_over(now_ns):
            self._give_up(now_ns, forget=not self.must_restart)

    def _watch(self, now_ns: int) -> None:
        making = self._making
        if self._state.mode == "paused":  # as long as it lasts, between two parts as well
            self._keep_press()
        if making is None:
            self._settle_rest(now_ns)
            self._try_again(now_ns)
        elif making.refusal is not None:
            self._refuse(making.refusal, now_ns)
        elif making.settled is not None:
            if making.settled.done():
                self._conclude(making, making.settled.exception(), now_ns)
        elif making.recording is not None:
            self._follow(making, making.recording)

    def _follow(self, making: Making, recording: Recording) -> None:
        if recording.is_over:
            making.settle(self._ledger, recording)
            return
        self._keep_press()
        if recording.safe_at_ns is not None:
            self._again = None
            if self._state.mode == "starting":
                self._refusal = ""
                self._step(Became("running"))

    def _conclude(self, making: Making, error: BaseException | None, now_ns: int) -> None:
        """Go on after a film whose end is on the card, or could not be written there."""
        recording = making.begun.result()
        self._making = None
        if recording.failure:
            self._refusal, self._refused_ns = recording.failure, now_ns
            self._card.doubt()
        if error is not None:
            self._card.doubt()
            _log.error("cannot write the manifest of %s: %s", recording.id, error)
        self._readiness.forget()
        _log.info("recording %s is over: %s", recording.id, recording.ended)
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
            before = self._ledger.read(again.recording)
            self._begin(self._readiness.ground_after(before), follows=before.recording)
        except _REFUSALS as error:
            self._refuse(error, now_ns)

    def _give_up(self, now_ns: int, *, forget: bool) -> None:
        if self._again is not None:
            self._refused_ns = now_ns
        self._again = None
        if forget:
            self._forget_press()
        self._step(Became("over"))

    def _forget_press(self) -> None:
        with contextlib.suppress(OSError):
            self._press.forget()

    def _keep_press(self) -> None:
        """Note what another process would go on with, and whether it waits to be resumed."""
        recording = self._last_part()
        if recording is None or self._state.mode == "stopping":
            return
        try:
            self._press.keep(recording, is_paused=self._state.mode == "paused")
        except OSError as error:  # the film says so as well, and louder
            _log.warning("cannot note the press: %s", error)

    def _last_part(self) -> str | None:
        """Give the recording that a further one would follow."""
        if self._making is not None and self._making.recording is not None:
            return self._making.id
        return self._again.recording if self._again is not None else None

    def _settle_rest(self, now_ns: int) -> None:
        is_waiting = self._rest is not None and not self._rest.done()
        if self._ledger.has_rest and not is_waiting and not self._card.problem(now_ns):
            if self._rest is not None and self._rest.exception() is not None:
                self._card.doubt()  # it holds a small file and not this one: once a second
            self._rest = self._ledger.settle_rest()

    def _lamp(self, now_ns: int) -> Lamp:
        if self._again is not None:
            return Lamp.PROBLEM
        if self._making is not None:
            return self._lamp_of(self._making, now_ns)
        if now_ns - self._refused_ns < REFUSAL_NS:
            return Lamp.REFUSED
        if self.viewfinder.is_open:
            return Lamp.FRAMING
        return shown_at_rest(
            is_ready=not self._readiness.not_ready(now_ns),
            is_problem=self._readiness.is_problem(now_ns),
            is_hinted=self._is_hinted(now_ns),
            now_ns=now_ns,
        )

    def _is_hinted(self, now_ns: int) -> bool:
        return bool(self._troubles) or (self._hints is not None and self._hints.is_some(now_ns))

    def _lamp_of(self, making: Making, now_ns: int) -> Lamp:
        remind_after_ns = self._settings.remind_after_minutes * 60 * NS
        return shown(making.recording, self._state.mode, remind_after_ns, now_ns)

    def _show(self, lamp: Lamp) -> None:
        self._lamps.append(lamp)
        self._lamp_words.beat(lamp, self._making.safe_at_ns if self._making else None)

    def _made(self) -> str | None:
        with self._lock:
            return self._making.id if self._making else None

    def _is_filming(self) -> bool:
        """Whether a film is being made, or is to go on here or in another process."""
        with self._lock:
            is_to_go_on = self._again is not None or self.must_restart
            return is_to_go_on or self._making is not None

    def _judge_anew(self) -> None:
        with self._lock:
            self._readiness.forget()


def _wait(begun: Future[Recording]) -> None:
    try:
        begun.result(_BEGUN_S)
    except TimeoutError:  # the card is slow; the lamp tells how it goes on
        return
    except _REFUSALS as error:
        raise RefusedError(sentence(error)) from error


def _event(edge: Edge) -> Event:
    return Pressed(edge.time_ns) if edge.is_down else Released(edge.time_ns)
