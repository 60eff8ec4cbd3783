import io

import numpy as np
import pytest
from PIL import Image

from tests.media import drawn
from vigbox.devices.drawn import picture_number
from vigbox.media import samples, stills
from vigbox.media.boxes import BoxError
from vigbox.media.fragments import FilmIndex
from vigbox.media.strip import Strip, make_strip, spread


def tile(strip: Strip, number: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    image = np.asarray(Image.open(io.BytesIO(strip.jpeg)).convert("L"))
    down, across = divmod(number, strip.columns)
    top, left = down * strip.tile_height, across * strip.tile_width
    return image[top : top + strip.tile_height, left : left + strip.tile_width]


def keys_of(film: drawn.Film) -> list[drawn.Shot]:
    return [each for each in film.shots if each.is_keyframe]


def test_each_tile_is_the_keyframe_of_its_time(film: drawn.Film, index: FilmIndex) -> None:
    strip = make_strip(index, film.read_at, tile_height=180)
    keys = keys_of(film)
    assert (strip.tile_width, strip.tile_height) == drawn.SIZE
    assert strip.times_ms == [each.tick // 90 for each in keys]
    assert [picture_number(tile(strip, n)) for n in range(len(keys))] == [k.number for k in keys]


def test_fewer_tiles_than_keyframes_are_spread_evenly(film: drawn.Film, index: FilmIndex) -> None:
    strip = make_strip(index, film.read_at, tiles=4)
    assert len(strip.times_ms) == 4
    assert [round(each / 1000) for each in strip.times_ms] == [1, 4, 7, 10]
    assert len(list(spread(index, 4))) == 4


def test_only_the_keyframes_chosen_are_read(film: drawn.Film, index: FilmIndex) -> None:
    asked: list[tuple[int, int]] = []

    def read_at(offset: int, size: int) -> bytes:
        asked.append((offset, size))
        return film.read_at(offset, size)

    make_strip(index, read_at, tiles=4)
    chosen = spread(index, 4)
    assert asked == [(index.pictures.place(n), index.pictures.sizes[n]) for n in chosen]


def test_what_is_damaged_is_a_grey_tile_among_the_others(
    film: drawn.Film, index: FilmIndex
) -> None:
    numbers = [number for number, each in enumerate(film.shots) if each.is_keyframe]
    holes = {index.pictures.place(numbers[2]): b"", index.pictures.place(numbers[5]): b"\xff" * 99}

    def read_at(offset: int, size: int) -> bytes:
        spoilt = holes.get(offset)
        return film.read_at(offset, size) if spoilt is None else spoilt.ljust(size, b"\xff")[:size]

    def cut_at(offset: int, size: int) -> bytes:
        return b"" if holes.get(offset) == b"" else read_at(offset, size)

    strip = make_strip(index, cut_at, tile_height=180)
    for number, each in enumerate(keys_of(film)):
        shown = tile(strip, number)
        if number in (2, 5):
            assert np.abs(shown.astype(int) - 128).max() < 12
        else:
            assert picture_number(shown) == each.number


def test_progress_grows_to_the_whole(film: drawn.Film, index: FilmIndex) -> None:
    told: list[float] = []
    make_strip(index, film.read_at, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= len(keys_of(film))


def test_a_film_without_a_header_is_told() -> None:
    with pytest.raises(BoxError, match="no picture"):
        make_strip(FilmIndex(), lambda _at, _size: b"")


def test_an_error_of_the_card_is_not_taken_for_damage(index: FilmIndex) -> None:
    def read_at(_offset: int, _size: int) -> bytes:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        make_strip(index, read_at)


def test_pictures_larger_than_the_header_tells_are_not_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawn, "SIZE", (1280, 720))
    large = drawn.shots(1, 4)[:3]
    monkeypatch.setattr(drawn, "SIZE", (640, 480))
    film = drawn.record(large, None)
    index = FilmIndex.scan(film.read_at, len(film.data))
    strip = make_strip(index, film.read_at)
    assert np.ptp(tile(strip, 0)) <= 4, "no picture of it was decoded"
    with pytest.raises(BoxError, match="damaged there"):
        stills.exact(index, film.read_at, 0)


@pytest.mark.parametrize("size", [(66, 34), (426, 240), (640, 480), (1080, 1920), (1920, 1080)])
def test_pictures_of_the_size_that_is_told_are_decoded(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(drawn, "SIZE", size)
    film = drawn.record(drawn.shots(1, 4)[:3], None)
    index = FilmIndex.scan(film.read_at, len(film.data))
    frame = stills.exact(index, film.read_at, 2)
    assert (frame.width, frame.height) == size


def test_whoever_stops_in_the_middle_waits_for_no_thread(
    film: drawn.Film, index: FilmIndex
) -> None:
    # its threads would wait for Python's lock, which the decoder holds while it waits for them
    assert samples.picture_decoder(samples.picture_track(index)).thread_count == 1
    for _ in range(20):
        with pytest.raises(InterruptedError):
            make_strip(index, film.read_at, progress=_stop)


def _stop(_done: float) -> None:
    raise InterruptedError
