"""What a service may settle, what is refused with which sentence, and what then still holds."""

import dataclasses
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from vigbox.casework import prompts, vocabulary
from vigbox.casework.retention import Retention
from vigbox.casework.service import Service, ServiceError, changes, from_facts, languages, retention
from vigbox.casework.service_file import ServiceFile
from vigbox.config import Settings
from vigbox.store.layout import Layout

FULL: dict[str, Any] = {
    "controller": "Youth care Amstel",
    "address": "Kade 1\n1011 AB Amsterdam",
    "data_protection": "dpo@example.org",
    "complaints": "Autoriteit Persoonsgegevens",
    "retention_mode": "record",
    "retention_days": 365,
    "consent_policy": "before filming",
    "consent_days": 180,
    "erase_after_sync": "exports",
    "vocabulary": "marte-meo",
    "prompts": "vig",
    "language": "nl",
    "languages": ["nl", "en"],
}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.create()
    return made


@pytest.fixture
def file(layout: Layout) -> ServiceFile:
    return ServiceFile(layout, Settings())


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("controller", 5, "must be a plain text"),
        ("controller", "x" * 121, "may have 120 letters"),
        ("controller", "A\x00B", "must be a plain text"),
        ("controller", "\ud83d", "must be a plain text"),
        ("address", "x" * 241, "may have 240 letters"),
        ("data_protection", ["a"], "must be a plain text"),
        ("complaints", None, "must be a plain text"),
        ("retention_mode", "for ever", "must be one of temporary tool, record"),
        ("retention_mode", 3, "must be one of"),
        ("retention_days", -1, "whole number up to 3650"),
        ("retention_days", 3651, "whole number up to 3650"),
        ("retention_days", "60", "whole number up to 3650"),
        ("retention_days", True, "whole number up to 3650"),
        ("retention_days", 1.5, "whole number up to 3650"),
        ("unfiled_days", -1, "days that a film waits to be filed must be a whole number"),
        ("consent_policy", "never", "must be one of before filming, ask before review"),
        ("consent_policy", "", "must be one of"),
        ("erase_after_sync", "all", "must be one of keep, exports, films"),
        ("erase_after_sync", None, "must be one of"),
        ("consent_days", 4000, "days that a consent holds"),
        ("vocabulary", "vip", "must be one of vig, verp, vipp-sd, marte-meo, own"),
        ("vocabulary", "../vig", "must be one of"),
        ("prompts", "mine", "must be one of vig, own"),
        ("language", "fr", "must be one of en, nl, de"),
        ("languages", ["nl", "fr"], "a language must be one of en, nl, de, not 'fr'"),
        ("languages", "nl", "must be a list"),
        ("languages", [["nl"]], "a language must be one of"),
        ("languages", ["en", "de"], "must be among those it offers"),
        ("colour", "blue", "'colour' must be one of"),
    ],
)
def test_each_value_is_checked_with_a_sentence(key: str, value: object, told: str) -> None:
    with pytest.raises(ServiceError, match=told):
        from_facts(FULL | {key: value})


def test_what_is_saved_is_what_another_reader_finds(layout: Layout, file: ServiceFile) -> None:
    wish = from_facts(FULL)
    file.save(wish, file.version)
    assert tomllib.loads(layout.service.read_text()) == FULL
    again = ServiceFile(layout, Settings())
    assert (again.now, again.problem) == (wish, "")
    assert again.vocabulary.key == "marte-meo"
    assert again.retention() == Retention("record", 365)
    assert again.languages() == ("nl", "en")
    assert again.controller().address == "Kade 1\n1011 AB Amsterdam"
    assert again.now.consent_until(date(2026, 11, 21)) == date(2027, 5, 20)


def test_what_was_not_said_the_machines_settings_say() -> None:
    settings = Settings(retention_mode="record", retention_days=90, language="de")
    assert retention(settings, Service()) == Retention("record", 90)
    assert retention(settings, Service(retention_days=30)) == Retention("record", 30)
    assert languages(settings, Service()) == ("de", "en", "nl")
    assert Service().consent_until(date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"controller = ",
        b"\xff\xfe",
        b"colour = 'blue'",
        b"retention_days = 'long'",
        b"consent_policy = 'never'",
        b"languages = 5",
        b"a = " + b"[" * 5000,
        b"#" * 70_000,
    ],
)
def test_a_damaged_file_stops_nothing_and_erases_nothing(layout: Layout, data: bytes) -> None:
    layout.service.write_bytes(data)
    file = ServiceFile(layout, Settings())
    assert str(layout.service) in file.problem
    assert file.now == Service()
    assert file.vocabulary.key == "vig"
    assert file.retention().mode == "record", "films of a year must not go after sixty days"
    file.save(from_facts(FULL), file.version)
    assert file.problem == ""
    assert file.retention() == Retention("record", 365)


def test_a_folder_in_its_place_stops_nothing(layout: Layout) -> None:
    layout.service.mkdir()
    assert "cannot use" in ServiceFile(layout, Settings()).problem


def test_the_later_of_two_tablets_never_wins_silently(file: ServiceFile) -> None:
    known = file.version
    file.save(Service(controller="First"), known)
    with pytest.raises(ServiceError, match="on another tablet meanwhile"):
        file.save(Service(controller="Second"), known)
    assert file.now.controller == "First"


def test_a_vocabulary_of_ones_own_is_proved_before_it_is_used(
    layout: Layout, file: ServiceFile
) -> None:
    with pytest.raises(ServiceError, match="no file of your own vocabulary"):
        file.save(Service(vocabulary="own"), file.version)
    for bad in (b"", b"key = 1", b"\xff", (vocabulary.SHIPPED / "vig.toml").read_bytes() * 99):
        with pytest.raises(ServiceError, match="cannot use the vocabulary that you gave"):
            file.put_vocabulary(bad)
    assert not layout.own_vocabulary.exists()
    file.put_vocabulary(b"key = 'ours'\nname = { nl = 'Van ons' }\n"
                        b"[[heading]]\nkey = 'look'\nname = { nl = 'Kijken' }\n")  # fmt: skip
    assert (file.vocabulary.key, file.now.vocabulary) == ("ours", "own")
    assert ServiceFile(layout, Settings()).vocabulary.keys() == {"ours/look"}
    layout.own_vocabulary.unlink()
    lost = ServiceFile(layout, Settings())
    assert lost.vocabulary.key == "vig"
    assert "vocabulary" in lost.problem
    assert lost.is_readable


def test_prompts_of_ones_own_are_proved_before_they_are_asked(
    layout: Layout, file: ServiceFile
) -> None:
    with pytest.raises(ServiceError, match="cannot use the prompts that you gave"):
        file.put_prompts(b"key = 'x'")
    text = (prompts.SHIPPED / "vig.toml").read_text()
    file.put_prompts(text.replace("What do you see here?", "What do you notice?").encode())
    assert "What do you notice?" in [each.ask.label("en") for each in file.prompts.prompts]
    assert file.template("prompts") == layout.own_prompts.read_bytes()


def test_the_audit_is_told_what_changed_and_no_name() -> None:
    before, after = Service(), from_facts(FULL)
    told = changes(before, after)
    assert "retention days as the box to 365" in told
    assert "vocabulary as the box to marte-meo" in told
    assert "languages as the box to nl+en" in told
    assert "controller" in told
    assert "Amstel" not in told
    assert "Kade" not in told
    assert changes(after, after) == ""
    assert changes(after, dataclasses.replace(after, retention_days=30)) == (
        "retention days 365 to 30"
    )
