import dataclasses
import hashlib
import hmac
import json

import pytest

from vigbox.delivery import handshake
from vigbox.delivery.handshake import (
    ALPHABET,
    Answer,
    Ask,
    CodeError,
    Handshake,
    HandshakeError,
    WrongCodeError,
)

CODE = "ABCD-2345"
NONCE = "0" * 64
ASK = Ask("laptop", "age1x", NONCE)
ANSWER = Answer("1" * 32, "token", "box", "key")


def test_codes_hold_forty_bits_that_can_be_read_aloud() -> None:
    codes = {handshake.new_code() for _ in range(50)}
    assert len(codes) == 50
    assert len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("01IO")
    for code in codes:
        assert (len(code), code[4]) == (9, "-")
        assert handshake.normal(code) == code.replace("-", "")


@pytest.mark.parametrize("typed", ["abcd2345", " AbCd - 2345 ", "ABCD 2345\n"])
def test_a_code_may_be_typed_in_any_way(typed: str) -> None:
    assert handshake.normal(typed) == "ABCD2345"


@pytest.mark.parametrize("typed", ["", "ABCD234", "ABCD23456", "ABCD-2340", "ÄBCD-2345"])
def test_what_cannot_be_a_code_is_told_before_anything_is_sent(typed: str) -> None:
    with pytest.raises(CodeError, match="8 letters and digits"):
        Handshake(typed, NONCE)


def test_both_sides_agree_on_a_mac() -> None:
    here, there = Handshake(CODE, NONCE), Handshake("abcd2345", NONCE)
    for message in (ASK, ANSWER):
        there.check(dataclasses.replace(message, mac=here.mac(message)))


def test_the_mac_is_the_documented_one() -> None:
    salt = b"vigbox pairing v1\0" + NONCE.encode()
    key = hashlib.scrypt(b"ABCD2345", salt=salt, n=16384, r=8, p=1, dklen=32)
    facts = {"mac": "ask", "name": "laptop", "nonce": NONCE, "recipient": "age1x"}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
    assert Handshake(CODE, NONCE).mac(ASK) == hmac.digest(key, text, "sha256").hex()


@pytest.mark.parametrize("field", ["name", "recipient", "nonce", "mac"])
def test_no_field_of_an_ask_can_be_changed(field: str) -> None:
    here = Handshake(CODE, NONCE)
    good = dataclasses.replace(ASK, mac=here.mac(ASK))
    bad = dataclasses.replace(good, **{field: "changed"})
    with pytest.raises(WrongCodeError):
        here.check(bad)


@pytest.mark.parametrize("field", ["machine_id", "token", "box_id", "box_verify_key", "mac"])
def test_no_field_of_an_answer_can_be_changed(field: str) -> None:
    here = Handshake(CODE, NONCE)
    good = dataclasses.replace(ANSWER, mac=here.mac(ANSWER))
    with pytest.raises(WrongCodeError):
        here.check(dataclasses.replace(good, **{field: "changed"}))


def test_another_code_or_nonce_makes_another_mac() -> None:
    good = dataclasses.replace(ASK, mac=Handshake(CODE, NONCE).mac(ASK))
    for other in (Handshake("ABCD-2346", NONCE), Handshake(CODE, "1" * 64)):
        with pytest.raises(WrongCodeError):
            other.check(good)


def test_a_mac_of_odd_characters_is_wrong_and_nothing_worse() -> None:
    with pytest.raises(WrongCodeError):
        Handshake(CODE, NONCE).check(dataclasses.replace(ASK, mac="é" * 64))


def test_messages_are_read_back_as_they_were() -> None:
    ask = dataclasses.replace(ASK, mac="m")
    answer = dataclasses.replace(ANSWER, mac="m")
    assert handshake.parse_ask(handshake.to_bytes(ask)) == ask
    assert handshake.parse_answer(handshake.to_bytes(answer)) == answer


ASKED = {"name": "n", "recipient": "r", "nonce": NONCE, "mac": "m"}


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        {},
        {**ASKED, "more": "x"},
        {**ASKED, "name": 7},
        {**ASKED, "name": ""},
        {**ASKED, "name": "n" * 401},
        {**ASKED, "name": "n" * 5000},
        {**ASKED, "nonce": "0" * 63},
        {**ASKED, "nonce": "g" * 64},
    ],
)
def test_a_malformed_ask_is_refused(facts: object) -> None:
    with pytest.raises(HandshakeError):
        handshake.parse_ask(json.dumps(facts).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 4000])
def test_an_ask_that_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(HandshakeError):
        handshake.parse_ask(data)


def test_an_answer_must_name_the_machine() -> None:
    answer = dataclasses.replace(ANSWER, machine_id="../x", mac="m")
    with pytest.raises(HandshakeError, match="names no machine"):
        handshake.parse_answer(handshake.to_bytes(answer))
