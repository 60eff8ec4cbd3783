"""Stills are exact to the frame: the number drawn into each picture is read back."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.media import drawn
from vigbox.devices.drawn import picture_number
from vigbox.media.boxes import BoxError
from vigbox.media.fragments import FilmIndex
from vigbox.media.stills import Crop, StillError, still


def seen(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


def number_in(jpeg: bytes) -> int:
    return picture_number(np.asarray(seen(jpeg).convert("L")))


def test_the_first_the_last_and_all_around_keyframes_are_the_very_pictures(
    film: drawn.Film, index: FilmIndex
) -> None:
    last = len(film.shots) - 1
    keys = [number for number, shot in enumerate(film.shots) if shot.is_keyframe]
    wanted = {0, 1, last - 1, last} | {key + step for key in keys[1:6] for step in (-1, 0, 1)}
    for picture in sorted(wanted):
        jpeg = still(index, film.read_at, picture)
        assert number_in(jpeg) == film.shots[picture].number
    assert seen(jpeg).size == drawn.SIZE


def test_a_still_is_scaled_to_a_width(film: drawn.Film, index: FilmIndex) -> None:
    assert seen(still(index, film.read_at, 30, width=160)).size == (160, 90)
    assert seen(still(index, film.read_at, 30, width=640)).size == (640, 360)


def test_a_crop_is_those_pixels_of_the_film(film: drawn.Film, index: FilmIndex) -> None:
    whole = np.asarray(seen(still(index, film.read_at, 30)), np.int16)
    part = seen(still(index, film.read_at, 30, crop=(100, 40, 120, 100)))
    assert part.size == (120, 100)
    apart = np.abs(np.asarray(part, np.int16) - whole[40:140, 100:220])
    assert apart.mean() < 3
    both = seen(still(index, film.read_at, 30, crop=(100, 40, 120, 100), width=60))
    assert both.size == (60, 50)


@pytest.mark.parametrize("picture", [-1, 10**6])
def test_a_picture_the_film_does_not_have_is_refused(
    film: drawn.Film, index: FilmIndex, picture: int
) -> None:
    with pytest.raises(StillError, match="no picture"):
        still(index, film.read_at, picture)


@pytest.mark.parametrize(
    "crop", [(300, 0, 100, 100), (0, 100, 100, 100), (-1, 0, 50, 50), (0, 0, 0, 0), (0, 0, 8, 99)]
)
def test_a_crop_outside_the_film_is_refused(film: drawn.Film, index: FilmIndex, crop: Crop) -> None:
    with pytest.raises(StillError, match="inside the film's 320 by 180"):
        still(index, film.read_at, 3, crop=crop)


@pytest.mark.parametrize("width", [0, -5, 15, 100_000])
def test_a_width_nobody_can_mean_is_refused(film: drawn.Film, index: FilmIndex, width: int) -> None:
    with pytest.raises(StillError, match="width"):
        still(index, film.read_at, 3, width=width)


def test_a_damaged_picture_is_told_and_its_neighbours_are_shown(
    film: drawn.Film, index: FilmIndex
) -> None:
    keys = [number for number, shot in enumerate(film.shots) if shot.is_keyframe]
    hole = index.pictures.place(keys[2] + 3)

    def read_at(offset: int, size: int) -> bytes:
        return b"" if offset == hole else film.read_at(offset, size)

    for picture in (keys[2] + 3, keys[3] - 1):
        with pytest.raises(BoxError, match="damaged there"):
            still(index, read_at, picture)
    assert number_in(still(index, read_at, keys[2] + 2)) == film.shots[keys[2] + 2].number
    assert number_in(still(index, read_at, keys[3])) == film.shots[keys[3]].number


def test_an_error_of_the_card_is_not_taken_for_damage(index: FilmIndex) -> None:
    def read_at(_offset: int, _size: int) -> bytes:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        still(index, read_at, 3)
