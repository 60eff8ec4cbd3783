"""A file with mistakes: what is right holds, and each mistake is told with line and remedy."""

import random
from pathlib import Path

import pytest

from vigbox.config import Settings, load
from vigbox.store.settings_file import Reading, keep, read

LONGEST_DAYS = 3_650


def reading(tmp_path: Path, text: str | bytes, kept: Path | None = None) -> Reading:
    path = tmp_path / "vigbox.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, kept)


def test_a_file_without_a_mistake_says_what_load_says(tmp_path: Path) -> None:
    text = '# ours\ndata = "/srv/films"\nwidth = 640\ntwo_lamps = true\nretention_days = 30\n'
    found = reading(tmp_path, text)
    assert found == Reading(load(tmp_path / "vigbox.toml"))


def test_no_file_is_no_mistake(tmp_path: Path) -> None:
    assert read(tmp_path / "nowhere.toml") == Reading()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("widht = 640", "there is no setting widht. Did you mean width? Write it so."),
        ("lamp_hue = 1", "there is no setting lamp_hue. Put # before the line."),
        ("width = 17", "not 17. Write for example width = 1280; until then 1280 holds."),
        ('width = "wide"', "not 'wide'. Write for example width = 1280"),
        ("width = 640.0", "not 640.0. Write for example"),
        ("width = true", "not True. Write for example"),
        ("two_lamps = 1", "must be true or false, not 1. Write for example two_lamps = false"),
        ('address = "box"', 'Write for example address = "10.42.0.1"'),
        ("microphone = Rode", 'this cannot be read. Write it like microphone = ""'),
        ("width: 640", "this cannot be read. Write it like width = 1280; until then 1280 holds."),
        ("width", "this cannot be read. Write it like width = 1280"),
        ("what is this?", "this cannot be read. Put # before it, or take it away."),
        ("[camera]", "there is no setting camera"),
        ("camera.width = 5", "there is no setting camera"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_the_rest_holds(
    tmp_path: Path, line: str, told: str
) -> None:
    found = reading(tmp_path, f"# ours\nheight = 480\n{line}\n")
    assert found.settings.height == 480
    assert found.settings.width == 1280
    first = found.faults[0]
    assert first.line == 3
    assert first.says.startswith(f"{tmp_path / 'vigbox.toml'}, line 3: ")
    assert told in first.says


def test_what_stands_after_a_broken_line_holds_as_well(tmp_path: Path) -> None:
    found = reading(tmp_path, "width =\nheight = 480\npictures_per_second = 20\n")
    assert (found.settings.height, found.settings.pictures_per_second) == (480, 20)
    assert [each.line for each in found.faults] == [1]


def test_a_key_that_stands_twice_keeps_the_first(tmp_path: Path) -> None:
    found = reading(tmp_path, "width = 640\nwidth = 800\n")
    assert found.settings.width == 640
    assert "line 2: width is set a second time" in found.sentences[0]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfwidth = 640\r\n",
        'microphone = "Røde"\nwidth = 640\n'.encode("latin-1"),
        "width = 640\n".encode("utf-16"),
        b"width = 640\n\0\0\0\0\0\0",
        b"width = 640\n" + b"[" * 3000 + b"\n",
    ],
)
def test_what_editors_and_torn_writes_leave_is_read_as_far_as_it_goes(
    tmp_path: Path, data: bytes
) -> None:
    assert reading(tmp_path, data).settings.width == 640


@pytest.mark.parametrize("data", [b"\0" * 4096, b"\xff" * 100, b"x" * 70_000])
def test_a_file_of_rubbish_leaves_the_defaults(tmp_path: Path, data: bytes) -> None:
    found = reading(tmp_path, data)
    assert found.faults
    assert found.settings.width == 1280


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "vigbox.toml").mkdir()
    found = read(tmp_path / "vigbox.toml")
    assert "cannot be read: Is a directory" in found.sentences[0]


def test_very_many_mistakes_are_told_in_few_sentences(tmp_path: Path) -> None:
    found = reading(tmp_path, "rubbish\n" * 500)
    assert len(found.sentences) == 13
    assert "more lines are wrong" in found.sentences[-2]


def test_the_last_good_value_holds_for_a_key_that_is_wrong_now(tmp_path: Path) -> None:
    kept = tmp_path / "settings.json"
    keep(reading(tmp_path, 'width = 640\nmicrophone = "Rode"\nheight = 480\n'), kept)
    found = reading(tmp_path, "widht = 640\nmicrophone = Rode\n", kept)
    assert (found.settings.width, found.settings.microphone) == (640, "Rode")
    assert found.settings.height == 720, "a line that was taken away is no mistake"
    assert 'until then "Rode" holds' in " ".join(found.sentences)


def test_a_file_that_cannot_be_opened_leaves_all_as_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "settings.json"
    keep(reading(tmp_path, "width = 640\nretention_days = 30\n"), kept)
    (tmp_path / "vigbox.toml").unlink()
    (tmp_path / "vigbox.toml").mkdir()
    found = read(tmp_path / "vigbox.toml", kept)
    assert (found.settings.width, found.settings.retention_days) == (640, 30)
    assert found.settings.retention_mode == "record"


def test_settings_with_a_mistake_are_never_kept_as_good(tmp_path: Path) -> None:
    kept = tmp_path / "settings.json"
    keep(reading(tmp_path, "width = 640\nwidht = 7\n"), kept)
    assert not kept.exists()


@pytest.mark.parametrize("data", [b"", b"[]", b'{"width": "wide", "colour": 5}', b"\xff"])
def test_a_damaged_memory_of_good_ones_counts_as_none(tmp_path: Path, data: bytes) -> None:
    kept = tmp_path / "settings.json"
    kept.write_bytes(data)
    assert reading(tmp_path, "width = 5\n", kept).settings.width == 1280


@pytest.mark.parametrize(
    "text",
    ["retention_days = 5000", 'retention_mode = "for ever"', "retention_dys = 365",
     "retention_days 365", "what is this?"],
)  # fmt: skip
def test_nothing_is_erased_by_its_age_while_retention_may_be_meant(
    tmp_path: Path, text: str
) -> None:
    found = reading(tmp_path, f"{text}\n")
    assert found.settings.retention_mode == "record"
    assert found.settings.retention_days == LONGEST_DAYS
    assert "nothing is erased by its age" in found.sentences[-1]


def test_a_mistake_about_something_else_leaves_retention_alone(tmp_path: Path) -> None:
    found = reading(tmp_path, "width = 5\nretention_days = 30\n")
    assert (found.settings.retention_mode, found.settings.retention_days) == ("temporary tool", 30)


def test_whatever_the_file_holds_there_are_settings(tmp_path: Path) -> None:
    good = b'width = 640\nheight = 480\nmicrophone = "a"\nretention_days = 30\n'
    for seed in range(300):
        draw = random.Random(seed)
        at, n = draw.randrange(len(good)), draw.randrange(60)
        some = draw.choice([draw.randbytes(n), good[:n], b"\n[]=\"'#x"[: n % 9] * 9])
        found = reading(tmp_path, good[:at] + some + good[at + draw.randrange(3) :])
        assert isinstance(found.settings, Settings)
        assert all(each.says and "\n" not in each.says for each in found.faults), seed
