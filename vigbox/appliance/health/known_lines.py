"""Which lines of the journal are known, so that nothing else of it is ever told to anybody.

A line may hold anything: an id, a code, a file's name, a text that a library put into an error.
So a line is never cleaned; it is recognised, and then told by its pattern: the words as they
stand in our own source code, systemd's or the kernel's, with … for each gap. What is not
recognised is counted. Our own patterns are read from the code that is installed, so there is no
second list to be kept. Only the calls that say something are parsed: all of the code took most of
what a look costs on a small board.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import vigbox

_PACKAGE: Final = Path(vigbox.__file__).parent
_GAP: Final = "…"
_LEAST_LETTERS: Final = 6
_LOUD: Final = frozenset({"warning", "error", "exception", "critical"})
_QUIET: Final = frozenset({"info", "debug"})
_SPECIFIER: Final = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[srdifx]")
_WHO: Final = re.compile(r"vigbox[a-z_.]*: ")
_FILE: Final = re.compile(r'\s*File ".*/vigbox/([a-z_/]+\.py)", line (\d{1,5}), in .*')
_WHERE: Final = re.compile(r"in vigbox/([a-z_/]+\.py), line \d{1,5}", re.ASCII)
_RAISED: Final = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?::.*)?", re.DOTALL)
_HEAD_LETTERS: Final = 3

# each begins with a plain word, which is found many times faster than a pattern
_CLASS: Final = re.compile(r"class (\w+Error)\b")
_SAYS: Final = re.compile(r"log\.(\w+)\(")
_RAISES: Final = re.compile(r"Error\(")
_TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|'
    r"'(?:\\.|[^'\\\n])*'|#[^\n]*|[](){}[,]",
    re.DOTALL,
)
_DEEPER: Final = {**dict.fromkeys("([{", 1), **dict.fromkeys(")]}", -1)}

_OTHERS: Final = (
    "…: Main process exited, code=exited, status=…",
    "…: Main process exited, code=killed, status=…",
    "…: Main process exited, code=dumped, status=…",
    "…: Watchdog timeout (limit …)!",
    "…: Failed with result 'watchdog'.",
    "…: Failed with result 'exit-code'.",
    "…: Failed with result 'signal'.",
    "…: Failed with result 'core-dump'.",
    "…: Failed with result 'timeout'.",
    "…: Failed with result 'oom-kill'.",
    "…: Failed with result 'protocol'.",
    "…: Failed with result 'resources'.",
    "…: A process of this unit has been killed by the OOM killer.",
    "…: State 'stop-sigterm' timed out. Killing.",
    "…: start operation timed out. Terminating.",
    "…: Failed to set up mount namespacing: …",
    "…: Failed at step … spawning …",
    "…Under-voltage detected!…",
    "…Undervoltage detected!…",
    "…I/O error, dev …",
    "…Buffer I/O error on dev …",
    "…EXT4-fs error (device …",
    "…EXT4-fs (…): Remounting filesystem read-only…",
    "…mmc…: error …",
    "…mmc…: Timeout waiting for hardware interrupt.…",
    "…: Card stuck being busy!…",
    "…Out of memory: Killed process …",
    "…oom-kill:constraint=…",
    "…rcu…detected stalls…",
    "…usb …: USB disconnect, device number …",
    "…unicam …: Failed to…",
    "…rp1-cfe …: …timeout…",
    "…watchdog: watchdog…: watchdog did not stop!…",
)
"""What systemd and the kernel say when something goes wrong."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words of a source, with gaps between them."""

    parts: tuple[str, ...]

    @property
    def told(self) -> str:
        """The words, with … for each gap."""
        return _GAP.join(self.parts)

    def fits(self, line: str) -> bool:
        """Tell whether a line could be these words, its gaps filled; in linear time."""
        first, last = self.parts[0], self.parts[-1]
        if len(self.parts) == 1:
            return line == first
        if not line.startswith(first) or not line[len(first) :].endswith(last):
            return False
        at, end = len(first), len(line) - len(last)
        for part in self.parts[1:-1]:
            at = line.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True


