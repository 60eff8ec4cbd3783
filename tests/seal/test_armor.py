import io
import random
import subprocess
from collections.abc import Callable

import pytest

from vigbox.seal.armor import BEGIN, END, ArmorReader, ArmorWriter
from vigbox.seal.errors import ArmorError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.sealing import SealingWriter


def armored(data: bytes, by: int = 1000) -> bytes:
    text = io.BytesIO()
    writer = ArmorWriter(text)
    for at in range(0, len(data), by):
        writer.write(data[at : at + by])
    writer.close()
    return text.getvalue()


def read(text: bytes) -> bytes:
    return io.BufferedReader(ArmorReader(io.BytesIO(text))).read()


@pytest.mark.parametrize("length", [0, 1, 47, 48, 49, 96, 10_000])
@pytest.mark.parametrize("by", [1, 47, 48, 20_000])
def test_bytes_come_back_from_their_armor(length: int, by: int) -> None:
    data = random.Random(length).randbytes(length)
    text = armored(data, by)
    assert read(text) == data
    assert max(map(len, text.splitlines())) <= 64


def test_stock_age_opens_our_armor(
    identity: X25519Identity, age_opens: Callable[[bytes], bytes]
) -> None:
    text = io.BytesIO()
    armor = ArmorWriter(text)
    with SealingWriter(armor, [identity.recipient]) as writer:
        writer.write(b"for mail" * 20_000)
    armor.close()
    assert age_opens(text.getvalue()) == b"for mail" * 20_000


def test_armor_of_stock_age_is_opened(identity: X25519Identity) -> None:
    command = ["age", "-a", "-r", str(identity.recipient)]
    text = subprocess.run(command, input=b"for mail", capture_output=True, check=True).stdout
    assert open_bytes(text, [identity]) == b"for mail"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n" * 3000,
        b"\n" * 3000 + BEGIN + b"\nQUFB\n" + END,
        BEGIN,
        BEGIN + b"\n",
        BEGIN + b"\nQUFB\n",
        BEGIN + b"\nQUFB\nQUFB\n" + END,
        BEGIN + b"\n\n" + END,
        BEGIN + b"\nQUF\n" + END,
        BEGIN + b"\nQUE=\n" + END + b"\nmore",
        BEGIN + b"\nQUF=\n" + END,
        BEGIN + b"\n" + b"QUFB" * 17 + b"\n" + END,
        BEGIN + b"\n" + b"QUFB" * 90 + b"\n" + END,
        b"text\n" + BEGIN + b"\nQUFB\n" + END,
    ],
)
def test_what_is_not_strictly_armor_is_refused(text: bytes) -> None:
    with pytest.raises(ArmorError):
        read(text)


def test_white_space_around_is_let_pass() -> None:
    assert read(b"\r\n \n" + BEGIN + b"\r\nQUFB\r\n" + END + b"\r\n \n") == b"AAA"
