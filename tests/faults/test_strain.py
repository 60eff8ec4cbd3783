"""Short of computing time or of memory, the recorder loses no picture."""

from fractions import Fraction

import pytest
from av.video.frame import PictureType

from bench.strain import RATE, Outcome, Shots, in_little_memory, record, while_busy
from tests.faults.recorder import BRIGHT_BITS, SIZE, Room
from vigbox.devices.simulated import SimulatedCamera
from vigbox.devices.stage import Curtain

SECONDS = 2.0


@pytest.fixture(scope="module")
def shots() -> Shots:
    """One second of 4 Mbit/s."""
    room, made = Room(is_dark=False), []
    encoder = SimulatedCamera(room, Curtain(), BRIGHT_BITS).encoder()
    for number, (time_ns, frame) in zip(range(25), room.pictures(), strict=False):
        frame.pts, frame.time_base = time_ns // 1000, Fraction(1, 1_000_000)
        frame.pict_type = PictureType.NONE if number else PictureType.I
        made += [(time_ns, bytes(each), each.is_keyframe) for each in encoder.encode(frame)]
    return made


def test_no_picture_is_lost_while_every_core_is_burnt(shots: Shots) -> None:
    assert_whole(while_busy(SIZE, shots, SECONDS))


def test_no_picture_is_lost_in_little_memory(shots: Shots) -> None:
    assert_whole(in_little_memory(SIZE, shots, SECONDS))


def test_a_picture_that_is_not_in_the_film_is_counted(shots: Shots) -> None:
    # a film begins with its first keyframe: what comes before it is nowhere
    outcome = record(SIZE, [*shots[1:], shots[0]], 1.5, None)
    assert outcome.lost == len(shots) - 1


def assert_whole(outcome: Outcome) -> None:
    assert outcome.given >= SECONDS * RATE
    assert outcome.lost == 0, outcome
