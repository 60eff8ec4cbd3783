import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vigbox.seal.errors import SignatureError
from vigbox.seal.signing import SigningKey, VerifyKey


def test_openssl_verifies_what_was_signed(tmp_path: Path) -> None:
    key = SigningKey.generate()
    public = Ed25519PublicKey.from_public_bytes(key.verify_key.public)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, data in (("key", pem), ("text", b"armed"), ("sig", key.sign(b"armed"))):
        (tmp_path / name).write_bytes(data)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key", "-rawin"]
    command += ["-in", "text", "-sigfile", "sig"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)


def test_rfc_8032_vector_is_signed_the_same() -> None:
    # RFC 8032, 7.1, test 2
    key = SigningKey.from_text("TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=")
    assert key.verify_key.public.hex().startswith("3d4017c3e843895a92b70aa74d1b7ebc")
    assert key.sign(b"\x72").hex().startswith("92a009a9f0d4cab8720e820b5f642540")


def test_keys_come_back_from_their_text() -> None:
    key = SigningKey.generate()
    again = SigningKey.from_text(key.to_text() + "\n")
    assert again.verify_key == key.verify_key
    assert VerifyKey.from_text(key.verify_key.to_text()) == key.verify_key
    key.verify_key.verify(b"armed", again.sign(b"armed"))


@pytest.mark.parametrize(("data", "by"), [(b"other", 0), (b"armed", 1)])
def test_other_bytes_or_another_key_do_not_verify(data: bytes, by: int) -> None:
    keys = [SigningKey.generate() for _ in range(2)]
    with pytest.raises(SignatureError):
        keys[0].verify_key.verify(data, keys[by].sign(b"armed"))


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65)])
def test_what_is_no_signature_does_not_verify(signature: bytes) -> None:
    with pytest.raises(SignatureError):
        SigningKey.generate().verify_key.verify(b"armed", signature)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_bytes_that_are_no_key_verify_nothing(length: int) -> None:
    with pytest.raises(SignatureError):
        VerifyKey(bytes(length)).verify(b"armed", SigningKey.generate().sign(b"armed"))


@pytest.mark.parametrize("text", ["", "AAAA", "é" * 44, "!" * 44, "A" * 44 + "AAAA"])
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(SignatureError):
        SigningKey.from_text(text)
    with pytest.raises(SignatureError):
        VerifyKey.from_text(text)


def test_secret_is_in_no_representation() -> None:
    key = SigningKey.generate()
    assert key.to_text() not in repr(key)