@dataclass(frozen=True)
class KnownLines:
    """Everything that may be told: what is loud, what is only usual, names of errors, modules."""

    loud: tuple[Pattern, ...]
    usual: tuple[Pattern, ...]
    errors: frozenset[str]
    modules: frozenset[str]

    @cached_property
    def _by_head(self) -> dict[str, list[tuple[str, Pattern]]]:
        """The loud ones by how they begin, each behind its longest word, which is looked for first.

        A line is held against a few of hundreds then: a box that fell over has thousands of lines.
        """
        found = dict[str, list[tuple[str, Pattern]]]()
        for each in self.loud:
            head = each.parts[0][:_HEAD_LETTERS]
            found.setdefault(head, []).append((max(each.parts, key=len), each))
        return found

    def told(self, line: str) -> str | None:
        """Give what may be told of a line: nothing of a usual one, None of one that is unknown."""
        line = line.rstrip()
        if match := _FILE.fullmatch(line):
            known = match[1] in self.modules
            return f"in vigbox/{match[1]}, line {int(match[2])}" if known else None
        said = _WHO.sub("", line, count=1) if _WHO.match(line) else line
        if fitting := list(self._fitting(said)):
            return min(fitting, key=_rank).told
        if any(pattern.fits(said) for pattern in self.usual):
            return ""
        match = _RAISED.fullmatch(line)
        return match[1] if match and match[1] in self.errors else None

    def _fitting(self, said: str) -> Iterator[Pattern]:
        """Give the first that fits of each way to begin."""
        for head in {said[:n] for n in range(_HEAD_LETTERS + 1)}:
            for word, pattern in self._by_head.get(head, ()):
                if word in said and pattern.fits(said):
                    yield pattern
                    break

    def may_say(self, told: str) -> bool:
        """Tell whether this is what :meth:`told` can give."""
        where = _WHERE.fullmatch(told)
        is_place = where is not None and where[1] in self.modules
        return is_place or told in self.errors or any(each.told == told for each in self.loud)


@cache
def known_lines() -> KnownLines:
    """Read the patterns from the code that is installed."""
    loud, usual = set(_OTHERS), set[str]()
    levels = dict.fromkeys(_LOUD, loud) | dict.fromkeys(_QUIET, usual)
    errors = set(_builtin_errors())
    modules = sorted(_PACKAGE.rglob("*.py"))
    for path in modules:
        text = path.read_text("utf-8")
        errors.update(_CLASS.findall(text))
        for call in _RAISES.finditer(text):
            loud.update(_words_at(text, call.end()))
        for call in _SAYS.finditer(text):
            if call[1] in levels:
                words = _words_at(text, call.end())
                levels[call[1]].update(_SPECIFIER.sub(_GAP, each) for each in words)
    names = frozenset(str(each.relative_to(_PACKAGE)) for each in modules)
    return KnownLines(_patterns(loud), _patterns(usual), frozenset(errors), names)


def _words_at(text: str, begin: int) -> set[str]:
    """Give what the first argument of a call may say, which begins there."""
    first = text[begin : _end_of_argument(text, begin)]
    if '"' not in first and "'" not in first:
        return set()
    try:
        return set(_words(ast.parse(f"({first}\n)", mode="eval").body))
    except SyntaxError:  # an argument with a name, or words of a comment
        return set()


def _end_of_argument(text: str, begin: int) -> int:
    deep = 0
    for token in _TOKEN.finditer(text, begin):
        deep += _DEEPER.get(token[0], 0)
        if deep < 0 or (deep == 0 and token[0] == ","):
            return token.start()
    return begin


def _words(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else _GAP for p in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from _words(one)
            yield from _words(other)
        case _:
            return


def _patterns(words: set[str]) -> tuple[Pattern, ...]:
    """Give the patterns that say enough to be recognised, those that say most first."""
    enough = (each for each in words if sum(map(str.isalpha, each)) >= _LEAST_LETTERS)
    return tuple(sorted((Pattern(tuple(each.split(_GAP))) for each in enough), key=_rank))


def _rank(pattern: Pattern) -> tuple[int, str]:
    return -sum(map(len, pattern.parts)), pattern.told


def _builtin_errors() -> Iterator[str]:
    for name, value in vars(builtins).items():
        if isinstance(value, type) and issubclass(value, Exception):
            yield name
