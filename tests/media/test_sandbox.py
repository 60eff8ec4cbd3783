"""Films from elsewhere through the real sandbox: what comes out, and what never gets in."""

import http.server
import io
import os
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vigbox.media.bubble import read_by
from vigbox.media.foreign_limits import Checked
from vigbox.media.foreign_pictures import Pictures
from vigbox.media.jobs import Job, Order, Reading, Share, Walls
from vigbox.media.moov import AudioFormat
from vigbox.media.mux import Muxer
from vigbox.media.sandbox import Conversion, ForeignFilmError, Limits
from vigbox.media.sniff import HEAD_BYTES, NotAFilmError, demuxer_of
from vigbox.media.sound import RATE, SoundTrack
from vigbox.media.walls import NoSandboxError, memory_for
from vigbox.media.wire_messages import End, Picture, Shape, Sound, WireError

FILM_ID = "0123456789abcdef0123456789abcdef"


@dataclass
class Made:
    """What the sandbox gave, and the film that is muxed of it."""

    shape: Shape | None = None
    pictures: list[Picture] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)
    end: End | None = None

    @property
    def times_ms(self) -> list[int]:
        return [each.tick // 90 for each in self.pictures]

    def film(self) -> bytes:
        assert self.shape is not None
        muxer = Muxer(
            width=self.shape.width,
            height=self.shape.height,
            parameter_sets=self.shape.parameter_sets,
            audio=AudioFormat(RATE, 1, SoundTrack.config) if self.shape.has_sound else None,
            film_id=FILM_ID,
        )
        data = bytearray(muxer.header())
        for picture in self.pictures:
            time_ns = (picture.tick * 100_000 + 4) // 9
            muxer.add_picture(picture.data, time_ns, is_keyframe=picture.is_keyframe)
        for sound in self.sounds:
            muxer.add_sound(sound.data, sound.sample)
        while (fragment := muxer.flush()) is not None:
            data += fragment.data
        return bytes(data)


def order(data: bytes, demuxer: str = "") -> Order:
    return Order(demuxer or demuxer_of(data[:HEAD_BYTES]), len(data), 4_000_000, 30, 3600)


def command(what: Order) -> list[str]:
    return read_by(Reading(what, Share(Limits().memory_bytes, Limits().processor_s)))


def convert(
    data: bytes, *, demuxer: str = "", limits: Limits | None = None, walls: Walls | None = None
) -> Made:
    made = Made()

    def read_at(offset: int, size: int) -> bytes:
        return data[offset : offset + size]

    with Conversion(order(data, demuxer), read_at, limits=limits, walls=walls) as conversion:
        for part in conversion:
            match part:
                case Shape():
                    made.shape = part
                case Picture():
                    made.pictures.append(part)
                case Sound():
                    made.sounds.append(part)
                case End():
                    made.end = part
    return made


def ffmpeg(path: Path, *words: str) -> bytes:
    subprocess.run(["ffmpeg", "-v", "error", *words, str(path)], check=True, timeout=120)
    return path.read_bytes()


def source(size: str = "320x180", rate: int = 25, seconds: float = 2) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}")


X264 = ("-c:v", "libx264", "-preset", "ultrafast")
TONE = ("-f", "lavfi", "-i", "sine=440:d=2:r=44100")
LOUD_5_1 = ("-f", "lavfi", "-i", "sine=440:d=2:r=44100", "-ac", "6")


