"""What the lamp makes of a datagram, whoever wrote it."""

import json
import random

import pytest

from vigbox.lamp.message import LONGEST_BYTES, Message, message_from
from vigbox.model import Lamp


@pytest.mark.parametrize("lamp", list(Lamp))
@pytest.mark.parametrize("safe_at_ns", [None, 0, (1 << 63) - 1])
def test_what_is_said_is_heard(lamp: Lamp, safe_at_ns: int | None) -> None:
    message = Message(lamp, safe_at_ns, (1 << 63) - 1)
    assert len(message.to_bytes()) <= LONGEST_BYTES
    assert message_from(message.to_bytes()) == message


@pytest.mark.parametrize(
    "word", ["RECORDING", "recording ", "", "live", None, 1, ["recording"], {}]
)
def test_an_unknown_word_is_dark(word: object) -> None:
    datagram = json.dumps({"lamp": word, "safe_at_ns": 1, "sent_at_ns": 2}).encode()
    assert message_from(datagram) == Message(Lamp.DARK, 1, 2)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"recording",
        b"\xff\xfe",
        b"[]",
        b'"recording"',
        b"[" * LONGEST_BYTES,
        b'{"lamp": "recording"}',
        b'{"lamp": "recording", "safe_at_ns": 1, "sent_at_ns": true}',
        b'{"lamp": "recording", "safe_at_ns": 1, "sent_at_ns": 2.0}',
        b'{"lamp": "recording", "safe_at_ns": 1, "sent_at_ns": "2"}',
        b'{"lamp": "recording", "safe_at_ns": 1, "sent_at_ns": -2}',
        b'{"lamp": "recording", "safe_at_ns": 1, "sent_at_ns": 9223372036854775808}',
        b'{"lamp": "recording", "safe_at_ns": NaN, "sent_at_ns": 2}',
        b'{"lamp": "recording", "safe_at_ns": Infinity, "sent_at_ns": 2}',
        b'{"lamp": "recording", "safe_at_ns": 1, "sent_at_ns": 2}'.ljust(LONGEST_BYTES + 1),
    ],
)
def test_what_is_no_message_says_nothing(datagram: bytes) -> None:
    assert message_from(datagram) is None


def test_no_datagram_stops_the_reader() -> None:
    rng = random.Random(20261122)
    whole = Message(Lamp.RECORDING, 1, 2).to_bytes()
    for _ in range(5000):
        datagram = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            datagram[rng.randrange(len(datagram))] = rng.randrange(256)
        found = message_from(bytes(datagram[: rng.randrange(len(datagram) + 1)]))
        assert found is None or isinstance(found, Message)
