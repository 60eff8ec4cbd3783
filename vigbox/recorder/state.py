"""What a press means: a pure machine from events to actions.

Idle: a press shorter than 1 s starts, on its release; a hold of 5 s opens the pairing window; in
between, nothing. Recording: a hold of 1.5 s stops; a short press marks, told apart from a double
press within 400 ms and stamped at the first contact; a double press pauses, any press ends the
pause. Every action needs a release first. From a press until red or refusal presses are ignored.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from vigbox.model import NS

SHORT_NS: Final = NS
STOP_NS: Final = 3 * NS // 2
PAIR_NS: Final = 5 * NS
DOUBLE_NS: Final = 4 * NS // 10

Mode: TypeAlias = Literal["idle", "starting", "recording", "paused", "stopping"]


@dataclass(frozen=True, slots=True)
class Pressed:
    """The button went down."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Released:
    """The button came up."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The tablet asked for the same things that the button can do."""

    what: Literal["start", "stop", "mark", "pause", "resume"]
    at_ns: int


@dataclass(frozen=True, slots=True)
class Became:
    """The recording answered: it runs, or nothing runs any more."""

    what: Literal["running", "over"]


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do now; ``at_ns`` is when the person did it."""

    what: Literal["start", "stop", "mark", "pause", "resume", "pair"]
    at_ns: int


Event: TypeAlias = Pressed | Released | Tick | Asked | Became


@dataclass(frozen=True, slots=True)
class State:
    """Where things stand. ``down_ns``: the press in progress, unless it has acted already.

    ``tap_ns``: a short press that may still become a double one.
    """

    mode: Mode = "idle"
    down_ns: int | None = None
    tap_ns: int | None = None

    def step(self, event: Event) -> tuple["State", tuple[Act, ...]]:
        """Give the state after an event, and what to do."""
        match event:
            case Pressed(at_ns):
                return self._pressed(at_ns)
            case Released(at_ns):
                return self._released(at_ns)
            case Tick(at_ns):
                return self._ticked(at_ns)
            case Asked(what, at_ns):
                return self._asked(what, at_ns)
            case Became("running"):
                return State("recording"), ()
            case Became():
                return State("idle"), ()

    def _pressed(self, at_ns: int) -> tuple["State", tuple[Act, ...]]:
        if self.mode in ("starting", "stopping"):
            return self, ()
        if self.mode == "paused":
            return State("recording"), (Act("resume", at_ns),)
        if self.tap_ns is None:
            return replace(self, down_ns=at_ns), ()
        if at_ns - self.tap_ns <= DOUBLE_NS:
            return State("paused"), (Act("pause", self.tap_ns),)
        return replace(self, down_ns=at_ns, tap_ns=None), (Act("mark", self.tap_ns),)

    def _released(self, at_ns: int) -> tuple["State", tuple[Act, ...]]:
        if self.down_ns is None:
            return self, ()
        down_ns, up = self.down_ns, replace(self, down_ns=None)
        held, acts = self._held(at_ns, down_ns)
        if acts:  # nobody looked while it was held
            return held, acts
        if at_ns - down_ns >= SHORT_NS:
            return up, ()
        if self.mode == "idle":
            return State("starting"), (Act("start", down_ns),)
        if at_ns - down_ns <= DOUBLE_NS:
            return replace(up, tap_ns=down_ns), ()
        return up, (Act("mark", down_ns),)

    def _ticked(self, at_ns: int) -> tuple["State", tuple[Act, ...]]:
        if self.down_ns is not None:
            return self._held(at_ns, self.down_ns)
        if self.tap_ns is not None and at_ns - self.tap_ns > DOUBLE_NS:
            return replace(self, tap_ns=None), (Act("mark", self.tap_ns),)
        return self, ()

    def _held(self, at_ns: int, down_ns: int) -> tuple["State", tuple[Act, ...]]:
        if self.mode == "idle" and at_ns - down_ns >= PAIR_NS:
            return State("idle"), (Act("pair", at_ns),)
        if self.mode == "recording" and at_ns - down_ns >= STOP_NS:
            marks = () if self.tap_ns is None else (Act("mark", self.tap_ns),)
            return State("stopping"), (*marks, Act("stop", at_ns))
        return self, ()

    def _asked(self, what: str, at_ns: int) -> tuple["State", tuple[Act, ...]]:
        match self.mode, what:
            case "idle", "start":
                return State("starting"), (Act("start", at_ns),)
            case (("recording" | "paused"), "stop"):
                return State("stopping"), (Act("stop", at_ns),)
            case "recording", "mark":
                return self, (Act("mark", at_ns),)
            case "recording", "pause":
                return State("paused"), (Act("pause", at_ns),)
            case "paused", "resume":
                return State("recording"), (Act("resume", at_ns),)
            case _:
                return self, ()
