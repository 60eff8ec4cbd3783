"""Access units taken apart."""

import random
import re

import pytest

from vigbox.media import h264
from vigbox.media.boxes import BoxError

SPS, PPS, SEI, IDR, AUD = (
    b"\x67\x42\xc0\x1f\xd9",
    b"\x68\xce\x38\x80",
    b"\x06\x05\x01\x00\x80",
    b"\x65\x88\x84\x00\x00\x03\x00\x21",
    b"\x09\x10",
)
LONG, SHORT = b"\0\0\0\1", b"\0\0\1"


def test_units_are_told_apart_by_either_start_code() -> None:
    data = LONG + AUD + SHORT + SPS + LONG + PPS + SHORT + IDR
    assert list(h264.units(data)) == [AUD, SPS, PPS, IDR]


def test_any_bytes_are_taken_apart_as_a_pattern_would() -> None:
    chance = random.Random(1)
    for _ in range(3000):
        data = bytes(chance.choice((0, 0, 0, 1, 1, 9)) for _ in range(chance.randrange(30)))
        assert list(h264.units(data)) == re.split(rb"\x00?\x00\x00\x01", data)[1:]


def test_a_stream_is_divided_wherever_its_pieces_end() -> None:
    wanted = [
        LONG + AUD + SHORT + SPS + LONG + PPS + SHORT + IDR,
        SHORT + AUD + SHORT + IDR,
        LONG + AUD + LONG + IDR + SHORT + SEI,
    ]
    data, chance = b"".join(wanted), random.Random(2)
    for _ in range(500):
        stream, found, at = h264.Delimited(), [], 0
        while at < len(data):
            size = chance.randrange(1, 9)
            found += stream.push(data[at : at + size])
            at += size
        assert found + stream.finish() == wanted
        assert stream.finish() == []


def test_parameter_sets_are_found_and_nothing_else() -> None:
    data = LONG + AUD + LONG + SEI + LONG + SPS + SHORT + PPS + LONG + IDR
    assert h264.parameter_sets(data) == LONG + SPS + LONG + PPS
    assert h264.parameter_sets(LONG + IDR) is None


def test_a_sample_keeps_the_picture_and_what_is_said_about_it() -> None:
    data = LONG + AUD + LONG + SPS + LONG + PPS + SHORT + SEI + LONG + IDR
    assert h264.sample(data) == b"\0\0\0\5" + SEI + b"\0\0\0\10" + IDR


def test_parameter_sets_survive_the_configuration_record() -> None:
    other = b"\x67\x64\x00\x1f\x50"
    sets = LONG + SPS + LONG + other + LONG + PPS
    assert h264.sets_in(h264.avc_configuration(sets)) == sets


def test_the_numbers_of_parameter_sets_are_read() -> None:
    # an SPS begins with profile, constraints and level; then ue(v): 1 is 0, 010 is 1, 00100 is 3
    for sps, pps, found in (
        (b"\x67\x42\xc0\x1f\x80", b"\x68\x80", {0}),
        (b"\x67\x42\xc0\x1f\x40", b"\x68\x20", {1, 3}),
        (b"\x67\x42\xc0\x1f\x04\x00", b"\x68\x04\x3f", {31, 32}),
    ):
        assert h264.set_numbers(LONG + sps + LONG + pps) == found
    with pytest.raises(BoxError, match="cut"):
        h264.set_numbers(LONG + SPS[:4])


def test_only_an_idr_picture_stands_alone() -> None:
    assert h264.stands_alone(h264.sample(LONG + SPS + LONG + PPS + LONG + SEI + LONG + IDR))
    for other in (b"", b"\0\0", h264.sample(LONG + SEI + LONG + b"\x61\xe0"), bytes(50)):
        assert not h264.stands_alone(other)
