"""A box from the image's own files: a root that is only read, and a data partition of its own.

What an image build does to the root, and what the initial RAM disk does before systemd begins, is
done here by the same scripts on the same files; only the partitions are a folder and a loop device.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.installed.machine import Booted, memory, running

ASSETS = Path(__file__).parents[2] / "packaging" / "image" / "image" / "vigbox"
OVERLAY = ASSETS / "device" / "rootfs-overlay"
LAY_ROOT = OVERLAY / "usr/lib/vigbox/lay-root"


def _run(*words: object, **environ: str) -> None:
    subprocess.run(list(map(str, words)), check=True, env=os.environ | environ)


@dataclass(frozen=True, slots=True)
class Card:
    """The image's root as a stack of folders, and the file of its data partition."""

    below: tuple[Path, ...]
    partition: Path
    folder: Path

    @contextlib.contextmanager
    def switched_on(self) -> Iterator[Booted]:
        """Boot it; at the end the power is cut."""
        with self.laid() as root, running(root) as leader:
            yield Booted(leader, root)

    @contextlib.contextmanager
    def laid(self, device: str = "") -> Iterator[Path]:
        """Mount the root only to be read, and lay it as the initial RAM disk does."""
        root = Path(tempfile.mkdtemp(prefix="root-", dir=self.folder))
        lower = ":".join(map(str, self.below))
        _run("mount", "-t", "overlay", "overlay", "-o", self._options(lower), root)
        with contextlib.ExitStack() as closing:
            closing.callback(_run, "umount", "--recursive", "--lazy", root)
            done = subprocess.run(
                ["losetup", "--find", "--show", self.partition],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            loop = done.stdout.strip()
            closing.callback(_run, "losetup", "--detach", loop)
            _run("mount", "-o", "remount,bind,ro", root)
            laid = subprocess.run(["sh", LAY_ROOT, root, device or loop], check=False)
            assert (laid.returncode == 0) == (not device)
            yield root

    def _options(self, lower: str) -> str:
        changes = self.folder / "root-changes"
        changes.mkdir(exist_ok=True)
        work = self.folder / "root-work"
        work.mkdir(exist_ok=True)
        # what an update writes to the root partition
        return f"lowerdir={lower},upperdir={changes},workdir={work}"


@contextlib.contextmanager
def card(below: tuple[Path, ...]) -> Iterator[Card]:
    """Make an image's root of an installed one, and an empty data partition."""
    with tempfile.TemporaryDirectory(prefix="vigbox-image-") as name, memory(Path(name)):
        folder = Path(name)
        made, work, root = (folder / each for each in ("made", "made-work", "made-root"))
        for each in (made, work, root):
            each.mkdir()
        lower = ":".join(map(str, below))
        _run("mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir={lower},upperdir={made},workdir={work}", root)  # fmt: skip
        try:
            _customise(root)
        finally:
            _run("umount", root)
        partition = folder / "data.ext4"
        with partition.open("wb") as file:
            file.truncate(2 << 30)  # room for an update and the way back
        _run("mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", partition)
        yield Card((made, *below), partition, folder)


def _customise(root: Path) -> None:
    """Do what rpi-image-gen does: its overlay of files, then the image's own script."""
    _run("cp", "-rT", "--preserve=mode", OVERLAY, root)
    _run(ASSETS / "bdebstrap" / "customize20-vigbox", root)
    _run(ASSETS / "setup.sh", "ROOT", IMAGEMOUNTPATH=str(root))
    shutil.rmtree(root / "var/lib/vigbox")
    (root / "var/lib/vigbox").mkdir()
