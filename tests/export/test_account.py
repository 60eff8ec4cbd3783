"""The account of a film: tracks of 10 ticks a second, fragments of a second each."""

from vigbox.export.account import Account, FilmAccount
from vigbox.media.runs import Run

S = 10**9
PICTURES, SOUND = 1, 2


def pictures(start_s: int, *, is_key: bool = True) -> Run:
    rows = [(1, 100, is_key and not number) for number in range(10)]
    return Run(PICTURES, start_s * 10, 0, rows)


def sound(start_s: int) -> Run:
    return Run(SOUND, start_s * 10, 1000, [(5, 9, True), (5, 9, True)])


def account(*fragments: tuple[int, list[Run]], stop_s: int | None = None) -> FilmAccount:
    counted = FilmAccount({PICTURES: 10, SOUND: 10})
    for number, runs in fragments:
        counted.add(number, runs)
    if stop_s is not None:
        counted.stop(stop_s * S)
    return counted


def settled(counted: FilmAccount, *, has_lost: bool = False, is_finished: bool = True) -> Account:
    return counted.settle(is_finished=is_finished, has_lost=has_lost)


def film(*seconds: int, stop_s: int | None = None) -> FilmAccount:
    return account(*((n + 1, [pictures(n), sound(n)]) for n in seconds), stop_s=stop_s)


def test_a_whole_film_misses_nothing() -> None:
    found = settled(film(0, 1, 2, stop_s=3))
    assert found == Account(3 * S, 3 * S, (), None, ())
    assert found.is_whole


def test_a_film_without_its_beginning() -> None:
    found = settled(film(2, 3))
    assert found.missing == ((0, 2 * S),)
    assert found.length_ns == 4 * S
    assert not found.is_whole


def test_holes_are_told_each() -> None:
    found = settled(film(0, 2, 3, 6))
    assert found.missing == ((S, 2 * S), (4 * S, 6 * S))
    assert found.recovered_ns == 4 * S


def test_a_lost_end_is_open_unless_the_stop_tells_it() -> None:
    assert settled(film(0, 1), has_lost=True).missing_from_ns == 2 * S
    assert settled(film(0, 1), has_lost=True).length_ns is None
    assert settled(film(0, 1), is_finished=False).missing_from_ns == 2 * S
    found = settled(film(0, 1, stop_s=4), has_lost=True)
    assert (found.missing, found.missing_from_ns, found.length_ns) == (
        ((2 * S, 4 * S),),
        None,
        4 * S,
    )


def test_a_stop_right_after_the_last_picture_is_no_loss() -> None:
    assert settled(film(0, 1, stop_s=2), has_lost=True).is_whole


def test_pictures_after_a_hole_are_broken_until_a_keyframe() -> None:
    counted = film(0)
    for number in (3, 4):
        counted.add(number, [pictures(number, is_key=False)])
    counted.add(5, [pictures(5)])
    found = settled(counted)
    assert found.broken == ((3 * S, 5 * S),)
    counted.add(9, [pictures(9, is_key=False)])
    assert settled(counted).broken == ((3 * S, 5 * S), (9 * S, 10 * S))


def test_a_lost_fragment_of_sound_alone_is_told() -> None:
    found = settled(account((1, [pictures(0), sound(0)]), (3, [pictures(1), sound(2)])))
    assert found.missing == ((S, 2 * S),)
    assert found.recovered_ns == 2 * S


def test_a_gap_that_was_in_the_film_is_none_of_ours() -> None:
    found = settled(account((1, [pictures(0), sound(0)]), (2, [pictures(1), sound(5)])))
    assert found.is_whole


def test_a_film_of_sound_alone_is_counted_by_it() -> None:
    found = settled(account((1, [sound(0)]), (3, [sound(4)])))
    assert (found.recovered_ns, found.missing) == (2 * S, ((S, 4 * S),))
