import base64
import json
from typing import Any

import pytest

from vigbox.delivery.manifest import (
    PIECE_BYTES,
    ExportManifest,
    ManifestError,
    Part,
    is_part_name,
    parse_own,
    parse_signed,
)
from vigbox.seal.signing import SigningKey

KEY = SigningKey.generate()
A, B = "a" * 64, "b" * 64
PARTS = (
    Part("clip-1.mp4.age", 2 * PIECE_BYTES + 10, A, (A, B, A)),
    Part("contents.json.age", 7, B, (B,)),
)
MANIFEST = ExportManifest("1" * 32, "2" * 32, "2026-03-01T12:00:00+00:00", PARTS)


def signed(text: bytes, key: SigningKey = KEY) -> bytes:
    """Sign any text, as a box that went wrong might."""
    signature = base64.b64encode(key.sign(b"vigbox export manifest v1\n" + text)).decode()
    return json.dumps({"manifest": text.decode(), "signature": signature}).encode()


def changed(**values: Any) -> bytes:  # JSON
    facts = json.loads(MANIFEST.to_bytes()) | values
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


def test_a_signed_manifest_is_read_back_as_it_was() -> None:
    data = MANIFEST.sign(KEY)
    assert parse_signed(data, KEY.verify_key) == MANIFEST
    assert parse_own(data) == MANIFEST
    assert MANIFEST.size_bytes == 2 * PIECE_BYTES + 17


def test_it_holds_the_documented_keys_and_no_other() -> None:
    facts = json.loads(json.loads(MANIFEST.sign(KEY))["manifest"])
    assert set(facts) == {"version", "export_id", "machine_id", "created_at", "parts"}
    assert set(facts["parts"][0]) == {"name", "size_bytes", "sha256", "pieces"}


def test_another_key_is_refused() -> None:
    with pytest.raises(ManifestError, match="not signed by this box"):
        parse_signed(MANIFEST.sign(SigningKey.generate()), KEY.verify_key)


def test_every_changed_byte_is_refused() -> None:
    data = MANIFEST.sign(KEY)
    for index in range(len(data)):
        with pytest.raises(ManifestError):
            parse_signed(
                data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :], KEY.verify_key
            )


def test_a_signature_over_something_else_is_refused() -> None:
    text = MANIFEST.to_bytes()
    bare = base64.b64encode(KEY.sign(text)).decode()
    data = json.dumps({"manifest": text.decode(), "signature": bare}).encode()
    with pytest.raises(ManifestError, match="not signed by this box"):
        parse_signed(data, KEY.verify_key)


PART = {"name": "a.age", "size_bytes": 1, "sha256": A, "pieces": [A]}
LONG = {"name": "a.age", "size_bytes": PIECE_BYTES + 1, "sha256": A, "pieces": [A, B]}


@pytest.mark.parametrize(
    "text",
    [
        changed(version=2),
        changed(version=True),
        changed(export_id="../" + "1" * 29),
        changed(export_id=7),
        changed(machine_id="2" * 31),
        changed(created_at="yesterday"),
        changed(created_at=None),
        changed(note="a word too many"),
        changed(parts=[]),
        changed(parts={}),
        changed(parts=None),
        changed(parts=[PART, PART]),
        changed(parts=[{**PART, "name": f"{n}.age"} for n in range(1001)]),
        changed(parts=[{**PART, "more": 1}]),
        changed(parts=[{**PART, "size_bytes": -1}]),
        changed(parts=[{**PART, "size_bytes": 0}]),
        changed(parts=[{**PART, "size_bytes": True}]),
        changed(parts=[{**PART, "size_bytes": 1.0}]),
        changed(parts=[{**PART, "size_bytes": 1 << 41}]),
        changed(parts=[{**PART, "sha256": "A" * 64, "pieces": ["A" * 64]}]),
        changed(parts=[{**PART, "sha256": "a" * 63, "pieces": ["a" * 63]}]),
        changed(parts=[{key: value for key, value in PART.items() if key != "pieces"}]),
        changed(parts=[{**PART, "pieces": []}]),
        changed(parts=[{**PART, "pieces": A}]),
        changed(parts=[{**PART, "pieces": [B]}]),
        changed(parts=[{**PART, "pieces": [A, A]}]),
        changed(parts=[{**LONG, "pieces": [A]}]),
        changed(parts=[{**LONG, "pieces": [A, B, A]}]),
        changed(parts=[{**LONG, "pieces": [A, "b" * 63]}]),
        changed(parts=[{**LONG, "pieces": [A, 7]}]),
        changed(parts=[{**LONG, "pieces": {A: 1, B: 2}}]),
        changed(parts=["a.age"]),
        b" " + MANIFEST.to_bytes(),
        MANIFEST.to_bytes().replace(b'"version":1', b'"version":1,"version":1'),
        b"[]",
        b"null",
        b"{",
        b"[" * 100_000,
    ],
)
def test_even_a_signed_text_is_read_strictly(text: bytes) -> None:
    with pytest.raises(ManifestError):
        parse_signed(signed(text), KEY.verify_key)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"manifest":"{}"}',
        b'{"manifest":1,"signature":""}',
        b'{"manifest":"\\ud800","signature":""}',
        b'{"manifest":"{}","signature":"???"}',
        b'{"manifest":"{}","signature":"\\u00e9"}',
        b'{"manifest":"{}","signature":"","more":1}',
        b" " * (2 << 20),
    ],
)
def test_what_is_no_signed_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError):
        parse_signed(data, KEY.verify_key)


@pytest.mark.parametrize("name", ["a.age", "clip-1.mp4.age", "0.age", "x" * 60 + ".age"])
def test_a_part_may_have_a_plain_name(name: str) -> None:
    assert is_part_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".age",
        "clip.mp4",
        "a.age.part",
        "A.age",
        "a b.age",
        "a/b.age",
        "a\\b.age",
        "-a.age",
        "a.age\n",
        "\u00e4.age",
        "con.age",
        "nul.mp4.age",
        "com1.age",
        "lpt9.x.age",
        "x" * 61 + ".age",
        "../a.age",
        "/a.age",
        "c:a.age",
        "c:\\a.age",
        "a:b.age",
        "a.age:b.age",
        "a.age::$data",
        "a.age.",
        "a.age ",
        " a.age",
        "conin$.age",
        None,
    ],
)
def test_a_part_may_not_have_a_name_some_system_reads_otherwise(name: object) -> None:
    assert not is_part_name(name)


@pytest.mark.parametrize(
    "name", ["../a.age", "/a.age", "c:\\a.age", "nul.age", "a.age ", "a:b.age"]
)
def test_a_signed_name_that_leads_elsewhere_is_refused_with_the_rule(name: str) -> None:
    text = changed(parts=[{**PART, "name": name}])
    with pytest.raises(ManifestError, match="must be small letters, digits, dots and hyphens"):
        parse_signed(signed(text), KEY.verify_key)


def test_what_no_machine_would_read_is_not_signed() -> None:
    size = (1 << 36) // PIECE_BYTES
    parts = [Part(f"{each}.age", 1 << 36, A, (B,) * size) for each in range(2)]
    whole = ExportManifest("1" * 32, "2" * 32, "2026-03-01T12:00:00Z", tuple(parts[:1]))
    assert parse_signed(whole.sign(KEY), KEY.verify_key) == whole
    both = ExportManifest("1" * 32, "2" * 32, "2026-03-01T12:00:00Z", tuple(parts))
    with pytest.raises(ManifestError, match="make two of it"):
        both.sign(KEY)
