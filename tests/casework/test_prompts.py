"""The template of a shared review: the shipped one is whole, a broken one says what is wrong."""

from pathlib import Path

import pytest

from vigbox.casework import prompts
from vigbox.casework.prompts import NEEDED, PromptsError

GOOD = prompts.SHIPPED.joinpath("vig.toml").read_text("utf-8")


def test_the_shipped_prompts_are_in_all_three_languages() -> None:
    found = prompts.load("vig")
    assert {frozenset(each.ask.texts) for each in found.prompts} == {frozenset(("en", "nl", "de"))}
    assert set(NEEDED) <= found.answered
    assert found.of("clip")


@pytest.mark.parametrize("word", ["score", "assess", "analys", "problem", "should", "wrong", "why"])
def test_no_prompt_judges(word: str) -> None:
    said = [each.ask.label("en").lower() for each in prompts.load("vig").prompts]
    assert [each for each in said if word in each] == []


def test_a_services_own_prompts_are_asked_too(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    more = '[[prompt]]\nkey = "smile"\nabout = "review"\nask = { en = "What made you smile?" }\n'
    own.write_text(f"{GOOD}\n{more}")
    found = prompts.load(str(own))
    assert found.prompts[-1].ask.label("de") == "What made you smile?"
    assert "smile" in found.answered


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("key = [", "Invalid value"),
        (GOOD.replace('key = "ideas"', 'key = "notions"'), "no prompt ideas"),
        (GOOD.replace('key = "ideas"', 'key = "action"'), "action is there twice"),
        (GOOD.replace('\nabout = "clip"', '\nabout = "film"', 1), "must be clip or review"),
        (GOOD.replace('key = "see"', 'key = "See!"'), "a key must be"),
        (GOOD.replace('key = "see"\n', ""), "'key' is missing"),
        (GOOD.replace("ask = {", "question = {", 1), "'question' must be one of"),
        (GOOD.replace("en = ", "English = ", 2), "a language must be"),
        ('key = "x"\nname = { en = "x" }\n', "'prompt' is missing"),
    ],
)
def test_a_template_that_cannot_be_used_says_why(tmp_path: Path, text: str, told: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(PromptsError, match=r"cannot use the prompts .*own\.toml") as refused:
        prompts.load(str(own))
    assert told in str(refused.value)


def test_a_template_that_is_not_there_says_which_there_are() -> None:
    with pytest.raises(PromptsError, match="one of vig, or the path"):
        prompts.load("verp")
    with pytest.raises(PromptsError, match="No such file"):
        prompts.load("/nowhere/own.toml")
