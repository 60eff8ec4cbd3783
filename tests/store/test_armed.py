import base64
from pathlib import Path
from typing import Any

import pytest

from vigbox.model import Arming, canonical, new_id
from vigbox.seal.signing import SigningKey
from vigbox.store.armed import Armed, arming_from
from vigbox.store.statements import StatementError

KEY, BOX = SigningKey.generate(), new_id()


def an_arming(counter: int = 1, box: str = BOX) -> Arming:
    return Arming(box, new_id(), ("age1xyz",), "2030-01-01T00:00:00+00:00", counter)


def request_for(arming: Arming, key: SigningKey = KEY) -> dict[str, Any]:
    text = canonical({"do": "arm", "arming": arming.facts()})
    return {"grant": text.decode(), "signature": base64.b64encode(key.sign(text)).decode()}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("box", "x"),
        ("case", ""),
        ("recipients", []),
        ("recipients", [1]),
        ("counter", "1"),
        ("counter", True),
        ("valid_until_at", 5),
        ("more", 1),
    ],
)
def test_hostile_facts_are_refused(key: str, value: object) -> None:
    with pytest.raises(StatementError):
        arming_from(an_arming().facts() | {key: value})


def test_one_that_was_forgotten_and_is_laid_down_again_arms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "armed.json"
    armed = Armed(path, KEY.verify_key, BOX, tmp_path / "disarmed.json")
    old = an_arming(4)
    armed.keep(request_for(old), old)
    copy = path.read_bytes()
    armed.forget(old.case)
    path.write_bytes(copy)
    assert armed.read() is None
    with pytest.raises(StatementError, match="newer"):
        armed.keep(request_for(old), old)
    new = an_arming(5)
    armed.keep(request_for(new), new)
    assert armed.read() == new


def test_a_damaged_note_of_what_was_forgotten_stops_no_arming(tmp_path: Path) -> None:
    (tmp_path / "disarmed.json").write_text("{")
    armed = Armed(tmp_path / "armed.json", KEY.verify_key, BOX, tmp_path / "disarmed.json")
    new = an_arming(5)
    armed.keep(request_for(new), new)
    assert armed.read() == new


def test_what_a_power_cut_left_of_a_forgotten_one_can_be_forgotten_again(tmp_path: Path) -> None:
    path, note = tmp_path / "armed.json", tmp_path / "disarmed.json"
    armed = Armed(path, KEY.verify_key, BOX, note)
    old = an_arming(4)
    armed.keep(request_for(old), old)
    note.write_text('{"counter": 4}')  # and the power went before the statement was gone
    armed.forget(old.case)
    assert not path.exists()
    assert armed.newest() == 4
