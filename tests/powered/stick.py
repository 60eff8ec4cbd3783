"""A USB stick as they come: FAT, with an update in a folder of ours."""

import subprocess
from pathlib import Path
from typing import Final

_BYTES: Final = 1 << 28


def write_stick(at: Path, update: Path) -> None:
    """Write an image of a stick with an update on it."""
    with at.open("wb") as file:
        file.truncate(_BYTES)
    for words in (
        ("mkfs.vfat", at),
        ("mmd", "-i", at, "::vigbox"),
        ("mcopy", "-i", at, update, "::vigbox/next.update"),
    ):
        subprocess.run(words, check=True, capture_output=True)
