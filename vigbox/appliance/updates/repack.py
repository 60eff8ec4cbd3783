"""Makes a package of what is installed, so that an update can be gone back from.

The files are taken as they lie on the card. Settings that somebody changed stay out: dpkg then
leaves them alone, and goes on knowing that they are theirs.
"""

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

_MAGIC: Final = b"!<arch>\n"
_HEAD: Final = "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n"
_DROPPED: Final = ("Status:", "Conffiles:", "Config-Version:")


class Packages(Protocol):
    """What dpkg knows of the installed package."""

    def stanza(self) -> str:
        """Give its paragraph of the status file."""

    def files(self) -> Sequence[str]:
        """Give every path it brought."""

    def scripts(self) -> dict[str, Path]:
        """Give its maintainer's scripts and lists, by name."""


@dataclass(frozen=True, slots=True)
class Repacked:
    """An installed package, to be written as a package again; ``root`` is / on a box."""

    packages: Packages
    root: Path = Path("/")

    @property
    def size_bytes(self) -> int:
        """How large it will be, about."""
        return sum(_size(self._at(each)) + 1024 for each in self.packages.files())

    def write(self, file: IO[bytes]) -> None:
        """Write the package to a file that can be sought in. Raises OSError."""
        file.write(_MAGIC)
        _member(file, "debian-binary", lambda to: to.write(b"2.0\n"))
        _member(file, "control.tar", self._control)
        _member(file, "data.tar", self._data)

    def _control(self, to: IO[bytes]) -> None:
        kept = set(self._settings())
        with tarfile.open(fileobj=to, mode="w", format=tarfile.GNU_FORMAT) as tar:
            _text(tar, "control", _control_of(self.packages.stanza()))
            for name, path in sorted(self.packages.scripts().items()):
                if name == "conffiles":
                    lines = path.read_text("utf-8").splitlines()
                    _text(tar, name, "".join(f"{each}\n" for each in lines if each in kept))
                else:
                    _text(tar, name, path.read_text("utf-8"), is_program=os.access(path, os.X_OK))

    def _data(self, to: IO[bytes]) -> None:
        with tarfile.open(fileobj=to, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name in ("/.", *self._kept()):
                path = self._at(name)
                found = tar.gettarinfo(path, f".{name}" if name != "/." else "./")
                found.uid = found.gid = 0
                found.uname = found.gname = "root"
                if found.islnk():
                    found.type, found.size = tarfile.REGTYPE, path.stat().st_size
                if found.isreg():
                    with path.open("rb") as file:
                        tar.addfile(found, file)
                else:
                    tar.addfile(found)

    def _kept(self) -> Iterator[str]:
        changed = set(_conffiles(self.packages.stanza())) - set(self._settings())
        for name in self.packages.files():
            # what this Debian leaves away (documents, say) is not there
            if name not in {"/.", *changed} and os.path.lexists(self._at(name)):
                yield name

    def _settings(self) -> Iterator[str]:
        """Give the settings that are as they came."""
        for name, told in _conffiles(self.packages.stanza()).items():
            path = self._at(name)
            if path.is_file() and _md5(path) == told:
                yield name

    def _at(self, name: str) -> Path:
        return self.root / name.lstrip("/")


def _member(file: IO[bytes], name: str, write: Callable[[IO[bytes]], object]) -> None:
    at = file.tell()
    file.write(_HEAD.format(name, int(time.time()), 0, 0, "100644", 0).encode())
    begin = file.tell()
    write(file)
    size = file.tell() - begin
    file.write(b"\n" * (size % 2))
    end = file.tell()
    file.seek(at)
    file.write(_HEAD.format(name, int(time.time()), 0, 0, "100644", size).encode())
    file.seek(end)


def _text(tar: tarfile.TarFile, name: str, text: str, *, is_program: bool = False) -> None:
    data = text.encode()
    found = tarfile.TarInfo(f"./{name}")
    found.size, found.mode, found.mtime = len(data), 0o755 if is_program else 0o644, time.time()
    found.uname = found.gname = "root"
    tar.addfile(found, io.BytesIO(data))


def _control_of(stanza: str) -> str:
    kept, is_dropped = [], False
    for line in stanza.splitlines():
        if not line.startswith(" "):
            is_dropped = line.startswith(_DROPPED)
        if not is_dropped and line.strip():
            kept.append(f"{line}\n")
    return "".join(kept)


def _conffiles(stanza: str) -> dict[str, str]:
    found, is_in = {}, False
    for line in stanza.splitlines():
        if not line.startswith(" "):
            is_in = line.startswith("Conffiles:")
        elif is_in:
            path, md5 = line.split()[:2]
            found[path] = md5
    return found


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
