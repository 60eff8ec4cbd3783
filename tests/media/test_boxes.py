"""Boxes: written, walked, and refused when they cannot be."""

import struct

import pytest

from vigbox.media.boxes import BoxError, box, free_box, full_box, iter_boxes


def walk(data: bytes, start: int = 0) -> list[tuple[bytes, int, int, int]]:
    found = iter_boxes(lambda offset, size: data[offset : offset + size], start, len(data))
    return [(each.kind, each.start, each.body, each.end) for each in found]


def test_boxes_follow_one_another() -> None:
    data = box(b"ftyp", b"ab", b"cd") + full_box(b"mfhd", 1, 2, b"xyz") + free_box(8)
    assert walk(data) == [(b"ftyp", 0, 8, 12), (b"mfhd", 12, 20, 27), (b"free", 27, 35, 35)]
    assert data[20:27] == b"\1\0\0\2xyz"


@pytest.mark.parametrize("size", [8, 9, 65_536])
def test_a_free_box_has_the_size_asked_for(size: int) -> None:
    assert len(free_box(size)) == size
    assert walk(free_box(size)) == [(b"free", 0, 8, size)]


def test_a_box_may_tell_its_size_in_64_bits() -> None:
    data = struct.pack(">I4sQ", 1, b"mdat", 20) + b"abcd" + free_box(8)
    assert walk(data) == [(b"mdat", 0, 16, 20), (b"free", 20, 28, 28)]


def test_a_box_that_is_cut_off_ends_the_walk_quietly() -> None:
    data = free_box(16) + free_box(16) + struct.pack(">I4sQ", 1, b"mdat", 40)
    for end in range(len(data)):
        assert len(walk(data[:end])) == min(end // 16, 2)


@pytest.mark.parametrize("size", [0, 2, 7])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    with pytest.raises(BoxError, match="at byte 8"):
        walk(free_box(8) + struct.pack(">I4s", size, b"mdat") + bytes(64))


def test_a_large_size_that_cannot_be_is_refused() -> None:
    with pytest.raises(BoxError):
        walk(struct.pack(">I4sQ", 1, b"mdat", 15) + bytes(64))


def test_a_film_that_is_shorter_than_told_ends_the_walk_quietly() -> None:
    data = free_box(16)
    found = iter_boxes(lambda offset, size: data[offset : offset + size], 0, 100)
    assert [each.end for each in found] == [16]
