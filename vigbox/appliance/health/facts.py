"""What is known of a box, as one flat record that goes through a file between two users.

Every field is a number, yes or no, or a word of a short list or pattern. What does not fit is
left out when it is read, so whoever writes the file cannot put words of their own on a page.
"""

import dataclasses
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

_MOST: Final = 64
_COLDEST: Final = -100
_LARGEST: Final = 1 << 62


def boottime_s() -> int:
    """Give the seconds since this boot, as ``Facts.uptime_s`` has them; nobody sets this clock."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME))


@dataclass(frozen=True, slots=True)
class UnitState:
    """A program: its name without our prefix, systemd's word for it, how often it began again."""

    name: str
    state: str
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong: who said it, the words of a source, how often, hours since the last."""

    who: str
    says: str
    times: int
    hours_ago: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found at one time; None and empty: it is not known."""

    at: str = ""
    vigbox: str = ""
    python: str = ""
    kernel: str = ""
    system: str = ""
    board: str = ""
    is_pi: bool = False
    uptime_s: int | None = None
    room_bytes: int | None = None
    size_bytes: int | None = None
    card: str = ""
    worn_percent: int | None = None
    is_spent: bool = False
    written_bytes: int | None = None
    card_errors: int | None = None
    is_read_only: bool = False
    celsius: int | None = None
    power: str = ""
    was_weak: bool = False
    is_weak: bool = False
    was_slowed: bool = False
    is_slowed: bool = False
    memory: str = ""
    swap: str = ""
    radio: str = ""
    country: str = ""
    hotspot: str = ""
    wifi: str = ""
    clock_network: bool = False
    clock_chip: bool = False
    other_lines: int = 0
    units: tuple[UnitState, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    def to_json(self) -> str:
        """Give the file's text."""
        return json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a file's text; what does not fit counts as not known. Raises ValueError."""
        found = json.loads(text)
        if not isinstance(found, dict):
            raise ValueError("the facts must be an object")  # noqa: TRY004  # of a file's content
        fit = {key: found[key] for key, fits in _FITS.items() if fits(found.get(key))}
        units = tuple(_records(found.get("units"), UnitState, _UNIT))
        troubles = tuple(_records(found.get("troubles"), Trouble, _TROUBLE))
        return cls(**fit, units=units, troubles=troubles)


def _number(value: object) -> bool:
    return type(value) is int and _COLDEST < value < _LARGEST


def _yes_or_no(value: object) -> bool:
    return isinstance(value, bool)


def _like(pattern: str) -> Callable[[object], bool]:
    whole = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and whole.fullmatch(value) is not None


VERSION: Final = r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}(?:(?:a|b|rc|dev|\.dev|\.post|[+~])[0-9]{0,8})?"
KERNEL: Final = (
    r"[0-9]+\.[0-9]+(?:\.[0-9]+)?"
    r"(?:[+-](?:rpt|rpi|v7|v7l|v8|2712|bpo|deb[0-9]+|amd64|arm64|cloud|rt|[0-9]{1,4}))*"
)
SYSTEM: Final = r"(?:Debian|Raspberry Pi OS|Linux)(?: [0-9]{1,3})?"
BOARD: Final = (
    r"Raspberry Pi (?:[0-9]{1,3}|Zero(?: 2)?(?: W)?|Compute Module [0-9]S?)"
    r"(?: Model [AB](?:\+| Plus)?)?(?: Plus)?(?: Rev [0-9.]{1,4})?"
    r"|Raspberry Pi|no Raspberry Pi"
)
STATES: Final = "active|inactive|failed|activating|deactivating|reloading|maintenance|unknown"
_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00"

_FITS: Final[dict[str, Callable[[object], bool]]] = {
    "at": _like(_TIME),
    "vigbox": _like(VERSION),
    "python": _like(VERSION),
    "kernel": _like(KERNEL),
    "system": _like(SYSTEM),
    "board": _like(BOARD),
    "card": _like("SD|eMMC|disk"),
    "power": _like("firmware|sensor"),
    # whether the kernel counts each program's memory, and where it may put some of it
    "memory": _like("counted|uncounted"),
    "swap": _like("none|memory|card"),
    "radio": _like("on|blocked|none"),
    "country": _like("set|unset"),
    "hotspot": _like("on|off|none"),
    # what is wrong with it, as the network helper names it
    "wifi": _like("[a-z-]{1,24}"),
    **dict.fromkeys(
        ("is_pi", "is_spent", "is_read_only", "clock_network", "clock_chip"), _yes_or_no
    ),
    **dict.fromkeys(("was_weak", "is_weak", "was_slowed", "is_slowed"), _yes_or_no),
    **dict.fromkeys(("uptime_s", "room_bytes", "size_bytes", "worn_percent"), _number),
    **dict.fromkeys(("written_bytes", "card_errors", "celsius", "other_lines"), _number),
}
_UNIT: Final[dict[str, Callable[[object], bool]]] = {
    "name": _like("[a-z-]{1,24}"),
    "state": _like(STATES),
    "restarts": _number,
}
_TROUBLE: Final[dict[str, Callable[[object], bool]]] = {
    "who": _like("[a-z-]{1,24}"),
    "says": lambda value: isinstance(value, str) and len(value) < 600,  # noqa: PLR2004
    "times": _number,
    "hours_ago": _number,
}


def _records(
    found: object, kind: type[Any], fits: dict[str, Callable[[object], bool]]
) -> list[Any]:
    rows = found if isinstance(found, list) else []
    return [
        kind(**{key: row[key] for key in fits})
        for row in rows[:_MOST]
        if isinstance(row, dict) and all(each(row.get(key)) for key, each in fits.items())
    ]
