from tests.media import drawn
from vigbox.media.fragments import FilmIndex
from vigbox.media.motion import SLOT_MS, TYPICAL, make_motion

TICKS = 3600


def told(sizes: list[int]) -> FilmIndex:
    """25 pictures a second of these sizes, a large keyframe first in each second."""
    index = FilmIndex()
    rows = [
        (TICKS, 50_000 if number % 25 == 0 else size, number % 25 == 0)
        for number, size in enumerate(sizes)
    ]
    index.pictures.add_run(0, 0, rows)
    return index


def test_a_burst_stands_out_and_keyframes_do_not() -> None:
    sizes = [1000] * 1000
    sizes[500:525] = [5000] * 25
    motion = make_motion(told(sizes))
    assert len(motion) == 1000 * 40 // SLOT_MS
    assert set(motion[100:105]) == {255}
    assert set(motion[:99]) == {TYPICAL}
    assert set(motion[106:]) == {TYPICAL}


def test_it_is_relative_to_the_half_minute_around() -> None:
    motion = make_motion(told([1000] * 2000 + [9000] * 2000))
    assert motion[50] == motion[-50] == TYPICAL


def test_a_drawn_film_has_a_byte_for_each_200_ms(index: FilmIndex) -> None:
    motion = make_motion(index)
    assert len(motion) == -(-index.duration_ns // (SLOT_MS * drawn.MS))
    assert max(motion) > min(motion)


def test_nothing_tells_nothing() -> None:
    assert make_motion(FilmIndex()) == b""
    assert make_motion(told([0] * 100)) == bytes(20)
