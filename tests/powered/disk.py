"""A disk that forgets: what was not flushed is lost when the power goes.

It speaks NBD on a Unix socket. A write waits in memory until the machine flushes; flushed blocks
are kept in memory too, over a file that is never written. So a disk costs nothing to copy, and
killing QEMU alone would not do: this computer's own memory keeps what QEMU wrote.
"""

import contextlib
import os
import random
import socket
import struct
import threading
from pathlib import Path
from typing import Final, Self

_BLOCK: Final = 4096
_PLACE: Final = struct.Struct(">Q")
_OPTION: Final = 0x49484156454F5054
_REPLY: Final = 0x3E889045565A9
_HAS_FLAGS, _FLUSH, _FUA = 1, 4, 8
_EXPORT_NAME, _ABORT, _INFO, _GO = 1, 2, 6, 7
_ACK, _INFORMS, _UNKNOWN = 1, 3, 0x80000001
_READ, _WRITE, _DISCONNECT, _FLUSHES = 0, 1, 2, 3


class Disk:
    """Blocks over a base file; ``copy`` gives another disk that begins as this one is now."""

    def __init__(self, base: Path, kept: dict[int, bytes] | None = None) -> None:
        self._base = base
        self._file = os.open(base, os.O_RDONLY)
        self.size = os.fstat(self._file).st_size
        self._kept = {} if kept is None else dict(kept)
        self._waiting: dict[int, bytes] = {}
        self._lock = threading.Lock()
        self._is_failing = False
        self.failed = threading.Event()
        """Set when the power went in the middle of a write: see :meth:`fail_at_write`."""

    def fail_at_write(self) -> None:
        """Let the power go with the next write: it waits, and nothing after it is taken."""
        self._is_failing = True

    def copy(self) -> "Disk":
        """Give a disk of its own with what this one keeps."""
        with self._lock:
            return Disk(self._base, self._kept)

    @classmethod
    def load(cls, base: Path, saved: Path) -> Self:
        """Give a disk with what :meth:`save` wrote."""
        with saved.open("rb") as file:
            parts = iter(lambda: file.read(_PLACE.size + _BLOCK), b"")
            return cls(base, {_PLACE.unpack_from(each)[0]: each[_PLACE.size :] for each in parts})

    def save(self, into: Path) -> None:
        """Write what this one keeps: each block after its number."""
        with into.open("wb") as file, self._lock:
            for at, block in self._kept.items():
                file.write(_PLACE.pack(at) + block)

    def close(self) -> None:
        """Let go of the base."""
        os.close(self._file)

    def cut(self, chance: random.Random | None = None) -> int:
        """Lose what was not flushed; gives how many blocks waited.

        With ``chance`` any part of them was written all the same, as a disk may in any order.
        """
        waiting, self._waiting = self._waiting, {}
        self._is_failing = False
        self.failed.clear()
        if chance is not None:
            self._kept |= {at: waiting[at] for at in waiting if chance.random() < 0.5}
        return len(waiting)

    def read(self, offset: int, size: int) -> bytes:
        """Give what the machine sees."""
        first, last = offset // _BLOCK, (offset + size - 1) // _BLOCK
        written = [at for at in range(first, last + 1) if at in self._waiting or at in self._kept]
        found = bytearray(os.pread(self._file, size, offset))
        for at in written:
            begin, end = max(offset, at * _BLOCK), min(offset + size, (at + 1) * _BLOCK)
            block = self._block(at)
            found[begin - offset : end - offset] = block[begin - at * _BLOCK : end - at * _BLOCK]
        return bytes(found)

    def write(self, offset: int, data: bytes) -> None:
        """Take what the machine writes; it is not kept yet. Raises EOFError without power."""
        self._refuse_after_power()
        end = offset + len(data)
        for at in range(offset // _BLOCK, (end - 1) // _BLOCK + 1):
            begin, over = max(offset, at * _BLOCK), min(end, (at + 1) * _BLOCK)
            part = data[begin - offset : over - offset]
            if len(part) < _BLOCK:
                whole = bytearray(self._block(at))
                whole[begin - at * _BLOCK : over - at * _BLOCK] = part
                part = bytes(whole)
            self._waiting[at] = part
        if self._is_failing:
            self.failed.set()

    def flush(self) -> None:
        """Keep what was written. Raises EOFError without power."""
        self._refuse_after_power()
        with self._lock:
            self._kept |= self._waiting
        self._waiting.clear()

    def _refuse_after_power(self) -> None:
        if self.failed.is_set():
            raise EOFError

    def _block(self, at: int) -> bytes:
        found = self._waiting.get(at) or self._kept.get(at)
        return found if found is not None else os.pread(self._file, _BLOCK, at * _BLOCK)


class DiskServer:
    """Serves one disk to one machine, on a socket that is there at once."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._ear = socket.socket(socket.AF_UNIX)
        self._ear.bind(str(path))
        self._ear.listen()
        self._thread = threading.Thread(target=self._run, name="disk", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait until the machine has let go, which a dead one has."""
        with contextlib.suppress(OSError):
            self._ear.shutdown(socket.SHUT_RDWR)
        self._thread.join(30)
        self._ear.close()

    def _run(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            line, _ = self._ear.accept()
            with line:
                _Line(line, self._disk).serve()


class _Line:
    """One connection: the handshake ("fixed newstyle"), then requests in order."""

    def __init__(self, line: socket.socket, disk: Disk) -> None:
        self._line = line
        self._disk = disk

    def serve(self) -> None:
        self._line.sendall(struct.pack(">8sQH", b"NBDMAGIC", _OPTION, 3))
        self._take(4)
        while not self._is_agreed():
            pass
        while self._answer(*struct.unpack(">IHHQQI", self._take(28))):
            pass

    def _is_agreed(self) -> bool:
        option, size = struct.unpack(">8xII", self._take(16))
        self._take(size)
        told = struct.pack(">QH", self._disk.size, _HAS_FLAGS | _FLUSH | _FUA)
        if option == _EXPORT_NAME:
            self._line.sendall(told)
        elif option in (_INFO, _GO):
            self._reply(option, _INFORMS, struct.pack(">H", 0) + told)
            self._reply(option, _ACK)
        elif option == _ABORT:
            raise EOFError
        else:
            self._reply(option, _UNKNOWN)
        return option in (_EXPORT_NAME, _GO)

    def _reply(self, option: int, kind: int, data: bytes = b"") -> None:
        self._line.sendall(struct.pack(">QIII", _REPLY, option, kind, len(data)) + data)

    def _answer(  # the fields of a request, in their order
        self, _magic: int, flags: int, kind: int, handle: int, offset: int, size: int
    ) -> bool:
        found = b""
        if kind == _DISCONNECT:
            return False
        if kind == _READ:
            found = self._disk.read(offset, size)
        elif kind == _WRITE:
            self._disk.write(offset, self._take(size))
        if kind == _FLUSHES or flags & 1:
            self._disk.flush()
        self._line.sendall(struct.pack(">IIQ", 0x67446698, 0, handle) + found)
        return True

    def _take(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            part = self._line.recv(min(size - len(found), 1 << 20))
            if not part:
                raise EOFError
            found += part
        return bytes(found)
