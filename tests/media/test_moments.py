from itertools import pairwise

import pytest

from vigbox.media.moments import SPAN_MS, candidates

MINUTE_MS = 60_000
STILL = bytes(5 * 600)


def turns(start_ms: int, count: int) -> list[tuple[int, int]]:
    return [(start_ms + 1000 * n, start_ms + 1000 * n + 600) for n in range(count)]


def test_quick_turns_are_a_candidate() -> None:
    (moment,) = candidates(turns(30_000, 6), STILL, MINUTE_MS)
    assert moment[0] <= 30_000
    assert moment[1] >= 35_600
    assert moment[1] - moment[0] == SPAN_MS


@pytest.mark.parametrize("speech", [[], [(0, 60_000)], [(10_000, 20_000), (40_000, 41_000)]])
def test_silence_one_long_voice_or_rare_voices_are_none(speech: list[tuple[int, int]]) -> None:
    assert candidates(speech, STILL, MINUTE_MS) == []


def test_movement_decides_between_equal_turns() -> None:
    speech = turns(10_000, 4) + turns(40_000, 4)
    lively = bytearray(STILL)
    for second in (41, 43):
        lively[5 * second : 5 * second + 5] = bytes([200] * 5)
    (moment,) = candidates(speech, bytes(lively), MINUTE_MS)
    assert 30_000 < moment[0] <= 41_000


def test_movement_alone_is_no_candidate() -> None:
    assert candidates([], bytes([0] * 5 + [255] * 5) * 30, MINUTE_MS) == []


def test_candidates_never_overlap_and_are_few() -> None:
    length_ms = 30 * MINUTE_MS
    speech = turns(0, length_ms // 1000)
    found = candidates(speech, b"", length_ms)
    assert len(found) == 12
    assert all(one[1] <= other[0] for one, other in pairwise(found))


def test_film_shorter_than_a_clip_stays_inside_itself() -> None:
    assert candidates(turns(0, 4), b"\1\2", 4_000) == [(0, 4_000)]
