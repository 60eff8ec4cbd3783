"""Cuts by chance are exact: each picture is the very one, each sample of sound at its place.

Another seed each run, VIGBOX_SEED brings it back; VIGBOX_SOAK=1 makes 1,000 cuts of ten films.
"""

import base64
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.media import drawn
from tests.media.clip_proof import SEED, SOAK, Source
from vigbox.devices.drawn import picture_number

_log = logging.getLogger(__name__)

FILMS, EACH = (10, 100) if SOAK else (2, 30)
PLAYED = 30 if SOAK else 5
SECONDS = 12

_PLAY = """
async (text) => {
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  document.querySelector("video")?.remove();
  const video = document.createElement("video");
  document.body.append(video);
  video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
  await new Promise((done, failed) => {
    video.onended = done;
    video.onerror = () => failed(new Error(video.error.message));
    video.play();
  });
  for (let more = 0; more < 5; more += 1) await new Promise(requestAnimationFrame);
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const paper = canvas.getContext("2d");
  paper.drawImage(video, 0, 0);
  const seen = paper.getImageData(0, 0, canvas.width, canvas.height).data;
  return { seen: Array.from(seen.filter((_, at) => at % 4 === 1)), length: video.duration };
}
"""


@pytest.fixture(scope="module", params=range(FILMS))
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Source:
    return Source.make(SECONDS, SEED + request.param, tmp_path_factory.mktemp("source"))


def test_cuts_by_chance_are_exact(source: Source, tmp_path: Path) -> None:
    rng = random.Random(SEED)
    for first, end in source.ranges(rng, EACH):
        _log.info("VIGBOX_SEED=%d pictures %d to %d", SEED, first, end)
        source.prove(first, end, tmp_path / "clip.mp4")
    print(f"VIGBOX_SEED={SEED}: {EACH} cuts, 0 frame errors")  # noqa: T201


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
        )
        yield chromium.new_page()
        chromium.close()


def played(page: Page, path: Path) -> tuple[int, float]:
    """Play a clip to its end in Chromium; gives the number of the last picture, and its length."""
    told: dict[str, Any] = page.evaluate(_PLAY, base64.b64encode(path.read_bytes()).decode())
    width, height = drawn.SIZE
    return picture_number(np.array(told["seen"]).reshape(height, width)), told["length"]


@pytest.mark.journey
def test_clips_play_to_their_last_picture_in_a_browser(
    source: Source, page: Page, tmp_path: Path
) -> None:
    path, rng = tmp_path / "clip.mp4", random.Random(SEED + 1)
    for first, end in source.ranges(rng, 3 + PLAYED)[1:]:
        made = source.cut(first, end, path)
        number, length_s = played(page, path)
        assert number == source.film.shots[end - 1].number, f"VIGBOX_SEED={SEED}"
        assert length_s == pytest.approx(made.length_ns / 10**9, abs=0.03)


@pytest.mark.journey
def test_a_clip_with_its_tables_at_the_end_plays_too(
    source: Source, page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    source.cut(7, 60, path, most_held_bytes=1000)
    number, _ = played(page, path)
    assert number == source.film.shots[59].number
