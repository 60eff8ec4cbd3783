"""Writes a Debian package (deb(5)) without Debian's tools and without root: two tars in an ar."""

import io
import lzma
import tarfile
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"!<arch>\n"


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time every file of the package bears, in seconds since 1970."""

    seconds: int


def tar_of(folder: Path, stamp: Stamp, preset: int = 6) -> bytes:
    """Pack a folder as root's own, sorted, with one time: the same tree gives the same bytes."""
    packed = io.BytesIO()
    with (
        lzma.open(packed, "wb", preset=preset) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in (folder, *sorted(folder.rglob("*"))):
            _add(tar, path, folder, stamp)
    return packed.getvalue()


def write(path: Path, control: bytes, data: bytes, stamp: Stamp) -> None:
    """Write the package from its two packed tars. Raises OSError."""
    members = (
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", control),
        ("data.tar.xz", data),
    )
    path.write_bytes(_MAGIC + b"".join(_member(*each, stamp) for each in members))


def _add(tar: tarfile.TarFile, path: Path, folder: Path, stamp: Stamp) -> None:
    found = tar.gettarinfo(path, f"./{path.relative_to(folder)}" if path != folder else "./")
    found.uid = found.gid = 0
    found.uname = found.gname = "root"
    found.mtime = stamp.seconds
    if not found.issym():
        found.mode = 0o755 if found.isdir() or found.mode & 0o100 else 0o644
    if found.islnk():  # a hard link of the build machine is a file of its own
        found.type, found.size = tarfile.REGTYPE, path.stat().st_size
    if found.isreg():
        with path.open("rb") as file:
            tar.addfile(found, file)
    else:
        tar.addfile(found)


def _member(name: str, content: bytes, stamp: Stamp) -> bytes:
    head = f"{name:<16}{stamp.seconds:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
    return head.encode("ascii") + content + b"\n" * (len(content) % 2)
