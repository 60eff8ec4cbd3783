"""What the lamp says of a film that is being made: never more than what the card holds."""

from typing import Final

from vigbox.model import NS, Lamp
from vigbox.recorder.recording import Recording
from vigbox.recorder.state import Mode

FRESH_NS: Final = 2 * NS
"""The lamp is red only while something reached the card within this time."""

REMIND_EVERY_NS: Final = 15 * 60 * NS
REMIND_FOR_NS: Final = 10 * NS

TROUBLED_EVERY_NS: Final = 12 * NS
TROUBLED_FOR_NS: Final = 3 * NS


def is_fresh(recording: Recording, now_ns: int) -> bool:
    """Tell whether the film reached the card a moment ago."""
    safe_at_ns = recording.safe_at_ns
    return safe_at_ns is not None and now_ns - safe_at_ns < FRESH_NS


def shown(recording: Recording | None, mode: Mode, remind_after_ns: int, now_ns: int) -> Lamp:
    """Give the lamp's word; None is a film whose manifest is not on the card yet."""
    if recording is None or mode in ("starting", "stopping"):
        return Lamp.ACKNOWLEDGED
    if recording.is_over:  # its manifest is on the way to the card
        is_well = not recording.failure and recording.ended != "camera"
        return Lamp.ACKNOWLEDGED if is_well else Lamp.PROBLEM
    if recording.dropped or recording.is_deaf or not is_fresh(recording, now_ns):
        return Lamp.PROBLEM
    if mode == "paused":
        return Lamp.PAUSED
    return Lamp.REMINDER if _is_long(recording, remind_after_ns) else Lamp.RECORDING


def shown_at_rest(*, is_ready: bool, is_problem: bool, is_hinted: bool, now_ns: int) -> Lamp:
    """Give the lamp's word while nothing is recorded.

    A card that refuses a press, or a camera that would, is a problem for a moment, again and again,
    and nothing is said beside it. What stops no film is a hint; the page tells what is meant.
    """
    if is_problem:
        is_told = now_ns % TROUBLED_EVERY_NS < TROUBLED_FOR_NS
        return Lamp.PROBLEM if is_told else Lamp.DARK
    if is_hinted:
        return Lamp.READY_HINT if is_ready else Lamp.HINT
    return Lamp.READY if is_ready else Lamp.DARK


def _is_long(recording: Recording, remind_after_ns: int) -> bool:
    over_ns = recording.length_ns - remind_after_ns
    return over_ns >= 0 and over_ns % REMIND_EVERY_NS < REMIND_FOR_NS
