"""A settings file that somebody edited by hand: what is right in it holds, the rest is told.

A box that stands in a home films whatever became of its settings. A key that cannot be used has its
last good value, and otherwise its default; each mistake is told with its line and with what to
write. What films are erased by is never guessed: where retention may be meant, nothing is erased
by its age until the file is right.
"""

import contextlib
import dataclasses
import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from vigbox.config import KEYS, RETENTION_MODES, Settings, settings_of
from vigbox.errors import SettingError
from vigbox.store.durable import save

_LARGEST_BYTES: Final = 1 << 16
_KEY: Final = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*(?:=|:|$)""")
_RETENTION: Final = "retention"
_LONGEST_DAYS: Final = 3_650
_SHORT: Final = 40
_MOST: Final = 12
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: its line (0: of the whole file), the key if it is one of ours, a sentence."""

    line: int
    key: str
    says: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings that hold, and what is wrong with the file they are from."""

    settings: Settings = field(default_factory=Settings)
    faults: tuple[Fault, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """What to tell, one sentence for each mistake."""
        return [each.says for each in self.faults]


def read(path: Path, kept: Path | None = None) -> Reading:
    """Read what can be used of a settings file; a file that is not there says nothing.

    ``kept`` is where :func:`keep` wrote the last good ones. Raises nothing.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except FileNotFoundError:
        return Reading()
    except OSError as error:
        return _Reader(path, kept).of_nothing(error.strerror or "it cannot be opened")
    if len(data) > _LARGEST_BYTES:
        return _Reader(path, kept).of_nothing("it is larger than 64 KiB")
    return _Reader(path, kept).of(data)


def keep(reading: Reading, kept: Path) -> None:
    """Remember settings without a fault, for a day when there is one. Raises OSError."""
    if reading.faults:
        return
    data = json.dumps(_changed(reading.settings), indent=1).encode()
    with contextlib.suppress(OSError):
        if kept.read_bytes() == data:
            return
    save(kept, data)


def _changed(settings: Settings) -> dict[str, Any]:
    default = dataclasses.asdict(Settings())
    found = dataclasses.asdict(settings).items()
    return {
        key: str(value) if isinstance(value, Path) else value
        for key, value in found
        if value != default[key]
    }


