"""Watching a sealed film of ten minutes, beside a web server that has the plain one.

``seek_vs_nginx``       a seek in Chromium at 30 Mbit/s until the picture is there, over the same
                        bytes plain behind nginx (time); ``seek_unshaped_vs_nginx`` on loopback
``range_vs_nginx``      512 KiB anywhere over a kept connection (time); the same right after an
                        unlock is ``range_beside_lanes_vs_nginx``: lanes are made behind the film
``sequential_vs_nginx`` 64 MiB in ranges of 2 MiB (time)
``first_frame_ms``      from asking for the recording's page to the first picture on the screen
``strip_vs_ffmpeg``     the picture strip from the sealed film, beside ``ffmpeg -skip_frame nokey``
                        with ``select`` and ``tile`` of the plain one (speed)
``peaks_vs_pcm``        the wave from the sealed film, beside numpy on ffmpeg's bare PCM (time)
``list_10000_ms``       the page of recordings with 10,000 of them; ``list_cold_ms`` the first time

The film is the test film, looped through our own muxer; with ``--quick`` it is three minutes long,
and a strip of three minutes saves less. Without nginx or Chromium the figures
beside them are left out, and that is said.
"""

import argparse
import contextlib
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.review_rig import Box, Client, Film, box_web, make_film, nginx, packets, plain_mp4
from bench.rounds import Rounds, median, ratio, report, rounds, show, show_ratios
from vigbox.media.fragments import FilmIndex
from vigbox.media.strip import make_strip
from vigbox.media.wave import make_wave
from vigbox.seal.opening import FilmReader

_MINUTES = 10
_QUICK_MINUTES = 3
_LANES_S = 600.0
_RANGE_BYTES = 512 << 10
_PIECE_BYTES = 2 << 20
_RANGES = 20
_SLOW_BYTES_PER_S = 30e6 / 8
_CHROMIUM = "/usr/bin/chromium"

_FIRST_PICTURE = """
async ([page, film]) => {
  const began = performance.now();
  let source = film;
  if (page) {
    const text = await (await fetch(page)).text();
    source = text.match(/[/]recordings[/][0-9a-f]+[/]film-[0-9]+[.]mp4/)[0];
  }
  document.querySelector("video")?.remove();
  const video = document.createElement("video");
  video.muted = true; video.preload = "auto"; video.src = source;
  document.body.append(video);
  await new Promise((shown) => video.requestVideoFrameCallback(shown));
  return performance.now() - began;
}
"""
_SEEK = """
async (to) => {
  const video = document.querySelector("video"), began = performance.now();
  const shown = new Promise((done) => video.requestVideoFrameCallback(done));
  const sought = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
  video.currentTime = to;
  await Promise.all([shown, sought]);
  return performance.now() - began;
}
"""


def missing() -> dict[str, str]:
    """Give the peers that are not here, and what to do about it."""
    names = {"nginx": "nginx-light", "chromium": "chromium", "ffmpeg": "ffmpeg"}
    return {
        each: f"apt-get install {name}" for each, name in names.items() if not shutil.which(each)
    }


def timed_ms(doing: Callable[[], object]) -> float:
    """Measure once."""
    began = time.perf_counter()
    doing()
    return (time.perf_counter() - began) * 1000


def lanes(box: Box, recording: str, index: FilmIndex, plain: Path, count: int) -> Rounds:
    """Measure the strip and the wave from the sealed film, beside ffmpeg on the plain one."""
    desk = box.desk()
    identities = desk.case_identities(box.case)
    path = box.layout.film(recording)
    with path.open("rb") as file:
        import os

        def opened() -> Callable[[int, int], bytes]:
            # anew each time: nothing of an earlier round is still open
            pread = lambda at, size: os.pread(file.fileno(), size, at)  # noqa: E731
            return FilmReader(pread, path.stat().st_size, identities).read_at

        found = rounds(
            {
                "vigbox strip": lambda: timed_ms(lambda: make_strip(index, opened())),
                "ffmpeg strip": lambda: timed_ms(lambda: _ffmpeg_strip(plain)),
                "vigbox wave": lambda: timed_ms(lambda: make_wave(index, opened())),
                "pcm and numpy": lambda: timed_ms(lambda: _pcm_peaks(plain)),
            },
            count,
        )
    desk.close()
    return found


