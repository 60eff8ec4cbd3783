"""Memory cards that fail: ext4 on a loop device, cut, frozen or turned read-only; a small tmpfs.

The power goes by ext4's own shutdown call, which drops what the journal has not yet written.
All of it needs root; :func:`why_not` tells what is missing.
"""

import array
import contextlib
import fcntl
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_SHUTDOWN: Final = 0x8004587D
"""EXT4_IOC_SHUTDOWN, ``_IOR('X', 125, __u32)`` in the kernel's uapi ext4.h."""
_NO_LOG_FLUSH: Final = 2
_MEMORY: Final = next((each for each in ["/dev/shm"] if Path(each).is_dir()), None)  # noqa: S108
_PATIENCE_S: Final = 60.0
_FREEZE, _THAW = 0xC0045877, 0xC0045878


def why_not() -> str | None:
    """Tell why no loop device can be mounted here; None when it can."""
    if os.geteuid():
        return "simulated cards are mounted, and that needs root"
    if not Path("/dev/loop-control").exists():
        return "simulated cards need loop devices, and this kernel gives none"
    return None


class _Mounted:
    """A folder with a file system of its own."""

    def __init__(self) -> None:
        # in memory: how fast the disk beneath is says nothing about the box
        self._home = tempfile.TemporaryDirectory(prefix="card", dir=_MEMORY)
        self.folder = Path(self._home.name) / "card"
        self.folder.mkdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pull_out()
        self._home.cleanup()

    def pull_out(self) -> None:
        """Unmount; somebody may be just looking at it."""
        _until(lambda: not subprocess.run(["umount", self.folder], check=False).returncode)


class LoopCard(_Mounted):
    """An ext4 card of so many MB."""

    def __init__(self, megabytes: int = 64) -> None:
        super().__init__()
        self._image = Path(self._home.name) / "card.img"
        with self._image.open("wb") as image:
            image.truncate(megabytes << 20)
        _run("mkfs.ext4", "-q", "-m", "0", "-E", "nodiscard", self._image)
        self.put_in()

    def pull_out(self) -> None:
        """Unmount, and wait until nobody holds what the power was taken from."""
        super().pull_out()
        _until(lambda: not _run("losetup", "--associated", self._image).strip())

    def put_in(self) -> None:
        """Mount; the journal is replayed, as when a box is switched on."""
        _run("mount", "-o", "loop,errors=remount-ro", self._image, self.folder)

    def cut_power(self) -> None:
        """Let nothing more reach the card, not even the journal."""
        self._control(_SHUTDOWN, _NO_LOG_FLUSH)

    @contextmanager
    def frozen(self, for_s: float) -> Iterator[None]:
        """Make every write wait, as a card does that tidies itself: so long, or to the end."""
        self._control(_FREEZE, 0)
        thaw = threading.Timer(for_s, self._control, (_THAW, 0))
        thaw.start()
        try:
            yield
        finally:
            thaw.cancel()
            thaw.join()
            with contextlib.suppress(OSError):  # it has thawed already
                self._control(_THAW, 0)

    def turn_read_only(self) -> None:
        """Make the kernel find an error on the card, and protect it as it does then."""
        source = _run("findmnt", "-n", "-o", "SOURCE", self.folder).strip()
        Path("/sys/fs/ext4", Path(source).name, "trigger_fs_error").write_text("1", "ascii")

    def _control(self, what: int, value: int) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, what, array.array("I", [value]))
        finally:
            os.close(descriptor)


class SmallCard(_Mounted):
    """A card in memory, of so many MB, to be filled."""

    def __init__(self, megabytes: int) -> None:
        super().__init__()
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.folder)

    def fill(self, left_mb: float) -> None:
        """Let something else take all room but this."""
        descriptor = os.open(self.folder / "ballast", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            while (taken := self._room_bytes() - int(left_mb * 1e6)) > 0:
                # the recorder may be writing at this very moment: then look again
                with contextlib.suppress(OSError):
                    os.posix_fallocate(descriptor, os.fstat(descriptor).st_size, taken)
        finally:
            os.close(descriptor)

    def _room_bytes(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


def _until(is_so: Callable[[], bool]) -> None:
    over_s = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < over_s, "the card cannot be pulled out"
        time.sleep(0.05)


def _run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
