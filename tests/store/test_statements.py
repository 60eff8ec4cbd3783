"""What is said under the arming key: the newest counts, whatever lies in the folder."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from vigbox.model import Arming, Unarmed, canonical, new_id
from vigbox.seal.signing import SigningKey
from vigbox.store.armed import Armed
from vigbox.store.statements import Statement, StatementError
from vigbox.store.unarmed import UnarmedPresses

KEY, BOX = SigningKey.generate(), new_id()
CASE, UNTIL = new_id(), "2030-01-01T00:00:00+00:00"
KINDS: dict[str, type[Statement[Any]]] = {"arming": Armed, "unarmed": UnarmedPresses}


def a_statement(kind: str, counter: int, box: str = BOX) -> Arming | Unarmed:
    if kind == "arming":
        return Arming(box, CASE, ("age1x",), UNTIL, counter)
    return Unarmed(box, ("age1x",), counter)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def statement(tmp_path: Path, kind: str) -> Statement[Any]:
    return KINDS[kind](tmp_path / f"{kind}.json", KEY.verify_key, BOX)


def request_for(kind: str, said: Arming | Unarmed, key: SigningKey = KEY) -> dict[str, Any]:
    text = canonical({"do": "say", kind: said.facts()})
    return {"grant": text.decode(), "signature": base64.b64encode(key.sign(text)).decode()}


def test_what_was_never_said_is_none(statement: Statement[Any]) -> None:
    assert statement.read() is None


def test_the_newest_is_kept_and_an_older_one_never_comes_back(
    statement: Statement[Any], kind: str
) -> None:
    said = {counter: a_statement(kind, counter) for counter in (1, 2, 3)}
    for counter in (1, 3):
        statement.keep(request_for(kind, said[counter]), said[counter])
    for counter in (2, 3):
        with pytest.raises(StatementError, match="newer"):
            statement.keep(request_for(kind, said[counter]), said[counter])
    assert statement.read() == said[3]


def test_another_box_s_is_refused_and_not_read(
    statement: Statement[Any], kind: str, tmp_path: Path
) -> None:
    said = a_statement(kind, 1, new_id())
    with pytest.raises(StatementError, match="another box"):
        statement.keep(request_for(kind, said), said)
    (tmp_path / f"{kind}.json").write_text(json.dumps(request_for(kind, said)))
    with pytest.raises(StatementError, match="another box"):
        statement.read()


@pytest.mark.parametrize("data", [b"", b"[]", b'{"grant": 1}', b"{}", b"\xff", b"[" * 200_000])
def test_a_damaged_one_is_refused_and_replaced_by_the_next(
    statement: Statement[Any], kind: str, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / f"{kind}.json").write_bytes(data)
    with pytest.raises(StatementError):
        statement.read()
    said = a_statement(kind, 1)
    statement.keep(request_for(kind, said), said)
    assert statement.read() == said


def test_one_that_somebody_else_signed_is_refused(
    statement: Statement[Any], kind: str, tmp_path: Path
) -> None:
    forged = request_for(kind, a_statement(kind, 1), SigningKey.generate())
    (tmp_path / f"{kind}.json").write_text(json.dumps(forged))
    with pytest.raises(StatementError, match="not signed"):
        statement.read()