def _ffmpeg_strip(plain: Path) -> None:
    tiles = "select='not(mod(n,10))',scale=160:90,tile=12x5"
    subprocess.run(
        ["ffmpeg", "-y", "-v", "error", "-skip_frame", "nokey", "-i", str(plain), "-vf", tiles,
         "-fps_mode", "passthrough", "-frames:v", "1", str(plain.with_name("strip.jpg"))],
        check=True,
    )  # fmt: skip


def _pcm_peaks(plain: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-i", str(plain), "-f", "s16le", "-"]
    told = subprocess.run(command, check=True, capture_output=True).stdout
    samples = np.frombuffer(told, np.int16)
    np.abs(samples[: len(samples) // 960 * 960].reshape(-1, 960)).max(1)


def ranges(clients: dict[str, tuple[Client, str]], size: int, count: int, word: str = "") -> Rounds:
    """Measure 512 KiB anywhere, the same places for both, and 64 MiB in a row."""

    def anywhere(name: str) -> float:
        client, path = clients[name]
        places = random.Random(turns[name]).sample(range(size - _RANGE_BYTES), _RANGES)
        turns[name] += 1
        took = timed_ms(lambda: [client.get(path, (at, at + _RANGE_BYTES - 1)) for at in places])
        return took / _RANGES

    def in_a_row(name: str) -> float:
        client, path = clients[name]
        starts = range(0, min(size, 64 << 20) - _PIECE_BYTES, _PIECE_BYTES)
        return timed_ms(lambda: [client.get(path, (at, at + _PIECE_BYTES - 1)) for at in starts])

    turns = dict.fromkeys(clients, 0)
    named: dict[str, Callable[[], float]] = {}
    for name in clients:
        named[f"{name} 512 KiB{word}"] = lambda name=name: anywhere(name)  # type: ignore[misc]
        named[f"{name} 64 MiB{word}"] = lambda name=name: in_a_row(name)  # type: ignore[misc]
    return rounds(named, count)


def await_lanes(client: Client, recording: str) -> None:
    """Wait until nothing is made behind the film any more."""
    until_s = time.monotonic() + _LANES_S
    while json.loads(client.get(f"/recordings/{recording}/lanes"))["state"] != "ready":
        if time.monotonic() > until_s:
            raise RuntimeError("the lanes of the film do not get ready")
        time.sleep(0.5)


@contextlib.contextmanager
def browser(box: Box, ports: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Open one page of Chromium at each server, the box's unlocked, nothing cached."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--mute-audio"]
        )
        pages: dict[str, Any] = {}
        for name, port in ports.items():
            page = chromium.new_context().new_page()
            page.goto(f"http://127.0.0.1:{port}/")
            if name == "vigbox":
                page.fill("#passphrase", box.secrets.passphrase)
                page.click("#unlock")
                page.wait_for_selector("h1:has-text('Recordings')")
                page.goto(f"http://127.0.0.1:{port}/machines")
            pages[name] = page
        yield pages
        chromium.close()


def shape(page: Any, bytes_per_s: float) -> None:  # noqa: ANN401  # playwright's Page
    """Let a page load no faster than this; -1 is as fast as it can."""
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    link.send("Network.setCacheDisabled", {"cacheDisabled": True})
    facts = {"offline": False, "latency": 0, "downloadThroughput": bytes_per_s}
    link.send("Network.emulateNetworkConditions", {**facts, "uploadThroughput": bytes_per_s})


def seeks(
    pages: dict[str, Any], films: dict[str, str], length_s: float, count: int, *, loads: int
) -> Rounds:
    """Measure first pictures and seeks, unshaped and at 30 Mbit/s, each page in turn."""
    found: Rounds = {}
    places, most_s = {name: random.Random(count) for name in pages}, length_s - 2
    for word, speed in (("", -1.0), (" at 30 Mbit/s", _SLOW_BYTES_PER_S)):
        for page in pages.values():
            shape(page, speed)
        found |= rounds(
            {
                f"{name} first picture{word}": lambda n=name: _first(pages[n], films[n])  # type: ignore[misc]
                for name in pages
            },
            loads,
        )
        found |= rounds(
            {
                f"{name} seek{word}": lambda n=name: float(  # type: ignore[misc]
                    pages[n].evaluate(_SEEK, places[n].uniform(1, most_s))
                )
                for name in pages
            },
            count,
        )
    return found


def _first(page: Any, film: str) -> float:  # noqa: ANN401
    asked = (
        [film, None] if "film-" not in film and film.startswith("/recordings/") else [None, film]
    )
    return float(page.evaluate(_FIRST_PICTURE, asked))


def lists(box: Box, client: Client, count: int) -> tuple[float, list[float]]:
    """Measure the list of 10,000: the first time, and then."""
    box.fill_list(9_999)
    client.again()
    return timed_ms(lambda: client.get("/")), [
        timed_ms(lambda: client.get("/")) for _ in range(count)
    ]


def measure(folder: Path, *, is_quick: bool, absent: set[str]) -> tuple[Rounds, dict[str, float]]:
    """Run every measure beside its peers; gives the rounds and the plain figures."""
    served, run = folder / "plain", folder / "run"
    for each in (served, run):
        each.mkdir()
    minutes = _QUICK_MINUTES if is_quick else _MINUTES
    film: Film = make_film(packets(), minutes)
    box, plain = Box.make(folder / "data"), served / "film.mp4"
    index, recording = plain_mp4(film, plain), box.keep(film)
    del film.data[:]
    found = lanes(box, recording, index, plain, 3 if is_quick else 9)
    figures: dict[str, float] = {}
    with contextlib.ExitStack() as running:
        ports = {"vigbox": running.enter_context(box_web(box, run))}
        if "nginx" not in absent:
            ports["nginx"] = running.enter_context(nginx(served))
        client = Client(ports["vigbox"], box.secrets.passphrase)
        watch = f"/recordings/{recording}"
        address = re.search(r"/recordings/\w+/film-\d+\.mp4", client.get(watch).decode())
        if address is None:
            raise RuntimeError("the page of the recording names no film")
        clients = {"vigbox": (client, address[0])}
        if "nginx" in ports:
            clients["nginx"] = (Client(ports["nginx"]), "/film.mp4")
        size, turns = plain.stat().st_size, 5 if is_quick else 15
        found |= ranges(clients, size, turns, " beside lanes")
        await_lanes(client, recording)
        found |= ranges(clients, size, turns)
        if "chromium" not in absent:
            films = {"vigbox": watch, "nginx": "/film.mp4"}
            with browser(box, ports) as pages:
                found |= seeks(pages, films, minutes * 60, 2 * turns, loads=3 if is_quick else 7)
            figures["first_frame_ms"] = round(median(found, "vigbox first picture"), 1)
        cold, warm = lists(box, client, 7)
        figures["list_10000_ms"] = round(sorted(warm)[len(warm) // 2], 1)
        figures["list_cold_ms"] = round(cold, 1)
    return found, figures


def pairs_of(found: Rounds) -> dict[str, tuple[str, str]]:
    """Name the ratios of two measures, without those whose peer is missing."""
    pairs = {
        "seek_vs_nginx": ("vigbox seek at 30 Mbit/s", "nginx seek at 30 Mbit/s"),
        "seek_unshaped_vs_nginx": ("vigbox seek", "nginx seek"),
        "range_vs_nginx": ("vigbox 512 KiB", "nginx 512 KiB"),
        "range_beside_lanes_vs_nginx": (
            "vigbox 512 KiB beside lanes",
            "nginx 512 KiB beside lanes",
        ),
        "sequential_vs_nginx": ("vigbox 64 MiB", "nginx 64 MiB"),
        "strip_vs_ffmpeg": ("ffmpeg strip", "vigbox strip"),
        "peaks_vs_pcm": ("vigbox wave", "pcm and numpy"),
    }
    return {name: pair for name, pair in pairs.items() if set(pair) <= set(found)}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.review", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    absent = missing()
    for name, what_to_do in absent.items():
        print(f"{name} is missing ({what_to_do}): no figure beside it", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        found, figures = measure(Path(folder), is_quick=given.quick, absent=set(absent))
    if not given.json:
        print("milliseconds; the film is 720p at 4 Mbit/s")
        show(found, "ms")
        show_ratios(found, pairs_of(found))
    figures |= {name: ratio(found, *pair) for name, pair in pairs_of(found).items()}
    report(figures, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