class _Reader:
    """Reads one file once: the whole of it if it is TOML, otherwise line by line."""

    def __init__(self, path: Path, kept: Path | None) -> None:
        self._path = path
        self._last = _last_good(kept)
        self._faults: list[Fault] = []
        self._values: dict[str, Any] = {}

    def of(self, data: bytes) -> Reading:
        if data[:2] in _UTF16:
            data = data.decode("utf-16", "replace").encode()
            self._add(0, "", f"{self._path} is written as UTF-16. Save it as UTF-8.")
        lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        for line, key, value in _whole(lines) or self._one_by_one(lines):
            self._take(line, key, value)
        return self._reading()

    def of_nothing(self, why: str) -> Reading:
        says = (
            f"{self._path} cannot be read: {why}. Until it can, the last good settings hold. "
            "Put it right, or take it away."
        )
        self._values = dict(self._last)
        self._add(0, "", says)
        return self._reading()

    def _one_by_one(self, lines: list[bytes]) -> Iterator[tuple[int, str, Any]]:
        is_in_table = False
        for number, raw in enumerate(lines, 1):
            try:
                text = raw.decode().strip()
                found = tomllib.loads(text)
            except (ValueError, RecursionError):
                self._unreadable(number, raw)
                continue
            is_in_table = is_in_table or text.startswith("[")
            for key, value in found.items():
                # as in TOML, what follows a [table] is inside of it
                yield number, f"[…] {key}" if is_in_table and key in KEYS else key, value

    def _unreadable(self, number: int, raw: bytes) -> None:
        text = raw.decode("ascii", "replace")
        match = _KEY.match(text)
        key = match[1] if match else ""
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            key = near[0] if near else ""
        at = self._path
        if not key:
            says = f"{at}, line {number}: this cannot be read. Put # before it, or take it away."
        else:
            self._fall_back(key)
            says = (
                f"{at}, line {number}: this cannot be read. Write it like {self._example(key)}; "
                f"until then {self._holding(key)} holds."
            )
        self._add(number, key, says)

    def _take(self, number: int, key: str, value: object) -> None:
        at = self._path
        if key not in KEYS:
            self._unknown(number, key)
        elif key in self._values:
            self._add(
                number,
                key,
                f"{at}, line {number}: {key} is set a second time. Keep one of the lines.",
            )
        else:
            try:
                settings_of({key: value})
            except SettingError as error:
                self._fall_back(key)
                why, example = _shortened(str(error)), self._example(key)
                says = (
                    f"{at}, line {number}: {why}. Write for example {example}; "
                    f"until then {self._holding(key)} holds."
                )
                self._add(number, key, says)
            else:
                self._values[key] = value

    def _unknown(self, number: int, key: str) -> None:
        at, name = self._path, " ".join(key.split())[:_SHORT]
        near = difflib.get_close_matches(key, KEYS, 1)
        if not near:
            self._add(
                number,
                "",
                f"{at}, line {number}: there is no setting {name}. Put # before the line.",
            )
            return
        says = (
            f"{at}, line {number}: there is no setting {name}. Did you mean {near[0]}? Write it so."
        )
        self._add(number, near[0], says)
        self._fall_back(near[0])

    def _fall_back(self, key: str) -> None:
        if key in self._last and key not in self._values:
            self._values[key] = self._last[key]

    def _holding(self, key: str) -> str:
        return _toml(self._values.get(key, getattr(Settings(), key)))

    def _example(self, key: str) -> str:
        return f"{key} = {_toml(getattr(Settings(), key))}"

    def _add(self, line: int, key: str, says: str) -> None:
        self._faults.append(Fault(line, key, says))

    def _reading(self) -> Reading:
        doubted = [each for each in self._faults if each.key.startswith(_RETENTION) or not each.key]
        if doubted:
            self._values["retention_mode"] = RETENTION_MODES[1]
            # where the page settled a mode of its own, these are the days
            self._values.setdefault("retention_days", _LONGEST_DAYS)
            self._add(0, _RETENTION, f"Until {self._path} is right, nothing is erased by its age.")
        return Reading(settings_of(self._values), tuple(_told(self._faults, self._path)))


def _told(faults: list[Fault], path: Path) -> list[Fault]:
    """Give the first of very many, and the last, which is about what is erased."""
    if len(faults) <= _MOST:
        return faults
    left = len(faults) - _MOST
    more = f"{path}: {left} more lines are wrong. Take the file away, and write what you need anew."
    return [*faults[: _MOST - 1], Fault(0, "", more), faults[-1]]


def _whole(lines: list[bytes]) -> list[tuple[int, str, Any]]:
    """Give line, key and value of each setting; nothing when the file is not TOML."""
    try:
        found = tomllib.loads(b"\n".join(lines).decode())
    except (ValueError, RecursionError):
        return []
    return [(_line_of(key, lines), key, value) for key, value in found.items()]


def _line_of(key: str, lines: list[bytes]) -> int:
    start = re.compile(rb"""\s*\[*\s*["']?""" + re.escape(key.encode()) + rb"""["']?\s*[=.\]]""")
    return next((n for n, each in enumerate(lines, 1) if start.match(each)), 1)


def _last_good(kept: Path | None) -> dict[str, Any]:
    if kept is None:
        return {}
    try:
        found = json.loads(kept.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if _is_good({key: value})}


def _is_good(found: Mapping[str, Any]) -> bool:
    try:
        settings_of(found)
    except (SettingError, TypeError):
        return False
    return True


def _shortened(sentence: str) -> str:
    head, no, value = sentence.partition(", not ")
    is_long = len(value) > _SHORT
    return f"{head}{no}{value[:_SHORT]}…" if is_long else sentence


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)
