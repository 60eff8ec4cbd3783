"""The walls around the ffmpeg program, looked at from inside, and its graph from outside."""

import io
import subprocess
from itertools import pairwise

import pytest

from tests.export.filmed import even
from tests.media import drawn
from vigbox.media.bubble import made_by
from vigbox.media.cut import cut_clip
from vigbox.media.graph import program
from vigbox.media.jobs import Share
from vigbox.media.rendering import Limits, Made, RenderError, Rendering
from vigbox.media.scene import Card, Format, Moving, Part, Standing
from vigbox.media.walls import memory_for

SHAPE = Format(320, 180, 25)
PARTS: list[Part] = [
    Card(bytes(320 * 180 * 3), 25),
    Moving(b"", 25, 2),
    Standing(b"", 25),
    Moving(b"", 9, 4),
]


def inside(*words: str) -> "subprocess.CompletedProcess[str]":
    command = made_by(list(words), Share(Limits().memory_bytes, Limits().processor_s))
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_inside_there_is_no_network_and_nothing_of_the_box() -> None:
    assert inside("ls", "/").stdout.split() == ["bin", "etc", "lib", "lib64", "usr"]
    assert inside("ls", "/etc").stdout.split() == ["alternatives"]
    told = inside("env").stdout.split()
    assert sorted(told) == ["LC_ALL=C.UTF-8", "MALLOC_ARENA_MAX=1", "PWD=/"]
    tried = inside("bash", "-c", "exec 9<>/dev/tcp/127.0.0.1/1")
    assert "unreachable" in tried.stderr or "refused" in tried.stderr or "No such" in tried.stderr


def test_inside_nothing_can_be_written_and_limits_stand() -> None:
    assert "Read-only" in inside("touch", "/usr/bin/proof").stderr
    assert "Read-only" in inside("touch", "/proof").stderr
    told = inside("prlimit", "--noheadings", "--raw", "--output", "RESOURCE,HARD").stdout
    limits = dict(line.split() for line in told.splitlines())
    assert limits["FSIZE"] == limits["CORE"] == "0"
    assert int(limits["AS"]) == Limits().memory_bytes
    assert int(limits["CPU"]) == Limits().processor_s
    assert inside("nice").stdout.strip() == "19"


@pytest.mark.parametrize("part", PARTS)
def test_every_film_is_read_by_one_demuxer_from_an_open_file_alone(part: Part) -> None:
    words = program(part, SHAPE, (10, 11), 12, 13)
    read, before = set(), 0
    for at in (n for n, word in enumerate(words) if word == "-i"):
        given = dict(pairwise(words[before:at]))
        if given["-f"] == "lavfi":
            assert words[at + 1].startswith("anullsrc")
        else:
            assert given["-f"] in ("mov", "rawvideo")
            assert given["-protocol_whitelist"] == "pipe"
        read.add(words[at + 1])
        before = at + 1
    assert "pipe:10" in read
    assert ("pipe:11" in read) is (isinstance(part, Moving) and part.slowness == 2)
    assert "drawtext" not in " ".join(words)
    assert {each for each in words if each.startswith("pipe:")} - read == {"pipe:12", "pipe:13"}


@pytest.mark.parametrize("part", PARTS)
def test_every_picture_says_its_colours_itself_or_parts_would_not_join(part: Part) -> None:
    graph = " ".join(program(part, SHAPE, (10, 11), 12, 13))
    said = graph[graph.index("setparams=") :].split("[", 1)[0]
    told = ("color_primaries=bt709", "color_trc=bt709", "colorspace=bt709", "range=tv")
    assert all(each in said for each in told)


def test_what_refers_elsewhere_is_read_as_a_film_alone() -> None:
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n"
    concat = b"ffconcat version 1.0\nfile /etc/passwd\n"
    for data in (playlist, concat, b"", bytes(5000)):
        with Rendering(Moving(data, 25), SHAPE) as run, pytest.raises(RenderError):
            assert not [each for each in run if each != Made()]


def test_1080p_is_made_on_the_smallest_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "SIZE", (1920, 1080))
    film = even(1)
    monkeypatch.undo()
    sink = io.BytesIO()
    cut_clip(film.film.read_at, film.index, 2, 25, sink)
    clip, shape = sink.getvalue(), Format(1920, 1080, 25)
    limits = Limits(memory_bytes=memory_for(512 << 20))
    parts = (Card(bytes(1920 * 1080 * 3), 25), Moving(clip, 46, 2), Standing(clip, 25))
    for part in parts:
        with Rendering(part, shape, limits) as run:
            made = list(run)
        assert b"".join(each.picture for each in made).count(b"\0\0\1\x09") == part.pictures
        assert sum(len(each.sound) for each in made) == part.pictures * 1920 * 2
