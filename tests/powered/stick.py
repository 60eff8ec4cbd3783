"""A USB stick as they come: FAT, with an update in a folder of ours."""

import subprocess
from pathlib import Path
from typing import Final

from tests.installed import releases

NEXT: Final = "0.2.0"
_BYTES: Final = 1 << 28


def pack(home: Path) -> None:
    """Pack HOME/next.deb: the newest package as the next, as such a computer unpacks it soonest."""
    newest = (home / "version").read_text("ascii").strip()
    package = releases.renumbered(releases.package(newest), NEXT, files={})
    (home / "next.deb").write_bytes(package)


def write_stick(at: Path, home: Path) -> None:
    """Write an image of a stick with the next version's update on it, signed by our key."""
    update = at.with_suffix(".update")
    update.write_bytes(releases.update_of((home / "next.deb").read_bytes(), NEXT))
    with at.open("wb") as file:
        file.truncate(_BYTES)
    for words in (
        ("mkfs.vfat", at),
        ("mmd", "-i", at, "::vigbox"),
        ("mcopy", "-i", at, update, "::vigbox/next.update"),
    ):
        subprocess.run(words, check=True, capture_output=True)
    update.unlink()
