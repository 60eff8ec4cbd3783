"""Access units taken apart."""

import random
import re

from vigbox.media import h264

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
