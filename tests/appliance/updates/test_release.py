"""An update's file: every damage is refused."""

import base64
import io
import json
import random
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.appliance.updates.made import (
    KEY,
    PACKAGE,
    STRANGER,
    TRUSTED,
    header,
    update_of,
)
from vigbox.appliance.updates.release import (
    MAGIC,
    Release,
    UpdateRefusedError,
    read_head,
    read_package,
)
from vigbox.cli import main
from vigbox.errors import VigboxError


def read(data: bytes, trusted: Sequence[Any] = TRUSTED) -> tuple[Release, bytes]:
    file, taken = io.BytesIO(data), bytearray()
    found = read_head(file, trusted)
    read_package(file, found, taken.extend)
    return found, bytes(taken)


def test_an_update_is_read_as_it_was_written() -> None:
    assert read(update_of()) == (header(), PACKAGE)


def test_openssl_verifies_the_signature_too(tmp_path: Path) -> None:
    lines = update_of().split(b"\n", 3)
    (tmp_path / "head").write_bytes(b"\n".join(lines[:2]) + b"\n")
    (tmp_path / "signature").write_bytes(base64.b64decode(lines[2]))
    key = bytes.fromhex("302a300506032b6570032100") + KEY.verify_key.public  # RFC 8410
    (tmp_path / "key").write_bytes(key)
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin",
         "-in", "head", "-sigfile", "signature"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip


def test_a_changed_byte_anywhere_is_refused() -> None:
    chance, whole = random.Random(8), update_of()
    head = len(whole) - len(PACKAGE)
    for at in [*range(head + 20), *chance.sample(range(head, len(whole)), 300), len(whole) - 1]:
        data = bytearray(whole)
        data[at] ^= chance.randrange(1, 256)
        with pytest.raises(UpdateRefusedError):
            read(bytes(data))


def test_a_file_that_was_cut_off_is_refused() -> None:
    whole = update_of()
    head = len(whole) - len(PACKAGE)
    for length in [*range(head + 20), *range(head, len(whole), 97), len(whole) - 1]:
        with pytest.raises(UpdateRefusedError):
            read(whole[:length])


def test_no_header_makes_the_reader_fall_over_not_even_one_that_was_signed() -> None:
    chance = random.Random(9)
    lines = [chance.randbytes(chance.randrange(300)).replace(b"\n", b"") for _ in range(300)]
    good = header().line()[:-1]
    for _ in range(300):
        at, size = chance.randrange(len(good)), chance.randrange(9)
        lines.append(good[:at] + chance.randbytes(size).replace(b"\n", b"") + good[at + size :])
    lines += [b"[" * 60_000, b"{}", b"null", b"[]", b'"' + b"x" * 60_000 + b'"', b" " + good]
    for line in lines:
        head = MAGIC + line + b"\n"
        data = head + base64.b64encode(KEY.sign(head)) + b"\n" + PACKAGE
        try:
            found, _ = read(data)
        except UpdateRefusedError:
            continue
        assert found.line() == line + b"\n", "what is believed is what was signed"


@pytest.mark.parametrize("name", [*asdict(header()), "other"])
@pytest.mark.parametrize(
    "value",
    [None, True, 1.5, [], {}, -1, 0, 1 << 40, "", " ", "0.1", "../x", "0.1\n", "x" * 5000, "A1"],
)
def test_a_signed_header_with_a_strange_value_is_refused_or_means_just_that(
    name: str, value: object
) -> None:
    line = json.dumps(asdict(header()) | {name: value}, sort_keys=True, separators=(",", ":"))
    try:
        found = Release.from_line(line.encode() + b"\n")
    except UpdateRefusedError:
        return
    assert asdict(found)[name] == value
    assert name == "changes" or (name, value) in {("version", "0.1"), ("replaces", "0.1")}


@pytest.mark.parametrize("after", [b"\0", PACKAGE, b"\n"])
def test_nothing_may_follow(after: bytes) -> None:
    with pytest.raises(UpdateRefusedError, match="damaged"):
        read(update_of() + after)


def test_an_update_by_a_stranger_or_by_nobody_is_refused() -> None:
    with pytest.raises(UpdateRefusedError, match="not signed by a key that this box trusts"):
        read(update_of(key=STRANGER))
    with pytest.raises(UpdateRefusedError, match="trusts no release key"):
        read(update_of(), [])
    unsigned = MAGIC + header().line() + b"\n" + PACKAGE
    with pytest.raises(UpdateRefusedError):
        read(unsigned)


def test_another_kind_of_file_is_told_so() -> None:
    with pytest.raises(UpdateRefusedError, match="no update of vigbox"):
        read(b"!<arch>\ndebian-binary   ")


def test_an_error_of_updates_is_one_of_ours() -> None:
    assert issubclass(UpdateRefusedError, VigboxError)


def test_a_refusal_is_one_sentence_in_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.update"
    path.write_bytes(b"nothing")
    assert main(["update", "--check", str(path), "--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("vigbox: ")
    assert said.count("\n") == 1
