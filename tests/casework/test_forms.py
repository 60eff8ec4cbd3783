"""The consent form: shipped in three languages; what is written wrong is said with its line."""

import re
from pathlib import Path

import pytest

from vigbox.casework.consent import PURPOSES
from vigbox.casework.forms import LANGUAGES, SHIPPED, FormError, load

ENGLISH = (SHIPPED / "en.toml").read_text("utf-8")
JUDGING = r"score|assess|analys|complian|beoordel|bewert|diagnos|problem"


def test_every_language_asks_for_every_purpose_in_plain_words() -> None:
    forms = load()
    assert tuple(forms) == LANGUAGES
    for form in forms.values():
        assert form.purposes == PURPOSES
        assert re.fullmatch(rf"vigbox-1 {form.language} [0-9a-f]{{8}}", form.name)
        words = [*form.lead, *(each.text for each in form.parts), *form.texts["withdrawal"]["text"]]
        assert not re.search(JUDGING, " ".join(words), re.IGNORECASE)
        for each in words:
            for sentence in re.split(r"[.:?]\s", each):
                assert len(sentence.split()) <= 32, f"a long breath: {sentence}"


def own(folder: Path, text: str) -> str:
    (folder / "en.toml").write_text(text, "utf-8")
    return str(folder)


def test_changed_words_show_without_a_new_version(tmp_path: Path) -> None:
    changed = load(own(tmp_path, ENGLISH.replace("Filming together", "We film")))
    assert tuple(changed) == ("en",)
    assert changed["en"].title == "We film"
    assert changed["en"].version == "vigbox-1"
    assert changed["en"].name != load()["en"].name


def line_of(words: str) -> int:
    return next(n for n, each in enumerate(ENGLISH.splitlines(), 1) if words in each)


# what is replaced by what → what the error says
WRONG = [
    ('title = "Filming together"', "title = Filming", "line 5"),
    ('language = "en"', 'language = "fr"', "line 4: language must be one of en, nl, de"),
    ('version = "vigbox-1"', 'version = "version one"', "line 3: version must be"),
    ('purpose = "training"', 'purpose = "filming"', "each once, not 'filming'"),
    ("[child]", "[kid]", "'kid' must be one of version, language"),
    ('yes = "Yes"', 'yea = "Yes"', r"in \[words\], 'yea' must be one of yes, no"),
    ('yes = "Yes"', "yes = 1", r"in \[words\], yes must be a text of 1 to 2000"),
    ('title = "Children"', 'title = " "', r"in \[child\], title must be a text"),
    ('purpose = "filming"', 'purpose = "research"', "each once"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "told"), WRONG)
def test_a_template_that_does_not_parse_is_told(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    assert before in ENGLISH
    with pytest.raises(FormError, match=told) as caught:
        load(own(tmp_path, ENGLISH.replace(before, after, 1)))
    assert str(tmp_path / "en.toml") in str(caught.value)


def test_an_unknown_purpose_is_told_with_its_line(tmp_path: Path) -> None:
    folder = own(tmp_path, ENGLISH.replace('purpose = "training"', 'purpose = "television"'))
    at = line_of('purpose = "training"')
    with pytest.raises(
        FormError, match=rf"line {at}: purpose must be one of filming, .*television"
    ):
        load(folder)


def test_a_form_must_ask_for_filming(tmp_path: Path) -> None:
    parts = ENGLISH.split("[[part]]")
    with pytest.raises(FormError, match="filming is missing"):
        load(own(tmp_path, "[[part]]".join([parts[0], *parts[2:]])))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"x = " + b"[" * 10_000, b"#" * (1 << 19)])
def test_what_is_no_form_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "en.toml").write_bytes(data)
    with pytest.raises(FormError, match=r"en\.toml"):
        load(str(tmp_path))


def test_a_folder_without_forms_or_with_two_alike_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="no consent form in"):
        load(str(tmp_path))
    own(tmp_path, ENGLISH)
    (tmp_path / "again.toml").write_text(ENGLISH, "utf-8")
    with pytest.raises(FormError, match="in one language"):
        load(str(tmp_path))
