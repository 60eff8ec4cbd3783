"""One drawn film for all tests of media."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media import drawn
from vigbox.media.faststart import VirtualMp4
from vigbox.media.fragments import FilmIndex

SECONDS = 12


@pytest.fixture(scope="session")
def film() -> drawn.Film:
    return drawn.record(drawn.shots(SECONDS, 20261121), drawn.blocks(SECONDS, 7))


@pytest.fixture(scope="session")
def index(film: drawn.Film) -> FilmIndex:
    return FilmIndex.scan(film.read_at, len(film.data))


@pytest.fixture(scope="session")
def film_path(film: drawn.Film, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(film.data)
    yield path
    path.unlink()


@pytest.fixture(scope="session")
def plain_path(
    film: drawn.Film, index: FilmIndex, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The virtual MP4, read whole in odd pieces."""
    path, mp4 = tmp_path_factory.mktemp("plain") / "plain.mp4", VirtualMp4(index)
    with path.open("wb") as sink:
        for offset in range(0, mp4.size, 99_991):
            sink.write(mp4.read_at(offset, 99_991, film.read_at))
    yield path
    path.unlink()
