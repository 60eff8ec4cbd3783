"""A picture is given exactly, or told to be lost with all that lean on it."""

from dataclasses import replace

from tests.media import drawn
from vigbox.devices.drawn import picture_number
from vigbox.media.decoded import Pictures
from vigbox.media.fragments import FilmIndex
from vigbox.media.samples import picture_track


def seen(pictures: Pictures, wanted: range) -> list[int | None]:
    height = drawn.SIZE[1]
    return [
        None if frame is None else picture_number(frame.to_ndarray()[:height])
        for frame in pictures.decoded(wanted)
    ]


def test_all_wanted_pictures_come_in_turn(film: drawn.Film, index: FilmIndex) -> None:
    pictures = Pictures(index, film.read_at, picture_track(index))
    assert seen(pictures, range(33, 90)) == [each.number for each in film.shots[33:90]]


def test_after_a_lost_picture_all_are_lost_until_one_stands_alone(
    film: drawn.Film, index: FilmIndex
) -> None:
    keys = [n for n, shot in enumerate(film.shots) if shot.is_keyframe]
    for gone in (keys[2] + 5, keys[2]):
        hole = index.pictures.place(gone)
        for damage in (b"", b"\0\0\0\4\xff\xff\xff\xff"):

            def read_at(offset: int, size: int, hole: int = hole, damage: bytes = damage) -> bytes:
                whole = film.read_at(offset, size)
                return whole if offset != hole else damage and damage + whole[len(damage) :]

            pictures = Pictures(index, read_at, picture_track(index))
            found = seen(pictures, range(keys[1], keys[3] + 5))
            wanted = [
                None if gone <= n < keys[3] else film.shots[n].number
                for n in range(keys[1], keys[3] + 5)
            ]
            assert found == wanted


def test_a_keyframe_that_only_says_so_does_not_stand_alone(film: drawn.Film) -> None:
    told = drawn.record([replace(each, is_keyframe=True) for each in film.shots[:40]], None)
    lying = FilmIndex.scan(told.read_at, len(told.data))
    pictures = Pictures(lying, told.read_at, picture_track(lying))
    alone = [n for n in range(40) if pictures.stands_alone(n)]
    assert alone == [n for n in range(40) if film.shots[n].is_keyframe]
    assert all(lying.is_keyframe)