@pytest.mark.parametrize(
    ("name", "words", "size", "has_sound"),
    [
        (
            "odd.webm", (*source("853x479"), "-c:v", "libvpx-vp9", "-cpu-used", "8"),
            (852, 478), False,
        ),
        ("new.mkv", (*source(), "-c:v", "libaom-av1", "-cpu-used", "8"), (320, 180), False),
        (
            "phone.mov",
            (*source(), *TONE, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
             "log-level=none", "-tag:v", "hvc1", "-c:a", "aac", "-ac", "1"),
            (320, 180), True,
        ),
        (
            "b.mp4", (*source(), *LOUD_5_1, "-c:v", "libx264", "-bf", "3", "-c:a", "aac"),
            (320, 180), True,
        ),
        ("old.avi", (*source(), *TONE, "-c:v", "mjpeg", "-c:a", "pcm_s16le"), (320, 180), True),
        ("camera.mts", (*source(), *TONE, *X264, "-c:a", "ac3"), (320, 180), True),
        ("tall.mp4", (*source("2160x3840", 10, 1), *X264), (1080, 1920), False),
        ("anamorphic.mp4", (*source("320x240"), *X264, "-vf", "setsar=4/3"), (426, 240), False),
    ],
)  # fmt: skip
def test_what_phones_and_calls_write_becomes_our_kind_of_film(
    tmp_path: Path,
    name: str,
    words: tuple[str, ...],
    size: tuple[int, int],
    has_sound: bool,  # noqa: FBT001
) -> None:
    made = convert(ffmpeg(tmp_path / name, *words))
    assert made.shape is not None
    assert (made.shape.width, made.shape.height) == size
    assert made.shape.has_sound is has_sound
    assert made.end == End(is_cut=False)
    assert made.times_ms[0] == 0
    with av.open(io.BytesIO(made.film()), "r") as film:
        frames = list(film.decode(video=0))
        assert len(frames) == len(made.pictures)
        assert not film.streams.video[0].codec_context.has_b_frames
    keys = [each.tick for each in made.pictures if each.is_keyframe]
    assert max(np.diff([*keys, made.pictures[-1].tick])) <= 92_000
    if has_sound:
        assert abs(len(made.sounds) * 1024 / RATE - 2) < 0.1


def test_uneven_times_stay_as_they_are(tmp_path: Path) -> None:
    uneven = "settb=1/1000,setpts='N*40+gt(N,10)*330+mod(N,3)*7'"
    words = (*source(), "-vf", uneven, *X264, "-fps_mode", "vfr", "-enc_time_base", "1/1000")
    data = ffmpeg(tmp_path / "uneven.mp4", *words)
    with av.open(io.BytesIO(data), "r") as film:
        told = [round(each.time * 1000) for each in film.decode(video=0)]
    assert convert(data).times_ms == pytest.approx([each - told[0] for each in told], abs=1)
    assert len(set(np.diff(told))) > 2


def test_sixty_pictures_a_second_are_thinned_and_holes_are_filled(tmp_path: Path) -> None:
    fast = convert(ffmpeg(tmp_path / "fast.mp4", *source(rate=60), *X264))
    assert set(np.diff(fast.times_ms)) <= {33, 34}
    hole = "setpts='(N*40+gt(N,10)*5000)/1000/TB'"
    words = (*source(), "-vf", hole, *X264, "-fps_mode", "vfr")
    held = convert(ffmpeg(tmp_path / "hole.mp4", *words))
    assert max(np.diff(held.times_ms)) <= 2000
    assert held.times_ms[-1] > 6500


