"""Readers that are not ours: ffprobe, ffmpeg, stock age."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np


def age_open(sealed: Path, identity: Path, plain: Path) -> None:
    subprocess.run(["age", "-d", "-i", identity, "-o", plain, sealed], check=True)


def packets(film: Path | str, kind: str) -> list[tuple[float, str]]:
    """Each packet's time in s and the hash of its bytes, as ffprobe tells them."""
    told = ffprobe(
        film, "-select_streams", f"{kind}:0", "-show_packets", "-show_data_hash", "sha256"
    )
    return [(float(each["pts_time"]), each["data_hash"]) for each in told["packets"]]


def lengths(film: Path | str) -> dict[str, float]:
    """How long picture and sound are, counted from the packets, in s."""
    told = ffprobe(film, "-show_packets", "-show_streams")
    kinds = {each["index"]: each["codec_type"] for each in told["streams"]}
    found: dict[str, float] = {}
    for each in told["packets"]:
        end = float(each["pts_time"]) + float(each["duration_time"])
        kind = kinds[each["stream_index"]]
        found[kind] = max(found.get(kind, 0.0), end)
    return found


def ffprobe(film: Path | str, *options: str) -> dict[str, Any]:
    done = subprocess.run(
        ["ffprobe", "-v", "warning", "-of", "json", *options, str(film)],
        check=True,
        capture_output=True,
    )
    # of a track of chapters, ffmpeg's own no less than ours, it knows the titles and no decoder
    told = [line for line in done.stderr.splitlines() if b"codec with id 98314" not in line]
    assert not told, told
    found: dict[str, Any] = json.loads(done.stdout)
    return found


THEIR_OWN_CLOCK = ("-fps_mode", "passthrough", "-enc_time_base:v", "-1")
"""A rate that ffmpeg guesses from few pictures may put two of them on one tick, and warn of it."""


def plays_silently(film: Path | str) -> None:
    """ffmpeg decodes all of it without one warning."""
    done = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", str(film), *THEIR_OWN_CLOCK, "-f", "null", "-"],
        check=True,
        capture_output=True,
    )
    assert not done.stderr, done.stderr.decode()


def pictures(film: Path | str, size: tuple[int, int] = (160, 90)) -> "np.ndarray[Any, Any]":
    """Every picture in grey, small: shape (count, height, width), none made up or dropped."""
    width, height = size
    done = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-i",
            str(film),
            "-vsync",
            "passthrough",
            "-an",
            "-vf",
            f"scale={width}:{height}",
            "-pix_fmt",
            "gray",
            "-f",
            "rawvideo",
            "-",
        ],
        check=True,
        capture_output=True,
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width)


def times(film: Path | str) -> list[float]:
    """When each picture begins, in s."""
    return sorted(time for time, _ in packets(film, "v"))


def sound(film: Path | str) -> "np.ndarray[Any, Any]":
    """The sound as 48 kHz mono floats, placed by its own times from 0."""
    done = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-i",
            str(film),
            "-vn",
            "-af",
            "aresample=async=1:first_pts=0",
            "-ac",
            "1",
            "-ar",
            "48000",
            "-f",
            "f32le",
            "-",
        ],
        check=True,
        capture_output=True,
    )
    return np.frombuffer(done.stdout, "<f4")


def flashes_and_beeps(film: Path | str) -> list[tuple[float, float]]:
    """When each flash and the beep nearest to it begin in a drawn film, in s."""
    shown = pictures(film)
    # the drawn flash: 45-55 % across, 30-45 % down
    light = shown[:, 27:40, 74:86].mean(axis=(1, 2)) > 140
    begin = np.flatnonzero(light[1:] & ~light[:-1]) + 1
    flash = np.array(times(film))[begin]
    loud: np.ndarray[Any, Any] = np.abs(sound(film))
    window = np.lib.stride_tricks.sliding_window_view(loud, 480)[::48].max(axis=1) > 0.1
    beep = (np.flatnonzero(window[1:] & ~window[:-1]) * 48 + 480) / 48_000
    return [(float(at), float(beep[np.abs(beep - at).argmin()])) for at in flash]
