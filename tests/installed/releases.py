"""Signed updates for the booted box, made of the packages in build/."""

import hashlib
import io
import lzma
import re
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tests.installed.machine import BUILD
from vigbox.appliance.updates.release import Release, read_head, signed
from vigbox.appliance.updates.staging import digest
from vigbox.appliance.updates.trusted import public_text
from vigbox.casework.schema import HEAD
from vigbox.seal.signing import SigningKey

KEY = SigningKey.generate()
_HEAD_BYTES = 60
ILL = """
echo 'raise SystemExit("this release is ill")' \
    >/opt/vigbox/lib/python3.13/site-packages/vigbox/recorder/service.py
"""
"""What an ill release's postinst does first: its recorder cannot start."""

SITE = "./etc/nginx/sites-available/vigbox.conf"


def trust(root: Path) -> None:
    """Make a box trust our key, as whoever runs it does."""
    (root / "etc/vigbox/update-keys/test.pub").write_text(public_text(KEY.verify_key))


def update_of(package: bytes, version: str, key: SigningKey = KEY) -> bytes:
    """Sign a package."""
    digest = hashlib.sha256(package).hexdigest()
    release = Release(
        version, "amd64", digest, len(package), 500_000_000, "0.0.9", HEAD,
        "2026-11-21T20:00:00+00:00",
    )  # fmt: skip
    return signed(release, key) + package


def wish_of(update: bytes) -> dict[str, str]:
    """Give what the page asks root for when somebody agreed to an update."""
    release = read_head(io.BytesIO(update), [KEY.verify_key])
    return {"install": "page", "digest": digest(release)}


def package(version: str) -> bytes:
    """Give a package of build/."""
    return (BUILD / f"vigbox_{version}_amd64.deb").read_bytes()


def ill_package(version: str, becomes: str) -> bytes:
    """Give the same under another version, whose recorder does not start."""
    return renumbered(package(version), becomes, ILL)


def package_with_ill_site(version: str, becomes: str) -> bytes:
    """Give the same under another version, whose nginx site nginx does not accept."""
    return renumbered(package(version), becomes, files={SITE: b"no such word;\n"})


def renumbered(
    data: bytes, becomes: str, first: str = "", files: Mapping[str, bytes] | None = None
) -> bytes:
    """Give a package under another version, some of its files with other words in them.

    Its postinst does ``first`` before all else. With ``files``, also with none, it is packed by
    zstd, which a slow computer unpacks soonest.
    """
    at, made = 8, bytearray(data[:8])
    while at < len(data):
        head = data[at : at + _HEAD_BYTES]
        size = int(head[48:58])
        body = data[at + _HEAD_BYTES : at + _HEAD_BYTES + size]
        at += _HEAD_BYTES + size + size % 2
        if head.startswith(b"control.tar"):
            body = _changed(body, becomes, first)
        if head.startswith(b"data.tar") and files is not None:
            head, body = b"data.tar.zst".ljust(16) + head[16:], _with(body, files)
        made += head[:48] + f"{len(body):<10}`\n".encode() + body + b"\n" * (len(body) % 2)
    return bytes(made)


def _with(packed: bytes, files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with (
        lzma.open(io.BytesIO(packed)) as opened,
        tarfile.open(fileobj=opened, mode="r|") as old,
        tarfile.open(fileobj=made, mode="w|", format=tarfile.GNU_FORMAT) as new,
    ):
        left = dict(files)
        for each in old:
            file = old.extractfile(each) if each.isreg() else None
            if each.name in left:
                each.size, file = len(left[each.name]), io.BytesIO(left.pop(each.name))
            new.addfile(each, file)
        assert not left, "the package has such files"
    squeeze = ("zstd", "--quiet", "--stdout", "-1")
    return subprocess.run(squeeze, input=made.getbuffer(), check=True, capture_output=True).stdout


def _changed(control: bytes, becomes: str, first: str) -> bytes:
    made = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(lzma.decompress(control))) as old,
        tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as new,
    ):
        for each in old:
            file = old.extractfile(each)
            data = file.read() if file else b""
            if each.name == "./control":
                data = re.sub(rb"(?m)^Version: .*$", f"Version: {becomes}".encode(), data)
            if each.name == "./postinst":
                data = data.replace(b"set -e\n", b"set -e\n" + first.encode(), 1)
            each.size = len(data)
            new.addfile(each, io.BytesIO(data) if file else None)
    return lzma.compress(made.getvalue(), preset=0)
