import dataclasses
import json

import pytest

from vigbox.delivery import handshake
from vigbox.delivery.handshake import (
    Answer,
    BoxSide,
    CodeError,
    Confirmation,
    HandshakeError,
    Hello,
    MachineSide,
    Proof,
    Reply,
    WrongCodeError,
)

CODE = "482 915"
MACHINE_KEY, BOX_KEY = b"the machine's key", b"the box's key"
PROOF = Proof("run", "laptop", "age1x")
ANSWER = Answer("1" * 32, "certificate", "authority", "vb-x", "box", "key")


def both(
    machine: MachineSide | None = None, box: BoxSide | None = None
) -> tuple[Confirmation, Confirmation]:
    machine = machine or MachineSide(CODE, MACHINE_KEY, BOX_KEY)
    box = box or BoxSide(CODE, MACHINE_KEY, BOX_KEY)
    return machine.finish(box.element), box.finish(machine.element)


def agree(machine: Confirmation, box: Confirmation) -> bool:
    try:
        box.check(machine.sign(PROOF))
        machine.check(box.sign(ANSWER))
    except WrongCodeError:
        return False
    return True


def test_codes_are_six_digits_that_can_be_read_aloud() -> None:
    codes = {handshake.new_code() for _ in range(50)}
    assert len(codes) > 45
    for code in codes:
        assert (len(code), code[3]) == (7, " ")
        assert handshake.normal(code) == code.replace(" ", "")


@pytest.mark.parametrize("typed", ["482915", " 48-29-15 ", "482 915\n"])
def test_a_code_may_be_typed_in_any_way(typed: str) -> None:
    assert agree(*both(MachineSide(typed, MACHINE_KEY, BOX_KEY)))


@pytest.mark.parametrize("typed", ["", "48291", "4829155", "48291a", "٤٨٢٩١٥"])
def test_what_cannot_be_a_code_is_told_before_anything_is_sent(typed: str) -> None:
    with pytest.raises(CodeError, match="6 digits"):
        MachineSide(typed, MACHINE_KEY, BOX_KEY)


def test_another_code_makes_another_key() -> None:
    assert not agree(*both(MachineSide("482916", MACHINE_KEY, BOX_KEY)))


@pytest.mark.parametrize(("machine_key", "box_key"), [(b"other", BOX_KEY), (MACHINE_KEY, b"other")])
def test_who_sees_another_public_key_gets_another_key(machine_key: bytes, box_key: bytes) -> None:
    assert not agree(*both(MachineSide(CODE, machine_key, box_key)))


def test_each_try_makes_another_key() -> None:
    (first, _), (_, second) = both(), both()
    assert not agree(first, second)


@pytest.mark.parametrize("field", ["run", "name", "recipient", "mac"])
def test_no_field_of_a_proof_can_be_changed(field: str) -> None:
    machine, box = both()
    changed = dataclasses.replace(machine.sign(PROOF), **{field: "changed"})
    with pytest.raises(WrongCodeError):
        box.check(changed)


@pytest.mark.parametrize("field", [each.name for each in dataclasses.fields(Answer)])
def test_no_field_of_an_answer_can_be_changed(field: str) -> None:
    machine, box = both()
    changed = dataclasses.replace(box.sign(ANSWER), **{field: "changed"})
    with pytest.raises(WrongCodeError):
        machine.check(changed)


def test_a_proof_sent_back_is_no_answer() -> None:
    machine, _ = both()
    proof = machine.sign(PROOF)
    with pytest.raises(WrongCodeError):
        machine.check(dataclasses.replace(ANSWER, mac=proof.mac))


def test_a_mac_of_odd_characters_is_wrong_and_nothing_worse() -> None:
    _, box = both()
    with pytest.raises(WrongCodeError):
        box.check(dataclasses.replace(PROOF, mac="é" * 64))


ELEMENTS = [
    "",
    "zz",
    "42",
    "42" + "00" * 32,
    "42" + "01" + "00" * 31,  # the neutral element
    "42" + "ec" + "ff" * 30 + "7f",  # of order 2
    "42" + "02" + "00" * 31,  # not on the curve
    "42" + "ff" * 32,
    "53" + "58" + "66" * 31,  # the other variant of SPAKE2
]


@pytest.mark.parametrize("element", ELEMENTS)
def test_what_is_no_element_is_refused_and_nothing_worse(element: str) -> None:
    with pytest.raises(HandshakeError):
        MachineSide(CODE, MACHINE_KEY, BOX_KEY).finish(element)


def test_an_element_sent_back_is_refused() -> None:
    for side in ("41", "42"):  # as it was, and as if the box had sent it
        machine = MachineSide(CODE, MACHINE_KEY, BOX_KEY)
        with pytest.raises(HandshakeError):
            machine.finish(side + machine.element[2:])


def test_messages_are_read_back_as_they_were() -> None:
    hello, reply, (machine, box) = Hello("42", "request"), Reply("run", "41"), both()
    proof, answer = machine.sign(PROOF), box.sign(ANSWER)
    assert handshake.parse(handshake.to_bytes(hello), Hello) == hello
    assert handshake.parse(handshake.to_bytes(reply), Reply) == reply
    assert handshake.parse(handshake.to_bytes(proof), Proof) == proof
    assert handshake.parse(handshake.to_bytes(answer), Answer) == answer


ASKED = {"element": "e", "request": "r"}


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        {},
        {**ASKED, "more": "x"},
        {**ASKED, "element": 7},
        {**ASKED, "element": ""},
        {**ASKED, "element": "n" * 4_097},
        {**ASKED, "element": "n" * 9_000},
    ],
)
def test_a_malformed_message_is_refused(facts: object) -> None:
    with pytest.raises(HandshakeError):
        handshake.parse(json.dumps(facts).encode(), Hello)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 4000])
def test_a_message_that_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(HandshakeError):
        handshake.parse(data, Hello)
