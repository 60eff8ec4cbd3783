"""What leaves with masks: nothing of a face in any picture, everything else as it was."""

import io
import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.media import drawn
from tests.media.seen import real
from vigbox.media.boxes import BoxError
from vigbox.media.cut import cut_clip
from vigbox.media.faces import Box, FaceDetector, overlap
from vigbox.media.fragments import FilmIndex
from vigbox.media.masked import GREY, find_faces, frames, masked_clip, masked_still
from vigbox.media.masking import Mask, Span, boxes_at, masks_of
from vigbox.media.stills import StillError

CLIP = range(13, 88)
MASK: Mask = (Span(30, 45, Box(101, 61, 80, 70)), Span(45, 60, Box(111, 61, 80, 70)))

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def face() -> drawn.Film:
    return real(6)


@pytest.fixture(scope="module")
def face_index(face: drawn.Film) -> FilmIndex:
    return FilmIndex.scan(face.read_at, len(face.data))


@pytest.fixture(scope="module")
def boxes(face: drawn.Film, face_index: FilmIndex) -> dict[int, list[Box]]:
    return find_faces(face.read_at, face_index, CLIP, FaceDetector())


def masked(film: drawn.Film, index: FilmIndex, masks: list[Mask], clip: range = CLIP) -> bytes:
    sink = io.BytesIO()
    masked_clip(film.read_at, index, clip, masks, sink)
    return sink.getvalue()


def stock(program: str, mp4: bytes, *options: str) -> bytes:
    """Have a stock program read a file that is only in memory."""
    held = os.memfd_create("masked")
    try:
        with open(held, "wb", closefd=False) as file:
            file.write(mp4)
        command = [program, "-v", "error", "-i", f"/proc/self/fd/{held}", *options]
        return subprocess.run(command, check=True, capture_output=True, pass_fds=[held]).stdout
    finally:
        os.close(held)


def decoded(mp4: bytes) -> Pixels:
    """Every picture as stock ffmpeg gives it, in grey."""
    options = ("-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1")
    data = stock("ffmpeg", mp4, *options)
    return np.frombuffer(data, np.uint8).reshape(-1, drawn.SIZE[1], drawn.SIZE[0])


def source(film: drawn.Film, index: FilmIndex, clip: range = CLIP) -> Pixels:
    return np.stack(
        [each.to_ndarray(format="gray") for _, each in frames(film.read_at, index, clip)]
    )


def inside(pictures: Pixels, box: Box) -> Pixels:
    left, top, width, height = box
    # a codec rings by a block at the edge of a mask: that is of the outside, not of what is beneath
    return pictures[..., top + 8 : top + height - 8, left + 8 : left + width - 8]


def cascades() -> Iterator[cv2.CascadeClassifier]:
    folder = Path(cv2.__file__).parent / "data"
    for name in ("frontalface_default", "frontalface_alt2", "profileface"):
        yield cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml"))


