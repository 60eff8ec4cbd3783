"""What the tests of updates share: a release, keys, an installed package, what the web leaves."""

import fcntl
import hashlib
import json
import os
import socket
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from vigbox.appliance.updates.dpkg import InstalledPackage, check_package
from vigbox.appliance.updates.judge import Installed
from vigbox.appliance.updates.release import (
    Release,
    signed,
)
from vigbox.appliance.updates.staging import Staging, digest
from vigbox.casework.schema import HEAD
from vigbox.seal.signing import SigningKey

KEY, STRANGER = SigningKey.generate(), SigningKey.generate()
TRUSTED = [KEY.verify_key]
PACKAGE = bytes(range(256)) * 40
HERE = Installed("0.1.0", "amd64", HEAD)


def header(package: bytes = PACKAGE, **facts: Any) -> Release:
    known = Release(
        "0.2.0", "amd64", hashlib.sha256(package).hexdigest(), len(package), 10**6, "0.1.0", HEAD,
        "2026-11-21T20:00:00+00:00", "- More.",
    )  # fmt: skip
    return replace(known, **facts)


def update_of(package: bytes = PACKAGE, key: SigningKey = KEY, **facts: Any) -> bytes:
    return signed(header(package, **facts), key) + package


class Pretended(InstalledPackage):
    """A package that is installed under a folder."""

    def __init__(self, root: Path) -> None:
        object.__setattr__(self, "root", root)

    root: Path

    def stanza(self) -> str:
        sums = {
            name: hashlib.md5(data, usedforsecurity=False).hexdigest()
            for name, data in (("kept", b"as it came"), ("changed", b"as it was"))
        }
        return (
            "Package: vigbox\nStatus: install ok installed\nVersion: 0.1.0\n"
            "Architecture: amd64\nMaintainer: Us <us@localhost>\nConffiles:\n"
            f" /etc/kept {sums['kept']}\n /etc/changed {sums['changed']}\n"
            "Description: box\n It films.\n .\n It seals.\n"
        )

    def files(self) -> list[str]:
        return ["/.", "/etc", "/etc/kept", "/etc/changed", "/opt", "/opt/tool", "/opt/link",
                "/usr", "/usr/left-away"]  # fmt: skip

    def scripts(self) -> dict[str, Path]:
        return {each.name: each for each in (self.root / "info").iterdir()}

    def facts(self, schema: str) -> Installed:
        return replace(HERE, schema=schema)


def a_package(path: Path, release: Release) -> None:
    """Stand in for dpkg-deb: the package of these tests is none."""
    if path.read_bytes() != PACKAGE and not tarfile.is_tarfile(path):
        check_package(path, release)


def left(staging: Staging) -> set[str]:
    return {each.name for each in staging.place.folder.iterdir()}


def wish(staging: Staging, **facts: object) -> None:
    if facts.get("install") in ("page", "stick"):
        facts.setdefault("digest", digest(header()))
    staging.place.wish.write_text(json.dumps(facts))


def is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def plant(path: Path, kind: str, target: Path) -> None:
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(target)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    else:
        path.mkdir()


KINDS = ["link", "pipe", "socket", "folder"]
