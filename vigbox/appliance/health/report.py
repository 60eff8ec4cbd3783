"""The bundle for support: ``report.txt`` for a person, ``report.json`` for a program.

Whoever opens it learns how the box is and nothing of whom it filmed. Every value in it is a number,
a word of a list in our source, or a line's pattern (``known_lines``): there is no text of anybody's
to be taken out again. ``tests/appliance/health/test_report.py`` fills a box with markers and looks.
"""

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from vigbox.appliance.health.facts import Facts
from vigbox.appliance.health.findings import SAID_BY, findings
from vigbox.config import KEYS, LANGUAGES, RETENTION_MODES, Settings
from vigbox.model import TimeSource
from vigbox.store.layout import Layout
from vigbox.store.settings_file import Fault

NAME: Final = "vigbox-report.zip"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_HEAD: Final = (
    "Report of a vigbox. It tells how the box is, and nothing of whom it films: no names, codes,\n"
    "texts, passphrases, numbers of devices, nor times of visits. Look at it before you send it.\n"
)

_TOLD_WHOLE: Final = frozenset(
    each.name for each in dataclasses.fields(Settings) if each.type in (int, bool, "int", "bool")
)
"""Settings whose value is told: numbers, yes and no. Of the others, whether they were changed."""

_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "language": LANGUAGES,
    "retention_mode": RETENTION_MODES,
}


@dataclass(frozen=True, slots=True)
class Held:
    """How much is on the box, as numbers; None: this user may not look."""

    recordings: int | None = None
    imports: int | None = None
    exports: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What goes into a bundle."""

    facts: Facts | None
    settings: Settings
    faults: tuple[Fault, ...]
    clock: TimeSource
    held: Held
    now: datetime
    now_boottime_s: int

    def to_zip(self) -> bytes:
        """Give the bundle; two of the same moment are the same bytes."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in (("report.txt", self.to_text()), ("report.json", self.to_json())):
                bundle.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
        return made.getvalue()

    def to_json(self) -> str:
        """Give all of it for a program."""
        return json.dumps(self._all(), indent=1, ensure_ascii=False) + "\n"

    def to_text(self) -> str:
        """Give all of it for a person."""
        return "\n".join([_HEAD, *self._lines()]) + "\n"

    def _all(self) -> dict[str, Any]:
        return {
            "made_on": f"{self.now:%Y-%m-%d}",
            "facts": dataclasses.asdict(self.facts) if self.facts else None,
            "clock": self.clock,
            "settings": told(self.settings),
            "mistakes_in_settings": [{"line": each.line, "key": each.key} for each in self.faults],
            "held": dataclasses.asdict(self.held),
        }

    def _lines(self) -> Iterable[str]:
        facts = self.facts or Facts()
        yield f"Made on {self.now:%Y-%m-%d}; clock {SAID_BY[self.clock].partition(':')[0]}."
        yield from _part("How it is", self._state())
        yield from _part("Versions", _versions(facts))
        yield from _part("Programs", (_unit(facts, n) for n in range(len(facts.units))))
        yield from _part("What went wrong since it was switched on", _troubles(facts))
        yield from _part("What is on it", _held(self.held))
        yield from _part("Settings", _pairs(told(self.settings)))
        yield from _part("Mistakes in the settings", map(_mistake, self.faults))

    def _state(self) -> Iterable[str]:
        rate = self.settings.bits_per_second // 8
        for each in findings(self.facts, rate, self.now, self.now_boottime_s):
            yield f"{'well   ' if each.is_well else 'PROBLEM'}  {each.about:9} {each.says}"


def told(settings: Settings) -> dict[str, Any]:
    """Give what may be told of settings: an allow-list, so that a new one is first left out."""
    default = Settings()
    found: dict[str, Any] = {}
    for key in sorted(KEYS):
        value = getattr(settings, key)
        is_word = key in _WORDS and value in _WORDS[key]
        changed = "as shipped" if value == getattr(default, key) else "changed"
        found[key] = value if key in _TOLD_WHOLE or is_word else changed
    return found


def held(layout: Layout) -> Held:
    """Count what is on the box."""
    return Held(
        recordings=_count(layout.recordings, _is_film),
        imports=_count(layout.imported.recordings, _is_film),
        exports=_count(layout.exports, Path.is_dir),
    )


def _is_film(path: Path) -> bool:
    return path.name.endswith(".mp4.age")


def _count(folder: Path, counts: Callable[[Path], bool]) -> int | None:
    try:
        return sum(1 for each in folder.iterdir() if counts(each))
    except OSError:
        return None


def _part(head: str, lines: Iterable[str]) -> Iterable[str]:
    rows = list(lines)
    return [f"\n{head}", "-" * len(head), *(rows or ["nothing"])]


def _pairs(found: dict[str, Any]) -> Iterable[str]:
    return (f"{key:24} {value}" for key, value in found.items())


def _versions(facts: Facts) -> Iterable[str]:
    return _pairs({
        "vigbox": facts.vigbox, "system": facts.system, "kernel": facts.kernel,
        "Python": facts.python, "board": facts.board,
        "hours switched on": "" if facts.uptime_s is None else facts.uptime_s // 3600,
    })  # fmt: skip


def _unit(facts: Facts, number: int) -> str:
    each = facts.units[number]
    return f"{each.name:24} {each.state}, began anew {each.restarts} times"


def _troubles(facts: Facts) -> Iterable[str]:
    for each in facts.troubles:
        yield f"{each.who:10} {each.times:4} times, last {each.hours_ago} h ago: {each.says}"
    if facts.other_lines:
        yield f"and {facts.other_lines} lines that are not told, since nothing is known of them"


def _held(found: Held) -> Iterable[str]:
    counts = dataclasses.asdict(found)
    return (f"{name:24} {'not seen' if n is None else n}" for name, n in counts.items())


def _mistake(fault: Fault) -> str:
    where = f"line {fault.line}" if fault.line else "the file"
    return f"{where}: {fault.key or 'no setting of ours'}"
