"""Every shipped vocabulary loads, in three languages; what is not ours is flagged."""

from pathlib import Path

import pytest

from vigbox.casework.service import VOCABULARIES
from vigbox.casework.vocabulary import SHIPPED, Principle, VocabularyError, load
from vigbox.config import LANGUAGES

NAMES = sorted(each.stem for each in SHIPPED.glob("*.toml"))


def test_the_service_may_choose_every_shipped_one() -> None:
    assert set(NAMES) == set(VOCABULARIES) - {"own"}


@pytest.mark.parametrize("name", NAMES)
def test_a_vocabulary_speaks_three_languages(name: str) -> None:
    found = load(name)
    assert found.key == name
    told = [found.name, found.notice, *(each.name for each in found.principles())]
    for each in told:
        assert set(each.texts) == set(LANGUAGES), each
    for language in LANGUAGES:
        shown = [each.name.label(language) for each in found.headings]
        assert len(set(shown)) == len(shown), "two headings of one name"


@pytest.mark.parametrize("name", [each for each in NAMES if each != "vig"])
def test_what_others_own_is_to_be_checked_and_claims_nothing(name: str) -> None:
    found = load(name)
    assert [each.key for each in found.principles() if not each.to_check] == []
    notice = found.notice.label("en")
    assert "to be checked against the method's own materials" in notice.lower()
    assert "no endorsement" in notice
    assert "trademark" in Path(SHIPPED / f"{name}.toml").read_text() or name != "marte-meo"


def test_a_flat_list_is_a_vocabulary() -> None:
    found = load("marte-meo")
    assert not any(each.items for each in found.headings)
    assert found.keys() >= {"marte-meo/following", "marte-meo/turn-taking"}
    assert isinstance(found.headings[0], Principle)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'name' is missing|'key' is missing"),
        ("key = 'x'\nname = { en = 'X' }\nheading = []", "no heading"),
        ("key = 'X!'\nname = { en = 'X' }", "a key must be"),
        ("key = 'x'\nname = {}", "has no name|'heading' is missing"),
        ("key = 'x'\nname = { en = 'X' }\nhint = 1", "'hint' must be one of"),
        ("key = ", "Invalid value"),
    ],
)
def test_a_file_that_is_none_says_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(VocabularyError, match=told):
        load(str(path))