@pytest.mark.parametrize("turn", [90, -90, 180])
def test_a_turned_phone_is_set_upright(tmp_path: Path, turn: int) -> None:
    half = "color=white:s=320x180:r=25:d=1,drawbox=0:0:160:180:black:fill"
    data = bytearray(ffmpeg(tmp_path / "turned.mp4", "-f", "lavfi", "-i", half, *X264))
    turn_matrix(data, turn)
    with av.open(io.BytesIO(data), "r") as film:
        told = next(film.decode(video=0)).rotation
    made = convert(bytes(data))
    assert made.shape is not None
    with av.open(io.BytesIO(made.film()), "r") as film:
        grey = next(film.decode(video=0)).to_ndarray(format="gray").astype(int)
    upright = np.rot90(np.repeat([[0] * 160 + [255] * 160], 180, axis=0), told // 90)
    assert grey.shape == upright.shape
    assert np.abs(grey - upright).mean() < 12


def turn_matrix(data: bytearray, turn: int) -> None:
    """Write a quarter or half turn into the film's display matrix (ISO/IEC 14496-12, 6.2.2)."""
    one = 0x10000
    a, b, c, d = {90: (0, one, -one, 0), -90: (0, -one, one, 0), 180: (-one, 0, 0, -one)}[turn]
    at = data.index(b"tkhd") + 4 + 40
    struct.pack_into(">9i", data, at, a, b, 0, c, d, 0, 0, 0, 0x40000000)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sync.mp4", ("-bf", "3", "-c:a", "aac")),
        ("sync.mkv", ("-bf", "2", "-c:a", "libopus")),
        ("sync.mts", ("-c:a", "mp2")),
        ("late.mp4", ("-c:a", "aac", "-output_ts_offset", "-0.5")),
        ("ahead.mp4", ("-c:a", "aac", "-output_ts_offset", "3")),
    ],
)
def test_flash_and_beep_stay_together(tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    picture = "color=black:s=160x120:r=25:d=4,drawbox=color=white:t=fill:enable='between(t,2,2.2)'"
    beep = "sine=1000:d=4:r=44100,volume=0:enable='not(between(t,2,2.2))'"
    whole = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", beep, *X264, *words)
    data = ffmpeg(tmp_path / name, *whole)
    told, made = flash_and_beep(data), flash_and_beep(convert(data).film())
    assert abs((made[0] - made[1]) - (told[0] - told[1])) < 0.040


def full(frame: av.AudioFrame) -> float:
    """How large its largest samples are."""
    return 1 << 15 if frame.format.name.startswith("s16") else 1.0


def flash_and_beep(film: bytes) -> tuple[float, float]:
    with av.open(io.BytesIO(film), "r") as opened:
        flash = next(
            each.time
            for each in opened.decode(video=0)
            if each.to_ndarray(format="gray").mean() > 128
        )
    with av.open(io.BytesIO(film), "r") as opened:
        rate = opened.streams.audio[0].rate or RATE
        sounds = [
            (each.time, np.abs(each.to_ndarray()).astype(float).max(axis=0) / full(each))
            for each in opened.decode(audio=0)
        ]
    start, loud = next(
        (time, samples) for time, samples in sounds if time is not None and samples.max() > 0.03
    )
    assert flash is not None
    return flash, start + int(np.argmax(loud > 0.03)) / rate


def test_sound_that_begins_first_is_not_lost(tmp_path: Path) -> None:
    words = (*TONE, "-itsoffset", "0.6", *source(), *X264, "-c:a", "aac")
    data = ffmpeg(tmp_path / "early.mkv", *words)
    with av.open(io.BytesIO(data), "r") as film:
        starts = [(each.start_time or 0) * float(each.time_base or 1) for each in film.streams]
    made = convert(data)
    assert made.times_ms[0] == 0
    assert made.times_ms[1] == pytest.approx(40 + 1000 * abs(starts[0] - starts[1]), abs=2)
    assert made.pictures[-1].tick > 2.4 * 90_000


def test_a_film_that_is_cut_off_gives_what_there_is(tmp_path: Path) -> None:
    words = (*source(seconds=6), *X264, "-movflags", "faststart")
    data = ffmpeg(tmp_path / "whole.mp4", *words)
    made = convert(data[: len(data) // 2])
    assert made.end == End(is_cut=True)
    assert 1000 < made.times_ms[-1] < 4500


def test_a_film_without_its_tables_is_told(tmp_path: Path) -> None:
    data = ffmpeg(tmp_path / "whole.mp4", *source(), *X264)
    with pytest.raises(ForeignFilmError, match="cut off"):
        convert(data[: data.index(b"moov") - 8])


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    with pytest.raises(ForeignFilmError, match="no picture"):
        convert(ffmpeg(tmp_path / "talk.mp4", *TONE, "-c:a", "aac"))


@pytest.mark.parametrize(
    "head", [b"", b"text", b"PK\3\4" + bytes(99), b"#EXTM3U\n", b"ffconcat version 1.0\n", b"<MPD>"]
)
def test_what_is_no_film_never_reaches_the_worker(head: bytes) -> None:
    with pytest.raises(NotAFilmError):
        demuxer_of(head)


class Canary(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012  # remembered for the test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *words: object) -> None:
        pass


@pytest.mark.parametrize("demuxer", ["mov", "matroska", "mpegts", "avi"])
def test_nothing_is_fetched_or_opened_on_a_films_word(tmp_path: Path, demuxer: str) -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/secret.ts"
    secret = tmp_path / "secret.mp4"
    film = ffmpeg(secret, *source(), *X264)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{address}\n#EXT-X-ENDLIST\n"
    concat = f"ffconcat version 1.0\nfile {secret}\n"
    for data in (playlist.encode(), concat.encode(), referring(film, str(secret).encode())):
        try:
            made = convert(data, demuxer=demuxer)
        except ForeignFilmError:
            continue
        assert not made.pictures
    server.shutdown()
    server.server_close()
    assert Canary.asked == []


def referring(film: bytes, elsewhere: bytes) -> bytes:
    """Let a film's samples lie in another file: a url in its data reference, not self-contained."""
    at, mdat = film.index(b"url \0\0\0\1"), film.index(b"mdat") + 4
    (size,) = struct.unpack_from(">I", film, mdat - 8)
    emptied = bytearray(film)
    emptied[mdat : mdat - 8 + size] = bytes(size - 8)
    emptied[at + 4 : at + 8] = bytes(4)
    return bytes(emptied) + elsewhere


def test_huge_pictures_are_refused(tmp_path: Path) -> None:
    data = bytearray(ffmpeg(tmp_path / "huge.avi", *source(), "-c:v", "rawvideo"))
    at = data.index(b"strf") + 8
    struct.pack_into("<II", data, at + 4, 30_000, 30_000)
    with pytest.raises(ForeignFilmError):
        convert(bytes(data))


def test_what_takes_too_much_memory_is_stopped_and_told(tmp_path: Path) -> None:
    data = ffmpeg(tmp_path / "large.mp4", *source("3840x2160", 10, 1), *X264)
    with pytest.raises(ForeignFilmError, match=r"memory|asks for more"):
        convert(data, limits=Limits(memory_bytes=300 << 20))


@pytest.mark.parametrize(("machine", "share"), [(0.5, 640), (1, 640), (2, 1228), (8, 1536)])
def test_the_worker_takes_a_share_of_the_memory_that_there_is(machine: float, share: int) -> None:
    assert memory_for(int(machine * (1 << 30))) >> 20 == share


def test_a_film_of_a_phone_is_read_on_the_smallest_board(tmp_path: Path) -> None:
    data = ffmpeg(tmp_path / "phone.mp4", *source("1920x1080", 30, 1), *X264, "-bf", "3")
    limits = Limits(memory_bytes=memory_for(512 << 20))
    assert len(convert(data, limits=limits).pictures) == 30


def test_what_takes_too_long_is_stopped_and_told(tmp_path: Path) -> None:
    data = ffmpeg(tmp_path / "long.mp4", *source("1280x720", 25, 20), *X264)
    with pytest.raises(ForeignFilmError, match="asks for more"):
        convert(data, limits=Limits(processor_s=1))


def test_the_worker_works_nowhere_else(tmp_path: Path) -> None:
    words = command(order(ffmpeg(tmp_path / "a.mp4", *source(), *X264)))
    import socket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        done = subprocess.run(
            words[words.index("--") + 1 :], stdin=theirs.fileno(), check=False, timeout=60
        )
        theirs.close()
        assert ours.recv(100) == b"X\0\0\0\1\1"
    assert done.returncode == 0


def test_without_bubblewrap_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shutil.which("bwrap")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoSandboxError, match="bubblewrap is not installed"):
        command(Order("mov", 1, 1, 1, 1))


def test_walls_that_cannot_be_made_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSandboxError, match=r"cannot be made \(No permissions"):
        convert(b"\0\0\0\x18ftypmp42")


class Held:
    """Walls whose job cannot be killed: it holds what it tells on, and says nothing."""

    def __init__(self) -> None:
        self.told = -1

    def check(self, doing: str) -> None:
        raise NotImplementedError(doing)

    def begin(self, _job: Job, _files: Sequence[int], told: int) -> "Held":
        self.told = os.dup(told)
        return self

    def kill(self) -> None:
        """Be asked in vain."""

    def wait(self, within_s: float) -> int:
        raise TimeoutError(within_s)


def test_one_that_cannot_be_killed_is_not_heard_out() -> None:
    walls = Held()
    is_late = threading.Event()

    def let_go() -> None:
        is_late.set()
        os.close(walls.told)

    late = threading.Timer(30, let_go)
    late.start()
    with pytest.raises(NoSandboxError, match=r"cannot be made\. Nothing was read"):
        convert(b"\0\0\0\x18ftypmp42", walls=walls)
    late.cancel()
    assert not is_late.is_set()
    os.close(walls.told)


TRICKLES = "h.sendall(READY + b'F\\0\\0\\1\\0')\nwhile True:\n h.sendall(b'x'); time.sleep(0.05)"
ASKS_ON = "h.sendall(READY)\nwhile True:\n h.sendall(ASK); h.recv(1 << 21)"
READS_NOTHING = "h.sendall(READY + ASK * 9); time.sleep(60)"


@pytest.mark.parametrize("play", [TRICKLES, ASKS_ON, READS_NOTHING])
def test_a_worker_that_only_holds_up_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, play: str
) -> None:
    broken_in(tmp_path, monkeypatch, play)
    began_s = time.monotonic()
    with pytest.raises(ForeignFilmError, match="took too long"):
        convert(b"\0\0\0\x18ftyp" + bytes(2 << 20), limits=Limits(silence_s=0.5, whole_s=1))
    assert time.monotonic() - began_s < 10


def broken_in(folder: Path, monkeypatch: pytest.MonkeyPatch, play: str) -> None:
    """Let a program of an attacker's stand where the worker is, at the end of its connection."""
    program = folder / "bwrap"
    program.write_text(
        f"#!{sys.executable}\nimport socket, time\nh = socket.socket(fileno=0)\n"
        "READY = b'H' + bytes(4)\n"
        "ASK = b'R\\0\\0\\0\\x0c' + bytes(8) + b'\\0\\x10\\0\\0'\n" + play
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_inside_there_is_no_network_and_nothing_of_the_box() -> None:
    words = command(Order("mov", 1, 1, 1, 1))
    walls = words[: words.index("--") + 1]
    look = "import os,socket;print(sorted(os.listdir('/')),socket.if_nameindex(),dict(os.environ))"
    done = subprocess.run(
        [*walls, sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60
    )
    assert "etc" not in done.stdout
    assert "'lo'" in done.stdout
    assert "eth" not in done.stdout
    assert "PATH'" not in done.stdout.replace("PYTHONPATH'", "")


SETS = b"\0\0\0\1\x67\x64\0\x1f\0\0\0\1\x68\xee"
NO_PROFILE = b"\0\0\0\1\x67\0\0\0\1\x68\xee"


@pytest.mark.parametrize(
    "said",
    [
        [Picture(0, is_keyframe=True, data=b"x")],
        [Shape(0, 0, has_sound=False, told_ms=0, parameter_sets=SETS)],
        [Shape(4000, 100, has_sound=False, told_ms=0, parameter_sets=SETS)],
        [Shape(641, 480, has_sound=False, told_ms=0, parameter_sets=SETS)],
        [Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=b"")],
        [Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=NO_PROFILE)],
        [End(is_cut=False)],
        [Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS), End(is_cut=False)],
        [
            Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS),
            *[Picture(each, is_keyframe=not each, data=bytes(8 << 20)) for each in range(3)],
        ],
        [Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS), Sound(0, b"x")],
        [Shape(640, 480, has_sound=True, told_ms=0, parameter_sets=SETS), Sound(1024, b"x")],
        [Shape(640, 480, has_sound=True, told_ms=0, parameter_sets=SETS), Sound(0, b"x" * 9000)],
        [
            Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS),
            Picture(0, is_keyframe=False, data=b"x"),
        ],
        [
            Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS),
            Picture(0, is_keyframe=True, data=b"x"),
            Picture(0, is_keyframe=False, data=b"x"),
        ],
        [
            Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS),
            Picture(0, is_keyframe=True, data=b"x"),
            Picture(1 << 60, is_keyframe=False, data=b"x"),
        ],
        [
            Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS),
            Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS),
        ],
    ],
)
def test_what_a_broken_in_worker_says_is_not_believed(
    said: list[Shape | Picture | Sound | End],
) -> None:
    checked = Checked(3600, 30)
    for each in said[:-1]:
        checked.passed(each)
    with pytest.raises(WireError):
        checked.passed(said[-1])


