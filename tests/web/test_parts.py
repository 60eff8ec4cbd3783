from vigbox.model import NS, Life, new_id
from vigbox.store.manifests import Manifest
from vigbox.web.parts import joined


def part(second: int, length_s: int, follows: str = "") -> Manifest:
    at = f"2026-11-21T10:00:{second:02d}+00:00"
    return Manifest(new_id(), "c", ("r",), "b", at, length_s * NS, Life.FINISHED, follows=follows)


def test_a_press_in_three_parts_is_one_with_its_gaps() -> None:
    alone, first = part(0, 5), part(10, 8)
    second = part(22, 10, first.recording)
    third = part(35, 3, second.recording)
    one, other = joined([alone, first, second, third])
    assert one.manifests == (alone,)
    assert one.gaps_ns == ()
    assert other.manifests == (first, second, third)
    assert other.gaps_ns == (4 * NS, 3 * NS)


def test_a_part_whose_first_was_erased_stands_alone() -> None:
    left = part(22, 10, new_id())
    (one,) = joined([left])
    assert one.manifests == (left,)


def test_a_gap_after_a_film_of_unknown_length_is_not_made_up() -> None:
    first = part(0, 0)
    (one,) = joined([first, part(22, 10, first.recording)])
    assert one.gaps_ns == (0,)
