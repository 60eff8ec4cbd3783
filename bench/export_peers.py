"""The peers of ``bench.export``: the ffmpeg program, and the ``smartcut`` package.

smartcut asks for a PyAV of its own: it lives in an environment of its own under ``build/``. A
peer that is not there is said so and left out of the figures.
"""

import shutil
import subprocess
import sys
from pathlib import Path

SMARTCUT = "smartcut==1.7"
_HOME = Path(__file__).resolve().parent.parent / "build" / "peers" / "smartcut"
_TICKS = 90_000
_JUST_BEFORE = 450
"""Ticks: ffmpeg seeks to the first picture from there on, and its times are rounded."""


def missing() -> dict[str, str]:
    """Give what is not here, and what to do about it; smartcut is set up when it can be."""
    absent = {} if shutil.which("ffmpeg") else {"ffmpeg": "apt-get install ffmpeg"}
    try:
        _set_up()
    except (OSError, subprocess.CalledProcessError) as error:
        absent["smartcut"] = f"pip install {SMARTCUT} in {_HOME}: {error}"
    return absent


def ffmpeg_clip(plain: Path, start: int, pictures: int, ticks: int, clip: Path) -> None:
    """Encode pictures again from a tick on, as fast and as good as our own fallback."""
    _ffmpeg(
        "-ss", _at(start), "-i", plain, "-frames:v", str(pictures),
        "-t", f"{(ticks + _JUST_BEFORE) / _TICKS:.6f}", "-fps_mode", "passthrough",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-c:a", "aac", clip,
    )  # fmt: skip


def ffmpeg_still(plain: Path, start: int, still: Path) -> None:
    """Save the picture of a tick as a JPEG, about as good as ours."""
    _ffmpeg("-ss", _at(start), "-i", plain, "-frames:v", "1", "-q:v", "2", still)


def smartcut_clip(plain: Path, first: int, end: int, clip: Path) -> None:
    """Cut by numbers of pictures; the last is in it."""
    span = f"{first},{end - 1}"
    # by its own Python: the folder may have been moved since it was made
    program = (_HOME / "bin" / "python", _HOME / "bin" / "smartcut")
    _run(*program, plain, clip, "--frames", "--keep", span)


def _at(tick: int) -> str:
    return f"{max(0, tick - _JUST_BEFORE) / _TICKS:.6f}"


def _set_up() -> None:
    if not (_HOME / "bin" / "smartcut").exists():
        _run(sys.executable, "-m", "venv", _HOME)
        _run(_HOME / "bin" / "python", "-m", "pip", "install", "--quiet", SMARTCUT)


def _ffmpeg(*words: str | Path) -> None:
    _run("ffmpeg", "-y", "-v", "error", *words)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