def test_more_pictures_than_their_time_holds_are_not_believed() -> None:
    checked = Checked(3600, 30)
    checked.passed(Shape(640, 480, has_sound=False, told_ms=0, parameter_sets=SETS))
    pictures = [Picture(tick, is_keyframe=True, data=b"x") for tick in range(1000)]
    for each in pictures[:32]:
        checked.passed(each)
    with pytest.raises(WireError, match="more than any film has"):
        checked.passed(pictures[32])


@pytest.mark.parametrize("every_s", [Fraction(1, 240), Fraction(1, 60), None])
def test_as_many_pictures_as_the_worker_gives_are_believed(every_s: Fraction | None) -> None:
    with av.open(io.BytesIO(), "w", format="mp4") as sink:
        pictures = Pictures(sink.add_stream("libx264", rate=25), 4_000_000, 30)
    checked, frame = Checked(3600, 30), av.VideoFrame(32, 32, "yuv420p")
    checked.passed(Shape(32, 32, has_sound=False, told_ms=0, parameter_sets=SETS))
    for number in range(600):
        # the most there can be: those without a time, and each time one that comes just after
        after = None if number % 2 else Fraction(pictures.last_tick + 1, 90_000)
        time = number * every_s if every_s else after
        for picture, _ in pictures.add(frame, time):
            checked.passed(picture)
    assert pictures.last_tick > 90_000
