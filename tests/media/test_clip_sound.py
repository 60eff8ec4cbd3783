"""The sound of a clip stays at its place, whatever the film holds of it."""

import numpy as np

from tests.media import drawn
from vigbox.media.clip_sound import _trimmed, sound_seconds
from vigbox.media.fragments import FilmIndex


def placed(
    *pieces: tuple[int, int],
) -> list[tuple[int, "np.ndarray[tuple[int], np.dtype[np.float32]]"]]:
    """Pieces of samples that each tell their own place, from 1 on."""
    return [(at, np.arange(at, at + count, dtype=np.float32) + 1) for at, count in pieces]


def test_samples_keep_their_places_over_holes_and_overlaps() -> None:
    heard = placed((0, 1024), (1024, 1024), (4000, 1024), (4500, 1024), (200_000, 1024))
    found = np.concatenate(list(_trimmed(heard, 100, 200_100)))
    assert len(found) == 200_000
    told = np.flatnonzero(found)
    assert (found[told] == told + 101).all()
    assert len(told) == 2048 - 100 + 1524 + 100


def test_where_nothing_was_heard_there_is_silence() -> None:
    assert np.concatenate(list(_trimmed([], 10, 100_010))).tolist() == [0] * 100_000


def test_seconds_are_as_long_as_was_asked(film: drawn.Film, index: FilmIndex) -> None:
    for first, last in ((0, 1), (5, 1029), (48_001, 48_001 + 3 * 48_000 + 7)):
        runs = list(sound_seconds(index, film.read_at, first, last))
        assert sum(row[0] for run in runs for row in run.rows) == last - first
        assert all(run.held_bytes == sum(row[1] for row in run.rows) for run in runs)
        assert len(runs) == -(-(last - first) // 48_128)
