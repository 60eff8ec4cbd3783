"""Stills as pieces: the very pictures, made only when they are written."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.media import drawn
from vigbox.devices.drawn import picture_number
from vigbox.export.stills import Still, still_pieces
from vigbox.media.fragments import FilmIndex


@dataclass
class Opened:
    """A plain film where an opened one is expected."""

    film: drawn.Film

    @property
    def index(self) -> FilmIndex:
        return FilmIndex.scan(self.film.read_at, len(self.film.data))

    @property
    def reader(self) -> drawn.Film:
        return self.film


def test_each_still_is_the_picture_that_was_asked_for() -> None:
    film = drawn.record(drawn.shots(2, 3), drawn.blocks(2, 3))
    wanted = [Still(7), Still(30, crop=(0, 0, 160, 180), width=80)]
    whole, part = still_pieces(Opened(film), wanted)  # type: ignore[arg-type]
    assert (whole.name, whole.kind) == ("picture 7.jpg", "still")
    sinks = io.BytesIO(), io.BytesIO()
    steps: list[float] = []
    for piece, sink in zip((whole, part), sinks, strict=True):
        piece.write(sink, steps.append)
    with Image.open(sinks[0]) as image:
        assert picture_number(np.asarray(image.convert("L"))) == film.shots[7].number
    with Image.open(sinks[1]) as image:
        assert image.size == (80, 90)
    assert steps == [0, 1, 0, 1]
