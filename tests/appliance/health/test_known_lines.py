"""A line of the journal is recognised, or it is not told at all."""

import ast
import random
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

import vigbox
from vigbox.appliance.health.known_lines import Pattern, known_lines

GAP = "…"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("vigbox.recorder.box: cannot write the manifest of 0f3a: No space left on device",
         "cannot write the manifest of …: …"),
        ("vigbox: there is no camera. Check its cable.", None),
        ("vigbox.recorder.service: ready on /srv/anna", ""),
        ("vigbox-recorder.service: Main process exited, code=killed, status=9/KILL",
         "…: Main process exited, code=killed, status=…"),
        ("vigbox-web.service: A process of this unit has been killed by the OOM killer.",
         "…: A process of this unit has been killed by the OOM killer."),
        ("I/O error, dev mmcblk0, sector 12345 op 0x1:(WRITE)", "…I/O error, dev …"),
        ("hwmon hwmon1: Undervoltage detected!", "…Undervoltage detected!…"),
        ('  File "/opt/vigbox/lib/python3.13/site-packages/vigbox/web/app.py", line 12, in anna',
         "in vigbox/web/app.py, line 12"),
        ('  File "/home/anna/vigbox/web/annas.py", line 12, in tick', None),
        ("ValueError: Anna", "ValueError"),
        ("vigbox.store.layout.DataFolderError: cannot write in /srv/anna", "DataFolderError"),
        ("AnnaError: x", None),
        ("Anna", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_line_is_told_by_its_pattern_alone(line: str, told: str | None) -> None:
    assert known_lines().told(line) == told


def test_what_is_told_may_be_read_back_and_nothing_else() -> None:
    known = known_lines()
    assert known.may_say("…I/O error, dev …")
    assert known.may_say("in vigbox/web/app.py, line 12")
    assert known.may_say("ValueError")
    for each in ("Anna", "in vigbox/web/anna.py, line 12", "…I/O error, dev Anna", ""):
        assert not known.may_say(each)


def test_whatever_fills_the_gaps_is_never_told() -> None:
    known, draw = known_lines(), random.Random(7)
    assert len(known.loud) > 200, "the code is read"
    for pattern in known.loud:
        words = [
            "".join(draw.choices(string.ascii_letters + " :.…%\n\\", k=12)) for _ in pattern.parts
        ]
        line = pattern.parts[0] + "".join(
            f"Zq{word}Zq{part}" for word, part in zip(words, pattern.parts[1:], strict=False)
        )
        for said in (line, f"vigbox.web.app: {line}", f"{line} Zq", f"Zq {line}"):
            told = known.told(said)
            assert told is None or "Zq" not in told


def test_a_pattern_is_matched_from_end_to_end() -> None:
    pattern = Pattern(("cut ", " at ", "."))
    assert pattern.fits("cut this at that.")
    for line in ("cut this at that", "a cut this at that.", "cut this.", "cut .", ""):
        assert not pattern.fits(line)
    assert Pattern(("same",)).fits("same")
    assert not Pattern(("ab", "ba")).fits("aba")


def said(node: ast.expr) -> list[str]:
    """What an argument may say, with a gap for all that is not in the source."""
    if isinstance(node, ast.IfExp):
        return said(node.body) + said(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return [
            "".join(p.value if isinstance(p, ast.Constant) else GAP for p in node.values)  # type: ignore[misc]  # a text
        ]
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return [node.value] if is_text else []  # type: ignore[attr-defined]  # a constant


def test_what_is_read_quickly_is_what_the_compiler_reads() -> None:
    loud, usual, errors = set[str](), set[str](), set[str]()
    for path in Path(vigbox.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                errors.add(node.name)
            if not isinstance(node, ast.Call) or not node.args:
                continue
            where, _, name = ast.unparse(node.func).rpartition(".")
            words = {re.sub(r"%[-+ #0]*\d*(?:\.\d+)?[srdifx]", GAP, each)
                     for each in said(node.args[0])}  # fmt: skip
            if where.endswith("log") and name in ("info", "debug"):
                usual |= words
            elif where.endswith("log") and name in ("warning", "error", "exception", "critical"):
                loud |= words
            elif name.endswith("Error"):
                loud |= set(said(node.args[0]))
    known = known_lines()
    found = {each.told for each in known.loud}
    says_enough = {each for each in loud if sum(map(str.isalpha, each)) >= 6}
    assert says_enough <= found
    # beside it what systemd and the kernel say, and nothing of ours
    assert all(each.startswith(GAP) for each in found - says_enough)
    assert len(found - says_enough) < 50
    assert {each.told for each in known.usual} == {e for e in usual if len(e) > 5} > set()
    assert errors <= known.errors


def test_the_pattern_that_says_most_is_the_one_that_is_told() -> None:
    known = known_lines()
    for each in known.loud:
        line = "Zq 7".join(each.parts)
        told = known.told(line)
        fitting = [other.told for other in known.loud if other.fits(line)]
        assert told in fitting
        assert len(str(told).replace(GAP, "")) == max(len(e.replace(GAP, "")) for e in fitting)


parts = some.lists(some.text("ab ", max_size=4), min_size=1, max_size=5)


@given(parts, some.lists(some.text("ab: ", max_size=3), min_size=4, max_size=4))
def test_a_line_made_of_a_pattern_fits_it(words: list[str], gaps: list[str]) -> None:
    line = words[0] + "".join(f"{gap}{word}" for gap, word in zip(gaps, words[1:], strict=False))
    assert Pattern(tuple(words)).fits(line)


@given(parts, some.text("ab: ", max_size=20))
def test_a_pattern_fits_what_the_same_expression_does(words: list[str], line: str) -> None:
    whole = re.compile(".*".join(map(re.escape, words)), re.DOTALL)
    assert Pattern(tuple(words)).fits(line) == (whole.fullmatch(line) is not None)


@given(some.text(max_size=200))
def test_any_line_at_all_is_told_by_words_of_the_source_or_not(line: str) -> None:
    told = known_lines().told(line)
    assert not told or known_lines().may_say(told)
