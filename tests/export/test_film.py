"""Films to keep, as they are made: read back by ffmpeg, ffprobe and Chromium."""

import contextlib
import os
import random
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from tests.export.filmed import RATE, Opened, Sink, even, shown
from tests.journeys import outside
from tests.journeys.demo import chromium, until
from tests.media import drawn
from vigbox.devices.drawn import picture_number
from vigbox.export import cards
from vigbox.export.cards import Words
from vigbox.export.film import piece, write
from vigbox.export.film_plan import plan
from vigbox.export.film_wish import Chosen, FilmError, Wish
from vigbox.export.pieces import CancelledError
from vigbox.media import rendering
from vigbox.media.faces import Box
from vigbox.media.masked import GREY
from vigbox.media.masking import Span
from vigbox.media.rendering import Limits, Rendering
from vigbox.media.walls import NoSandboxError

SAMPLES = 48_000 // RATE
FOLDERS = (tempfile.gettempdir(), "/var/tmp", "/dev/shm")  # noqa: S108  # where one would be


def nothing(_done: float) -> None:
    """Nobody waits."""


@dataclass
class Made:
    """A film that was made, and what it was made of."""

    wish: Wish
    path: Path
    steps: list[float]

    @property
    def wanted(self) -> list[int | None]:
        return list(shown(self.wish))

    def pictures(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
        return outside.pictures(self.path, drawn.SIZE)

    def numbers(self) -> list[int | None]:
        """The number in each picture; none where a card should be."""
        return [
            None if wanted is None else picture_number(grey)
            for wanted, grey in zip(self.wanted, self.pictures(), strict=True)
        ]


def make(wish: Wish, path: Path) -> Made:
    sink, steps = Sink(), list[float]()
    piece(wish).write(sink, steps.append)
    path.write_bytes(sink.getvalue())
    return Made(wish, path, steps)


@pytest.fixture(scope="module")
def film() -> Opened:
    """A recording as a camera gives it: uneven, with pictures missing."""
    return Opened(drawn.record(drawn.shots(8, 11), drawn.blocks(8, 3)))


@pytest.fixture(scope="module")
def made(film: Opened, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A film of all there is: cards, each speed, a still-stand, once more."""
    clips = [
        Chosen(film, 33, 77, Words("Mum waits", "Clip 1 of 3"), freeze=51),
        Chosen(film, 90, 121, Words("Leo looks up", "Clip 2 of 3", "½ speed"), speed=50, freeze=91),
        Chosen(even(4), 20, 41, Words("抱っこ 🙂 ", "Clip 3 of 3"), speed=25, again=True),
    ]
    opening = Words("What we saw together", "AB-12")
    wish = Wish("AB-12", clips, opening=opening, card_s=2, freeze_s=1.2)
    return make(wish, tmp_path_factory.mktemp("film") / "film.mp4")


def test_the_right_pictures_come_in_the_right_order(made: Made) -> None:
    assert made.numbers() == made.wanted


def test_clips_drawn_by_chance_show_the_very_pictures(film: Opened, tmp_path: Path) -> None:
    seed = int(os.environ.get("VIGBOX_SEED", secrets.randbits(32)))
    chance, clips = random.Random(seed), []
    for _ in range(8):
        first = chance.randrange(len(film.numbers) - 30)
        end = first + chance.randrange(1, 30)
        freeze = chance.choice((None, chance.randrange(first, end)))
        speed, again = chance.choice((100, 50, 25)), chance.random() < 0.3
        clips.append(Chosen(film, first, end, speed=speed, freeze=freeze, again=again))
    some = make(Wish("AB-12", clips, freeze_s=0.4), tmp_path / "some.mp4")
    assert some.numbers() == some.wanted, f"seed {seed}"


def test_slow_motion_shows_each_picture_twice_or_four_times(tmp_path: Path) -> None:
    film = even(4)
    numbers = film.numbers[20:40]
    for speed, times in ((100, 1), (50, 2), (25, 4)):
        slow = make(Wish("AB-12", [Chosen(film, 20, 40, speed=speed)]), tmp_path / "slow.mp4")
        assert slow.numbers() == [number for number in numbers for _ in range(times)]


def test_the_freeze_frame_stands_and_the_clip_goes_on(tmp_path: Path) -> None:
    film = even(4)
    still = make(Wish("AB-12", [Chosen(film, 20, 40, freeze=25)], freeze_s=2), tmp_path / "f.mp4")
    numbers = film.numbers
    assert still.numbers() == numbers[20:26] + [numbers[25]] * 50 + numbers[26:40]


def test_what_is_masked_is_covered_in_every_part_of_a_film(film: Opened, tmp_path: Path) -> None:
    mask = (Span(0, 1000, Box(40, 40, 120, 100)),)
    clip = Chosen(film, 33, 53, Words("Mum waits"), speed=50, freeze=40, again=True, masks=[mask])
    made = make(Wish("AB-12", [clip], card_s=0.4, freeze_s=0.4), tmp_path / "masked.mp4")
    beneath = made.pictures()[10:, 48:132, 48:152].astype(int)
    assert len(beneath) == len(made.wanted) - 10, "behind the card"
    assert np.ptp(beneath) <= 6
    assert abs(int(np.median(beneath)) - GREY) <= 2
    assert made.steps == sorted(made.steps)
    (seen,) = {len(outside.times(made.path)), len(made.wanted)}
    assert seen == plan(made.wish).pictures


def test_cards_are_the_pictures_that_were_drawn(made: Made) -> None:
    seen = made.pictures().astype(int)
    wanted = made.wanted
    starts = [n for n, each in enumerate(wanted) if each is None and wanted[n - 1] is not None]
    words = [made.wish.opening, *(each.words for each in made.wish.chosen)]
    # the opening's and the first clip's stand one behind the other
    places = [0, 50, *starts[1:]]
    for place, each in zip(places, words, strict=True):
        assert each is not None
        card = np.frombuffer(cards.draw(each, *drawn.SIZE), np.uint8).reshape(180, 320, 3)
        grey = card.astype(float) @ (0.2126, 0.7152, 0.0722)
        assert grey.max() > 200
        apart = np.abs(grey - seen[place + 25])
        assert apart.mean() < 2
        # the words come out of the dark
        assert seen[place].max() < 60


def test_it_is_as_long_as_planned(made: Made) -> None:
    planned = plan(made.wish)
    assert len(outside.times(made.path)) == planned.pictures
    found = outside.lengths(made.path)
    assert found["video"] == pytest.approx(planned.length_s, abs=0.001)
    assert found["audio"] == pytest.approx(planned.length_s, abs=0.001)
    assert np.diff(outside.times(made.path)) == pytest.approx(1 / RATE, abs=1e-5)


def test_it_is_what_every_tablet_plays(made: Made) -> None:
    told = outside.ffprobe(made.path, "-show_streams")
    picture, sound = (
        next(each for each in told["streams"] if each["codec_type"] == kind)
        for kind in ("video", "audio")
    )
    assert (picture["codec_name"], picture["profile"]) == ("h264", "High")
    assert (picture["width"], picture["height"]) == drawn.SIZE
    assert picture["pix_fmt"] == "yuv420p"
    assert (picture["color_space"], picture["color_range"]) == ("bt709", "tv")
    assert picture["level"] <= 41
    assert picture["has_b_frames"] == 0
    assert (sound["codec_name"], sound["profile"], sound["sample_rate"]) == ("aac", "LC", "48000")
    outside.plays_silently(made.path)


def test_each_clip_is_a_chapter_however_a_player_looks_for_it(made: Made, tmp_path: Path) -> None:
    wanted, at = [], 0.0
    for scene in plan(made.wish).scenes:
        wanted.append((scene.chapter, round(at, 3)))
        at += scene.pictures / RATE
    assert wanted[1][0] == "AB-12 · 1 · Mum waits"
    data = made.path.read_bytes()
    # once Apple's way alone, once the other alone
    for kind in (b"chpl", b"tref"):
        assert data.count(kind) == 1
        path = tmp_path / "one.mp4"
        path.write_bytes(data.replace(kind, b"free"))
        told = outside.ffprobe(path, "-show_chapters")["chapters"]
        assert [
            (each["tags"]["title"], round(float(each["start_time"]), 3)) for each in told
        ] == wanted


def test_sound_stays_at_its_picture_at_full_and_at_half_speed(tmp_path: Path) -> None:
    film = even(8)
    for speed, most_s in ((100, 0.005), (50, 0.035)):
        wish = Wish("AB-12", [Chosen(film, 12, 160, Words("Look"), speed=speed)], card_s=1)
        pairs = outside.flashes_and_beeps(make(wish, tmp_path / "sync.mp4").path)
        assert len(pairs) >= 4
        assert max(abs(flash - beep) for flash, beep in pairs) <= most_s


def test_half_speed_keeps_the_pitch(tmp_path: Path) -> None:
    wish = Wish("AB-12", [Chosen(even(4), 20, 80, speed=50)])
    sound = outside.sound(make(wish, tmp_path / "slow.mp4").path)
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    beep = sound[loud[0] : loud[0] + 7200]
    frequency = np.abs(np.fft.rfft(beep * np.hanning(len(beep)))).argmax() * 48_000 / len(beep)
    assert frequency == pytest.approx(1000, abs=15)


def test_cards_still_stands_and_quarter_speed_are_silent(made: Made) -> None:
    sound = np.abs(outside.sound(made.path))
    start, loudest = 0, []
    for scene in plan(made.wish).scenes:
        for part in scene.parts:
            end = start + part.pictures * SAMPLES
            # AAC smears a little over an edge
            inner = sound[start + 2048 : end - 2048]
            loudest.append((type(part).__name__, getattr(part, "slowness", 0), inner.max()))
            start = end
    assert all(most < 0.001 for kind, slow, most in loudest if kind != "Played" or slow == 4)
    assert all(most > 0.2 for kind, slow, most in loudest if kind == "Played" and slow == 1)


def test_a_recording_without_sound_is_silent_and_of_another_shape_is_framed(
    film: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawn, "SIZE", (180, 320))
    tall = Opened(drawn.record(drawn.shots(2, 4), None))
    monkeypatch.undo()
    wish = Wish("AB-12", [Chosen(film, 33, 77), Chosen(tall, 5, 25)])
    both = make(wish, tmp_path / "both.mp4")
    first = plan(wish).scenes[0].pictures
    assert both.numbers()[:first] == both.wanted[:first]
    framed = both.pictures()[first + 5].astype(int)
    assert framed[:, 115:205].mean() > 80
    assert framed[:, :105].max() < 40
    assert framed[:, 215:].max() < 40
    sound = np.abs(outside.sound(both.path))
    assert sound[(first * SAMPLES + 4096) :].max() < 0.001


def test_it_plays_in_chromium_to_its_last_picture(made: Made) -> None:
    page_path = made.path.with_suffix(".html")
    page_path.write_text(f"<video id=film src={made.path.name}></video>")
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page()
        page.goto(page_path.as_uri())
        ended_s = page.evaluate(
            """() => new Promise((done, fail) => {
                const film = document.getElementById("film");
                film.addEventListener("ended", () => done([film.currentTime, film.duration]));
                film.addEventListener("error", () => fail(film.error.message));
                film.playbackRate = 4;
                film.play().catch(fail);
            })"""
        )
    assert ended_s == pytest.approx([plan(made.wish).length_s] * 2, abs=0.05)


def test_progress_is_true_and_never_goes_back(made: Made) -> None:
    assert made.steps == sorted(made.steps)
    assert made.steps[-1] == 1.0
    assert len({round(each, 1) for each in made.steps}) >= 6


def test_the_same_wish_gives_the_same_bytes(tmp_path: Path) -> None:
    wish = Wish("AB-12", [Chosen(even(2), 5, 25, Words("Again"), again=True)], card_s=1)
    first, second = (make(wish, tmp_path / name).path.read_bytes() for name in ("a", "b"))
    assert first == second


def test_nothing_of_it_is_on_a_disk(tmp_path: Path) -> None:
    # a film of its own: the drawn ones of other tests may lie in files, and have the same pictures
    film = Opened(drawn.record(drawn.shots(8, 11, ":crf=17"), drawn.blocks(8, 3)))
    sink, began_s = Sink(), time.time() - 1
    piece(Wish("AB-12", [Chosen(film, 33, 77, Words("Mum waits"))])).write(sink, nothing)
    data = sink.getvalue()
    key = next(n for n in range(33, 77) if film.index.is_keyframe[n])
    inside = film.film.read_at(film.index.pictures.place(key) + 100, 32)
    markers = (data[len(data) // 2 : len(data) // 2 + 32], inside)
    # this one alone, so that the search is known to find
    (tmp_path / "proof").write_bytes(b"".join(markers))
    found = [held for held in written_since(began_s) if any(each in held for each in markers)]
    assert found == [b"".join(markers)]


def written_since(began_s: float) -> Iterator[bytes]:
    """What lies in every file that is as new as that; other files may come and go meanwhile."""
    for top in FOLDERS:
        for folder, _, names in os.walk(top):
            for path in (Path(folder, name) for name in names):
                with contextlib.suppress(OSError):
                    if path.is_file() and path.lstat().st_mtime >= began_s:
                        yield path.read_bytes()


def test_what_is_cancelled_leaves_no_process(film: Opened) -> None:
    sink, seen = Sink(), set[int]()

    def step(done: float) -> None:
        if done > 0:
            seen.update(begun())
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        piece(Wish("AB-12", [Chosen(film, 10, 150, speed=25)])).write(sink, step)
    assert len(seen) >= 2
    # of the walls' own first process a moment is left, of ffmpeg nothing
    until("all of it is gone", lambda: not seen & alive())


def test_it_can_be_cancelled_while_nothing_comes(
    film: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "exec sleep 60")
    calls = []

    def step(done: float) -> None:
        calls.append(done)
        if len(calls) > 4:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        piece(Wish("AB-12", [Chosen(film, 10, 20)])).write(Sink(), step)
    assert calls == [0] * 5


def test_a_program_that_hangs_is_ended_and_told(
    film: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "exec sleep 60")
    began_s = time.monotonic()
    with pytest.raises(FilmError, match="clip 1 took too long"):
        piece(Wish("AB-12", [Chosen(film, 10, 20)]), Limits(silence_s=0.5)).write(Sink(), nothing)
    assert time.monotonic() - began_s < 10
    assert not begun()


def test_a_program_that_only_trickles_is_ended_and_told(
    film: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trickle = "while :; do for n in 3 4 5 6 7 8 9; do echo x >&$n; done; sleep 0.05; done"
    stand_in(tmp_path, monkeypatch, f"exec bash -c '{trickle}' 2>/dev/null")
    limits = Limits(silence_s=30, whole_s=1)
    with pytest.raises(FilmError, match="clip 1 took too long"):
        piece(Wish("AB-12", [Chosen(film, 10, 20)]), limits).write(Sink(), nothing)


def test_a_program_that_fails_is_told_in_a_sentence(film: Opened) -> None:
    begun = piece(Wish("AB-12", [Chosen(film, 10, 20)]), Limits(memory_bytes=150 << 20))
    with pytest.raises(FilmError, match="clip 1 could not be read, or asks for more") as told:
        begun.write(Sink(), nothing)
    assert "ffmpeg" not in str(told.value)
    assert "\n" not in str(told.value)
    # what the program said is for the log alone
    cause = told.value.__cause__
    assert cause is not None
    assert "ffmpeg: error" in cause.__notes__[0]


class Lies(Rendering):
    """A program that was broken into: it gives one thing again and again."""

    def __init__(self, made: rendering.Made) -> None:
        self.given = 0
        self._made = made

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""

    def __iter__(self) -> Iterator[rendering.Made]:
        while self.given < 10_000:
            self.given += 1
            yield self._made


PICTURE = b"\0\0\0\1\x09\x10\0\0\0\1\x41"


@pytest.mark.parametrize(
    ("said", "most"),
    [
        (rendering.Made(picture=bytes(1 << 20)), 65),
        (rendering.Made(picture=PICTURE + b"\x55" * (8 << 20)), 9),
        (rendering.Made(picture=PICTURE), 15),
        (rendering.Made(picture=PICTURE + b"\0\0\1\x67" * 65), 2),
        (rendering.Made(sound=bytes(2 * SAMPLES)), 14),
    ],
)
def test_a_program_that_gives_more_than_is_due_is_ended_and_told(
    film: Opened, said: rendering.Made, most: int
) -> None:
    made, lies = plan(Wish("AB-12", [Chosen(film, 10, 20)])), Lies(said)
    assert made.pictures == 13
    with pytest.raises(FilmError, match="clip 1 is damaged"):
        write(made, lambda _part, _shape: lies, Sink(), nothing)
    assert lies.given <= most


def test_without_bubblewrap_or_ffmpeg_nothing_is_made(
    film: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bwrap").symlink_to("/usr/bin/bwrap")
    for folder, missing in (("/nowhere", "bubblewrap"), (str(tmp_path), "ffmpeg")):
        monkeypatch.setenv("PATH", folder)
        with pytest.raises(NoSandboxError, match=f"{missing} is not installed"):
            piece(Wish("AB-12", [Chosen(film, 10, 20)])).write(Sink(), nothing)


def test_a_clip_of_which_no_picture_is_left_is_told_by_its_number(film: Opened) -> None:
    spoilt = Opened(drawn.Film(bytearray(film.film.data), film.film.sidecar, film.film.shots))
    pictures = spoilt.index.pictures
    for number in range(len(pictures.times)):
        place, size = pictures.place(number), pictures.sizes[number] - 4
        spoilt.film.data[place + 4 : place + 4 + size] = b"\xff" * size
    wish = Wish("AB-12", [Chosen(film, 10, 20), Chosen(spoilt, 33, 77)])
    with pytest.raises(FilmError, match="clip 2"):
        piece(wish).write(Sink(), nothing)


def test_its_name_has_the_code_alone(film: Opened) -> None:
    made = piece(Wish("AB-12", [Chosen(film, 10, 20, Words("Leo looks up"))]))
    assert (made.name, made.kind) == ("AB-12 film.mp4", "film")


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, play: str) -> None:
    """Let another program stand where bubblewrap is."""
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{play}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def begun() -> set[int]:
    """Every process that we began, and what those began."""
    parents = {pid: parent for pid, parent, state in processes() if state != "Z"}
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def alive() -> set[int]:
    return {pid for pid, _, state in processes() if state != "Z"}


def processes() -> Iterator[tuple[int, int, str]]:
    """Each process, its parent and its state (proc(5))."""
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = each.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
                yield int(each.name), int(parent), state
