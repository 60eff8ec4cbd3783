import hashlib
from pathlib import Path

import pytest

from vigbox.companion.verify import VerifyError, sha256_of, verify_part
from vigbox.delivery.manifest import Part

DATA = b"sealed" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()
PART = Part("clip.age", len(DATA), SHA256, (SHA256,))


def test_what_the_box_signed_passes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(DATA)
    verify_part(tmp_path / "x", PART)
    assert sha256_of(tmp_path / "x") == PART.sha256


@pytest.mark.parametrize("data", [b"", DATA[:-1], DATA + b"x", b"x" + DATA[1:]])
def test_anything_else_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(VerifyError, match=r"clip\.age is not what the box signed"):
        verify_part(tmp_path / "x", PART)
