"""Writes requirements.txt: every wheel of the package, pinned by hash, for both architectures.

And build-requirements.txt: what makes this tree's own wheel, on a machine of any kind.

``python packaging/lock.py`` (it asks the package index; look at the difference before keeping it).
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from environment import HERE, PYTHON, fetching

_HEAD = """\
# Every wheel in the Debian package, for arm64 and amd64. Made by packaging/lock.py, not by hand.
"""
_BUILD_HEAD = """\
# What makes this tree's own wheel, whatever machine builds. Made by packaging/lock.py, not by hand.
"""
_OF_THE_BOARD = ("gpiozero>=2.0.1", "sounddevice>=0.5")
"""Of the extra `pi`; lgpio and picamera2 come from Raspberry Pi OS with the system's Python."""


def main() -> None:
    """Resolve for each architecture, and for whoever builds, and write the files."""
    told = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))
    project = told["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["box"], *_OF_THE_BOARD]
    reports = [_resolved(wanted, fetching(arch, PYTHON)) for arch in ("arm64", "amd64")]
    (HERE / "requirements.txt").write_text(_HEAD + _lines(reports), "utf-8")
    # of Python alone, so that one hash is right on every machine
    anywhere = ["--only-binary=:all:", "--platform", "any", "--abi", "none"]
    reports = [_resolved(told["build-system"]["requires"], anywhere)]
    (HERE / "build-requirements.txt").write_text(_BUILD_HEAD + _lines(reports), "utf-8")


def _lines(reports: list[dict[str, Any]]) -> str:
    found: dict[str, set[str]] = {}
    for report in reports:
        for each in report["install"]:
            name, version = each["metadata"]["name"].lower(), each["metadata"]["version"]
            hashes = each["download_info"]["archive_info"]["hashes"]
            found.setdefault(f"{name}=={version}", set()).add(hashes["sha256"])
    lines = [
        " \\\n".join([pin, *(f"    --hash=sha256:{each}" for each in sorted(hashes))])
        for pin, hashes in sorted(found.items())
    ]
    return "\n".join(lines) + "\n"


def _resolved(wanted: list[str], options: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed",
             "--target", folder, "--report", report, *options, *wanted],
            check=True,
        )  # fmt: skip
        facts: dict[str, Any] = json.loads(report.read_text("utf-8"))
        return facts


if __name__ == "__main__":
    main()
