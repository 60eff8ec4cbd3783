import json
from dataclasses import replace

import jsonschema
import pytest

from tests.export.interchange import made
from vigbox.export.interchange import document


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = document.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_it_keeps_to_its_schema(validator: jsonschema.Draft202012Validator) -> None:
    for each in (made.NOTED, made.EMPTY):
        validator.validate(json.loads(document.to_bytes(each)))


def test_the_schema_refuses_what_is_more_than_agreed(
    validator: jsonschema.Draft202012Validator,
) -> None:
    facts = json.loads(document.to_bytes(made.NOTED))
    for more in ({"name": "Anna"}, {"version": 2}, {"recording": "../x"}):
        assert not validator.is_valid(facts | more)
    facts["clips"][0]["note"] = "words"
    assert not validator.is_valid(facts)


def test_a_clip_is_told_in_pictures_and_in_seconds() -> None:
    clip = json.loads(document.to_bytes(made.NOTED))["clips"][0]
    assert (clip["first_picture"], clip["last_picture"]) == (301, 540)
    assert clip["start_s"] == round(301 / 30, 6)
    assert clip["principles"] == [made.BEING, made.EYES]
    assert clip["is_chosen"] is True


def test_every_key_that_a_clip_has_is_named() -> None:
    facts = json.loads(document.to_bytes(replace(made.NOTED, people=("mother",))))
    used = {key for clip in facts["clips"] for key in clip["principles"]}
    assert used <= facts["principles"].keys()
