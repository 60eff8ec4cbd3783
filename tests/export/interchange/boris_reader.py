"""Reads a project with BORIS's own loader and its own check, in an environment of its own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.alone import alone

_PINS = Path(__file__).with_name("boris.txt")
_BUILD = Path(__file__).resolve().parents[3] / "build"
_READ = """
import json, sys
from boris import project_functions
_, changed, project, message = project_functions.open_project_json(sys.argv[1])
problems = project_functions.check_project_integrity(project, "s", sys.argv[1], False)
print("READ" + json.dumps([changed, message, problems.replace("<br>", ""), project], default=float))
"""


def environment() -> Path:
    """Give the Python that BORIS runs on, made when it is not there yet (a minute)."""
    name = hashlib.sha256(_PINS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = _BUILD / f"boris-{name}"
    with alone(_BUILD / "boris"):
        if not (folder / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--no-deps"]
            subprocess.run([*pip, "--disable-pip-version-check", "-r", str(_PINS)], check=True)
            (folder / "ready").touch()
    return folder / "bin/python"


def read(path: Path, home: Path) -> tuple[bool, str, str, dict[str, Any]]:
    """Give whether BORIS changed the project, its message, its problems, and what it read."""
    done = subprocess.run(
        [environment(), "-c", _READ, path],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("READ")]
    assert told, done.stdout + done.stderr
    changed, message, problems, project = json.loads(told[0].removeprefix("READ"))
    return changed, message, problems, project
