import re
import tomllib
from pathlib import Path

import pytest

from vigbox.casework.service import VOCABULARIES
from vigbox.casework.vocabulary import SHIPPED, VocabularyError, load

NAMES = sorted(each.stem for each in SHIPPED.glob("*.toml"))

FLAT = """
key = "marte-meo"
name = { nl = "Marte Meo" }
[[heading]]
key = "following"
name = { nl = "Volgen" }
[[heading]]
key = "naming"
name = { nl = "Benoemen", en = "Naming" }
check = true
"""


def test_the_shipped_one_has_the_six_headings_with_their_items() -> None:
    vig = load("vig")
    assert [(each.name.label(), len(each.items)) for each in vig.headings] == [
        ("Being attentive", 5),
        ("Encouraging initiatives", 7),
        ("Receiving initiatives", 6),
        ("Developing attuned interactions", 8),
        ("Guiding", 7),
        ("Deepening discussion", 8),
    ]
    assert sum(each.to_check for each in vig.principles()) == 10
    assert "trademark of AVIGuk" in vig.notice.label()
    assert "no endorsement" in vig.notice.label().lower()
    assert {"vig/receiving", "vig/receiving/eye-contact"} <= vig.keys()


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda each: each.stem)
def test_every_shipped_one_is_whole_in_three_languages(path: Path) -> None:
    vocabulary = load(path.stem)
    assert vocabulary.key == path.stem
    for each in vocabulary.principles():
        assert set(each.name.texts) == {"en", "nl", "de"}, each.key
        assert len(set(each.name.texts.values())) == 3, f"{each.key} is not translated"


def test_a_services_own_file_may_be_a_flat_list_in_one_language(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(FLAT)
    own = load(str(path))
    assert own.keys() == {"marte-meo/following", "marte-meo/naming"}
    assert [each.name.label("de") for each in own.headings] == ["Volgen", "Naming"]
    assert own.headings[1].to_check
    assert own.notice.label() == ""


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (FLAT.replace('"naming"', '"following"'), "marte-meo/following is there twice"),
        (FLAT.replace('"naming"', '"Na/ming"'), "a key must be"),
        (FLAT.replace('key = "naming"\n', ""), "'key' is missing"),
        (FLAT.replace('"Benoemen"', '""'), "a name must be 1 to"),
        (FLAT.replace('"Benoemen"', "5"), "a name must be 1 to"),
        (FLAT.replace("nl = ", "dutch = "), "a language must be as en"),
        (FLAT.replace("check = true", "check = 1"), "check must be true or false"),
        (FLAT.replace("check = true", "colour = 1"), "'colour' must be one of"),
        (FLAT.replace("check = true", "items = 5"), "not iterable"),
        (FLAT.split("[[", maxsplit=1)[0], "'heading' is missing"),
        (FLAT.split("[[", maxsplit=1)[0] + "heading = []", "no heading"),
        ("heading = [", "vocabulary"),
        ("key = 'x'\nname = 'x'\nheading = []", "vocabulary"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_wrong_and_where(
    tmp_path: Path, wrong: str, told: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(wrong)
    with pytest.raises(VocabularyError, match=re.escape(told)) as error:
        load(str(path))
    assert str(path) in str(error.value)


def test_neither_shipped_nor_a_file(tmp_path: Path) -> None:
    with pytest.raises(
        VocabularyError,
        match=r"must be one of marte-meo, verp, vig, vipp-sd, or the path of a \.toml",
    ):
        load("../vig")
    with pytest.raises(VocabularyError, match="No such file"):
        load(str(tmp_path / "none.toml"))
    (tmp_path / "odd.toml").write_bytes(b"\xff")
    with pytest.raises(VocabularyError, match="utf-8"):
        load(str(tmp_path / "odd.toml"))
    (tmp_path / "large.toml").write_bytes(b"#" * 300_000)
    with pytest.raises(VocabularyError, match="too large"):
        load(str(tmp_path / "large.toml"))


def test_a_copy_of_the_shipped_file_is_a_services_own(tmp_path: Path) -> None:
    text = (SHIPPED / "vig.toml").read_text("utf-8")
    assert tomllib.loads(text)["key"] == "vig"
    path = tmp_path / "ours.toml"
    path.write_text(text.replace('en = "Guiding"', 'en = "Leading"'), "utf-8")
    assert load(str(path)).headings[4].name.label() == "Leading"


def test_the_service_may_choose_every_shipped_one() -> None:
    assert set(NAMES) == set(VOCABULARIES) - {"own"}


@pytest.mark.parametrize("name", [each for each in NAMES if each != "vig"])
def test_what_others_own_is_to_be_checked_and_claims_nothing(name: str) -> None:
    found = load(name)
    assert [each.key for each in found.principles() if not each.to_check] == []
    notice = found.notice.label("en")
    assert "to be checked against the method's own materials" in notice.lower()
    assert "no endorsement" in notice
    assert "trademark" in Path(SHIPPED / f"{name}.toml").read_text() or name != "marte-meo"


def test_a_flat_list_is_shipped_too() -> None:
    found = load("marte-meo")
    assert not any(each.items for each in found.headings)
    assert found.keys() >= {"marte-meo/following", "marte-meo/turn-taking"}
