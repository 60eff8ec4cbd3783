"""What every file of words has in common: found by name or path, its keys, its texts."""

from pathlib import Path
from typing import Any

import pytest

from vigbox.casework.lexicon import Kind, Name, key_of, load, name_of, once, only
from vigbox.errors import SettingError


class WordsError(SettingError):
    """A file of words cannot be used."""


@pytest.fixture
def kind(tmp_path: Path) -> Kind:
    (tmp_path / "shipped.toml").write_text('key = "ours"\n')
    return Kind("words", "file of words", tmp_path, WordsError)


def parse(facts: dict[str, Any]) -> str:
    return key_of(facts)


def test_a_shipped_one_is_found_by_its_name_and_a_services_own_by_its_path(
    kind: Kind, tmp_path: Path
) -> None:
    own = tmp_path / "elsewhere" / "own.toml"
    own.parent.mkdir()
    own.write_text('key = "theirs"\n')
    assert load("shipped", kind, parse) == "ours"
    assert load(str(own), kind, parse) == "theirs"
    with pytest.raises(WordsError, match=r"words must be one of shipped, or the path .*'other'"):
        load("other", kind, parse)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "'key' is missing"),
        (b"key = 1", "a key must be 1 to 40"),
        (b'key = "A"', "a key must be 1 to 40"),
        (b"[", "Invalid"),
        (b"\xff", "decode"),
        (b"#" * ((1 << 18) + 1), "too large"),
    ],
)
def test_a_file_that_cannot_be_used_says_which_and_why(
    kind: Kind, tmp_path: Path, data: bytes, told: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(WordsError, match=rf"cannot use the file of words {path}: .*{told}"):
        load(str(path), kind, parse)


def test_a_text_is_told_in_the_language_or_in_english_or_as_there_is_one() -> None:
    assert Name({"nl": "oog", "en": "eye"}).label("nl") == "oog"
    assert Name({"nl": "oog", "en": "eye"}).label("de") == "eye"
    assert Name({"nl": "oog"}).label("de") == "oog"


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({}, "has no name"),
        ({"english": "eye"}, "a language must be as en or de-CH"),
        ({"en": " "}, "1 to 5 letters"),
        ({"en": "longer"}, "1 to 5 letters"),
        ({"en": 5}, "1 to 5 letters"),
    ],
)
def test_a_text_that_is_none_says_where(texts: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        name_of(texts, "the third item", 5)


def test_strange_keys_and_keys_that_are_there_twice_are_refused() -> None:
    only({"a": 1}, {"a", "b"}, "here")
    with pytest.raises(ValueError, match="in here, 'c' must be one of a, b"):
        only({"a": 1, "c": 2}, {"a", "b"}, "here")
    once(["a", "b"])
    with pytest.raises(ValueError, match="b is there twice"):
        once(["a", "b", "b"])
