"""An MP4 with its head first: another player reads it from a pipe, picture by picture the same."""

import io
import subprocess
from itertools import islice

import av
import numpy as np
import pytest

from tests.media import drawn
from vigbox.devices.drawn import DrawnStage
from vigbox.media.boxes import BoxError, box, iter_boxes
from vigbox.media.fragments import FilmIndex
from vigbox.media.head_first import head_first
from vigbox.media.masked import masked_clip
from vigbox.media.samples import nobody


def plain(seconds: int) -> bytes:
    """An MP4 as libav writes it, its head last, with picture and sound."""
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as output:
        shown = output.add_stream("libx264", rate=drawn.RATE, options={"qp": "1"})
        shown.width, shown.height = drawn.SIZE
        heard = output.add_stream("aac", rate=48_000, layout="mono")
        for _, frame in islice(
            DrawnStage(*drawn.SIZE, drawn.RATE).pictures(), seconds * drawn.RATE
        ):
            frame.pts = None
            output.mux(shown.encode(frame.reformat(format="yuv420p")))
        output.mux(shown.encode(None))
        for number in range(seconds * 47):
            quiet = np.zeros((1, 1024), np.float32)
            silence = av.AudioFrame.from_ndarray(quiet, format="fltp", layout="mono")
            silence.sample_rate, silence.pts = 48_000, number * 1024
            output.mux(heard.encode(silence))
        output.mux(heard.encode(None))
    return made.getvalue()


def kinds(film: bytes) -> list[bytes]:
    found = iter_boxes(lambda offset, size: film[offset : offset + size], 0, len(film))
    return [each.kind for each in found]


def decoded(film: bytes) -> list[bytes]:
    """What ffmpeg decodes of it out of a pipe: a hash for each picture and each sound."""
    words = ["ffmpeg", "-v", "error", "-f", "mov", "-i", "pipe:0", "-f", "framemd5", "-"]
    done = subprocess.run(words, input=film, check=True, capture_output=True)
    assert done.stderr == b""
    return [each for each in done.stdout.splitlines() if not each.startswith(b"#")]


def by_another_reader(film: bytes) -> int:
    with av.open(io.BytesIO(film), "r") as found:
        return sum(1 for _ in found.decode(video=0))


def test_a_pipe_gives_the_same_pictures_and_sounds_as_the_file() -> None:
    film = plain(4)
    moved = head_first(film)
    assert kinds(film).index(b"moov") > kinds(film).index(b"mdat")
    assert kinds(moved).index(b"moov") < kinds(moved).index(b"mdat")
    assert len(moved) == len(film)
    lines = decoded(moved)
    assert sum(each.startswith(b"0,") for each in lines) == by_another_reader(film) == 100
    assert sum(each.startswith(b"1,") for each in lines) > 180
    assert head_first(moved) is moved, "its head is first already"


def test_a_masked_clip_can_be_read_from_a_pipe() -> None:
    film, sink = drawn.record(drawn.shots(6, 3), drawn.blocks(6, 3)), io.BytesIO()
    index = FilmIndex.scan(film.read_at, len(film.data))
    pictures = range(5, index.picture_count - 5)
    masked_clip(film.read_at, index, pictures, [], sink, nobody)
    made = sink.getvalue()
    assert kinds(made).index(b"moov") < kinds(made).index(b"mdat")
    lines = decoded(made)
    assert sum(each.startswith(b"0,") for each in lines) == len(pictures)


@pytest.mark.parametrize("film", [b"", box(b"moov"), box(b"mdat"), b"no film at all"])
def test_what_is_no_film_is_refused(film: bytes) -> None:
    with pytest.raises(BoxError):
        head_first(film)
