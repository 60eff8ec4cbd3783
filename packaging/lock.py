"""Writes requirements.txt: every wheel of the package, pinned by hash, for both architectures.

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
_OF_THE_BOARD = ("gpiozero>=2.0.1", "sounddevice>=0.5")
"""Of the extra `pi`; lgpio and picamera2 come from Raspberry Pi OS with the system's Python."""


def main() -> None:
    """Resolve for each architecture and write the file."""
    found: dict[str, set[str]] = {}
    for arch in ("arm64", "amd64"):
        for each in _resolved(arch)["install"]:
            name, version = each["metadata"]["name"].lower(), each["metadata"]["version"]
            hashes = each["download_info"]["archive_info"]["hashes"]
            found.setdefault(f"{name}=={version}", set()).add(hashes["sha256"])
    lines = [
        " \\\n".join([pin, *(f"    --hash=sha256:{each}" for each in sorted(hashes))])
        for pin, hashes in sorted(found.items())
    ]
    (HERE / "requirements.txt").write_text(_HEAD + "\n".join(lines) + "\n", "utf-8")


def _resolved(arch: str) -> dict[str, Any]:
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["box"], *_OF_THE_BOARD]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed",
             "--target", folder, "--report", report, *fetching(arch, PYTHON), *wanted],
            check=True,
        )  # fmt: skip
        facts: dict[str, Any] = json.loads(report.read_text("utf-8"))
        return facts


if __name__ == "__main__":
    main()
