import json
import struct

import pytest

from vigbox.media.lanes import Lanes, LanesError, unpacked
from vigbox.media.strip import Strip

STRIP = Strip(b"\xff\xd8 picture", 2, 160, 90, [0, 4_000])
LANES = Lanes(b"\1\2\3", b"\4", ((0, 10), (20, 30)), ((0, 8_000),), STRIP, "a part is missing")


@pytest.mark.parametrize("lanes", [LANES, Lanes(), Lanes(wave=b"\0", why="no picture")])
def test_what_was_packed_comes_out(lanes: Lanes) -> None:
    assert unpacked(lanes.packed(7), 7) == lanes


def test_container_is_a_size_a_head_and_the_lanes() -> None:
    data = LANES.packed(7)
    (size,) = struct.unpack_from(">I", data)
    head = json.loads(data[4 : 4 + size])
    assert head["sizes"] == [3, 1, len(STRIP.jpeg)]
    assert data[4 + size :] == b"\1\2\3\4" + STRIP.jpeg


def test_container_cut_anywhere_is_refused() -> None:
    data = LANES.packed(7)
    for end in range(len(data)):
        with pytest.raises(LanesError):
            unpacked(data[:end], 7)
    with pytest.raises(LanesError):
        unpacked(data + b"\0", 7)


def test_lanes_of_another_end_of_the_film_are_refused() -> None:
    with pytest.raises(LanesError):
        unpacked(LANES.packed(7), 8)


@pytest.mark.parametrize("head", ["[]", "{}", "0", '"text"', "null", "{"])
def test_head_that_is_none_is_refused(head: str) -> None:
    with pytest.raises(LanesError):
        unpacked(struct.pack(">I", len(head)) + head.encode(), 7)
