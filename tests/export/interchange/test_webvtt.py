import io
from pathlib import Path

import webvtt
from playwright.sync_api import sync_playwright

from tests.export.interchange import made
from tests.journeys.demo import chromium
from vigbox.export.interchange import webvtt as ours

_CUES = """
async (text) => {
  const video = document.createElement("video"), track = document.createElement("track");
  track.kind = "metadata";
  track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
  video.append(track);
  document.body.append(video);
  track.track.mode = "hidden";
  await new Promise((done, failed) => { track.onload = done; track.onerror = failed; });
  return [...track.track.cues].map((cue) =>
    [cue.id, cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]);
}
"""


def wanted() -> list[tuple[str, float, float, str]]:
    cues = [
        (f"clip-{each.number}", each.start_ticks, each.end_ticks, made.NOTED.label(each))
        for each in made.SPANS
    ]
    cues += [
        (f"mark-{n}", at, at + 90_000, f"Mark {n}")
        for n, at in enumerate(made.NOTED.marks_ticks, 1)
    ]
    return [(name, -(-a // 90) / 1000, -(-b // 90) / 1000, text) for name, a, b, text in cues]


def test_chromium_shows_every_cue_at_its_time() -> None:
    text = ours.to_bytes(made.NOTED).decode()
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page()
        found = page.evaluate(_CUES, text)
    assert sorted(map(tuple, found)) == sorted(wanted())


def test_a_parser_that_is_not_ours_reads_the_same() -> None:
    captions = webvtt.from_buffer(io.BytesIO(ours.to_bytes(made.NOTED))).captions
    found = [(each.identifier, each.start_in_seconds, each.end_in_seconds) for each in captions]
    assert len(found) == len(wanted())
    assert {each[0] for each in found} == {each[0] for each in wanted()}
    starts = [each.start for each in captions]
    assert starts == sorted(starts)


def test_without_anything_noted_it_is_a_file_still(tmp_path: Path) -> None:
    path = tmp_path / "empty.vtt"
    path.write_bytes(ours.to_bytes(made.EMPTY))
    assert len(webvtt.read(str(path))) == 0