def faces_seen(pictures: Pixels, places: list[Box]) -> int:
    """In how many pictures another detector than ours sees a face where there was one."""
    looks, seen = list(cascades()), 0
    for picture, place in zip(pictures, places, strict=True):
        large = cv2.resize(picture, None, fx=2, fy=2)
        boxes = [each for look in looks for each in look.detectMultiScale(large, 1.1, 4)]
        halved = [Box(*(int(side) // 2 for side in each)) for each in boxes]
        seen += any(overlap(each, place) > 0.1 for each in halved)
    return seen


def test_no_other_detector_finds_the_face_that_was_there(
    face: drawn.Film, face_index: FilmIndex, boxes: dict[int, list[Box]]
) -> None:
    places = [boxes[max(at for at in boxes if at <= number)][0] for number in CLIP]
    plain = io.BytesIO()
    cut_clip(face.read_at, face_index, CLIP.start, CLIP.stop, plain)
    assert faces_seen(decoded(plain.getvalue())[::5], places[::5]) >= 8, "it could find one"
    masks = masks_of(boxes, CLIP, drawn.SIZE)
    assert faces_seen(decoded(masked(face, face_index, masks)), places) == 0


def test_the_face_is_found_in_every_picture(boxes: dict[int, list[Box]]) -> None:
    assert min(len(each) for each in boxes.values()) >= 1
    assert set(boxes) >= {CLIP.start, CLIP.stop - 1}


def test_beneath_a_mask_is_nothing_in_any_picture_of_its_span(
    film: drawn.Film, index: FilmIndex
) -> None:
    pictures = decoded(masked(film, index, [MASK]))
    assert len(pictures) == len(CLIP)
    for number, picture in zip(CLIP, pictures, strict=True):
        for box in boxes_at([MASK], number):
            assert np.ptp(inside(picture, box)) <= 2, number
            assert abs(int(np.median(inside(picture, box))) - GREY) <= 1


def test_outside_of_masks_and_their_spans_everything_is_as_it_was(
    film: drawn.Film, index: FilmIndex
) -> None:
    before, after = source(film, index), decoded(masked(film, index, [MASK]))
    for number, was, now in zip(CLIP, before, after, strict=True):
        apart = np.abs(was.astype(np.int16) - now)
        for left, top, width, height in boxes_at([MASK], number):
            apart[top - 8 : top + height + 8, left - 8 : left + width + 8] = 0
        assert apart.mean() < 1.5, number
    assert drawn.numbers(after) == [film.shots[number].number for number in CLIP]


def test_nothing_of_the_originals_pictures_is_in_the_file(
    film: drawn.Film, index: FilmIndex
) -> None:
    made = masked(film, index, [])
    for number in CLIP:
        data = film.read_at(index.pictures.place(number), index.pictures.sizes[number])
        assert data[8:40] not in made, number


def test_times_and_sound_are_the_clips_own(film: drawn.Film, index: FilmIndex) -> None:
    plain, made = io.BytesIO(), masked(film, index, [MASK])
    cut_clip(film.read_at, index, CLIP.start, CLIP.stop, plain)
    heard = [stock("ffmpeg", each, "-f", "s16le", "pipe:1") for each in (plain.getvalue(), made)]
    assert heard[0] == heard[1]
    assert len(heard[0]) > 100_000
    shown = ("-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0")
    times = [
        [float(line.strip(b",")) for line in stock("ffprobe", each, *shown).split()]
        for each in (plain.getvalue(), made)
    ]
    assert times[0] == pytest.approx(times[1], abs=0.0001)


def test_a_film_without_sound_stays_without(drawn_mute: drawn.Film) -> None:
    index = FilmIndex.scan(drawn_mute.read_at, len(drawn_mute.data))
    made = masked(drawn_mute, index, [], range(5, 20))
    assert len(decoded(made)) == 15


@pytest.fixture(scope="module")
def drawn_mute() -> drawn.Film:
    return drawn.record(drawn.shots(2, 3), None)


def test_a_still_is_masked_before_it_is_cropped(film: drawn.Film, index: FilmIndex) -> None:
    with Image.open(io.BytesIO(masked_still(film.read_at, index, 40, [MASK]))) as image:
        whole = np.asarray(image.convert("L"))
    assert np.ptp(inside(whole, MASK[0].box)) <= 2
    crop = (91, 51, 120, 100)
    still = masked_still(film.read_at, index, 40, [MASK], crop=crop)
    with Image.open(io.BytesIO(still)) as image:
        assert image.size == (120, 100)
        assert np.ptp(inside(np.asarray(image.convert("L")), Box(10, 10, 80, 70))) <= 2
    for wrong in ((-1, 0, 50, 50), (300, 0, 50, 50), (0, 0, 5, 50)):
        with pytest.raises(StillError):
            masked_still(film.read_at, index, 40, [MASK], crop=wrong)


def test_what_does_not_decode_is_never_taken_for_a_picture_without_faces(
    film: drawn.Film, index: FilmIndex
) -> None:
    place, size = index.pictures.place(40), index.pictures.sizes[40]

    def torn(offset: int, length: int) -> bytes:
        data = film.read_at(offset, length)
        return struct.pack(">I", 1 << 30) * (length // 4) if offset == place else data

    assert size > 8
    with pytest.raises(BoxError, match="cannot mask: the film's picture"):
        find_faces(torn, index, CLIP, FaceDetector())
    sink = io.BytesIO()
    with pytest.raises(BoxError):
        masked_clip(torn, index, CLIP, [MASK], sink)
    assert not sink.getvalue()
