"""Whether a player gets over the join is tried before a clip is written."""

import pytest

from tests.media import drawn
from vigbox.media import h264
from vigbox.media.again import Again
from vigbox.media.decoded import Pictures
from vigbox.media.fragments import FilmIndex
from vigbox.media.join import AVCC_AT, NoJoinError, _try, join, with_sets
from vigbox.media.samples import picture_track


def opened(film: drawn.Film) -> Pictures:
    index = FilmIndex.scan(film.read_at, len(film.data))
    return Pictures(index, film.read_at, picture_track(index))


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    """A film whose parameter sets have the number that ours would have."""
    return opened(drawn.record(drawn.shots(3, 9, ":sps-id=1:cabac=1"), None))


def test_copying_begins_at_the_first_picture_that_stands_alone(pictures: Pictures) -> None:
    keys = [n for n in range(60) if pictures.stands_alone(n)]
    found = join(pictures, range(keys[1] - 4, keys[2] + 3))
    assert found.copied_from == keys[1]
    assert [each.is_key for each in found.encoded] == [True, False, False, False]
    sets = h264.sets_in(found.track.description[AVCC_AT:])
    assert h264.set_numbers(sets) == {1, 2}


def test_parameter_sets_of_one_number_are_noticed(pictures: Pictures) -> None:
    keys = [n for n in range(60) if pictures.stands_alone(n)]
    wanted, again = range(keys[1] - 4, keys[1]), Again(3600, sets_number=1, few=True)
    frames = [each for each in pictures.decoded(wanted) if each is not None]
    encoded = list(again.samples((each, 3600) for each in frames))
    own = h264.sets_in(pictures.track.description[AVCC_AT:])
    with pytest.raises(NoJoinError):
        _try(pictures, keys[1], encoded, with_sets(pictures.track, own + again.sets))


def test_a_film_that_cannot_be_copied_from_is_told(pictures: Pictures) -> None:
    keys = [n for n in range(60) if pictures.stands_alone(n)]
    with pytest.raises(NoJoinError, match="stands alone"):
        join(pictures, range(keys[1] + 1, keys[2]))
