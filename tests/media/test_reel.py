"""The reel counts what comes, and holds no more than it must."""

import itertools

import pytest

from tests.export.filmed import Sink, even
from tests.media import drawn
from vigbox.media.boxes import BoxError, iter_boxes
from vigbox.media.reel import Reel
from vigbox.media.scene import Format

SHAPE = Format(*drawn.SIZE, 25)
AUD = b"\0\0\0\1\x09\x10"
SECOND = bytes(2 * 48_000)


def units(seconds: int) -> list[bytes]:
    return [AUD + shot.data for shot in even(seconds).film.shots]


def test_too_few_pictures_or_samples_are_told() -> None:
    for pictures, sound in ((24, SECOND), (25, SECOND[:-2]), (25, SECOND[:-1]), (25, b"")):
        reel = Reel(Sink(), SHAPE)
        reel.add(b"".join(units(1)[:pictures]), sound, 25)
        with pytest.raises(BoxError, match="where there should be 25 and 48000"):
            reel.end(25)


def test_scenes_of_another_encoder_are_told() -> None:
    reel = Reel(Sink(), SHAPE)
    first, other = units(1), even(1).film.shots[0].data.replace(b"\x67\x42", b"\x67\x4d", 1)
    with pytest.raises(BoxError, match="not of one kind"):
        reel.add(b"".join(first) + AUD + other + AUD, b"", 25)


def test_seconds_are_written_as_they_come_and_the_head_last() -> None:
    sink, sizes = Sink(), []
    reel = Reel(sink, SHAPE)
    pictures = units(6)
    for second in range(6):
        reel.add(b"".join(pictures[25 * second : 25 * second + 25]), SECOND, 150)
        sizes.append(sink.tell())
    reel.end(150)
    reel.finish()
    assert all(after > before for before, after in itertools.pairwise(sizes[1:]))
    data = sink.getvalue()
    kinds = [each.kind for each in iter_boxes(lambda at, n: data[at : at + n], 0, len(data))]
    assert kinds == [b"ftyp", *[b"mdat"] * 6, b"moov"]


def test_the_bytes_do_not_depend_on_how_picture_and_sound_come() -> None:
    pictures, made = b"".join(units(4)), []
    for picture_bytes, sound_bytes in ((10**6, 10**6), (997, 4001), (10**6, 333), (501, 10**6)):
        sink = Sink()
        reel = Reel(sink, SHAPE)
        seen = [pictures[at : at + picture_bytes] for at in range(0, len(pictures), picture_bytes)]
        heard = [(SECOND * 4)[at : at + sound_bytes] for at in range(0, 384_000, sound_bytes)]
        for picture, sound in itertools.zip_longest(seen, heard, fillvalue=b""):
            reel.add(picture, sound, 100)
        reel.end(100)
        reel.finish()
        made.append(sink.getvalue())
    assert len(set(made)) == 1


def test_more_than_is_due_is_told_at_once() -> None:
    for pictures, sound in ((27, b""), (1, SECOND + b"\0\0")):
        reel = Reel(Sink(), SHAPE)
        with pytest.raises(BoxError, match="more came than the 25"):
            reel.add(b"".join(units(2)[:pictures]), sound, 25)
