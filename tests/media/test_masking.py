"""Masks follow a face, cover it longer and wider than it was found, and never a picture less."""

import random

import pytest

from vigbox.media.faces import Box
from vigbox.media.masking import GAP, HOLD, Mask, boxes_at, masks_of

SIZE = (640, 360)
CLIP = range(100, 300)


def walking(start: int, speed: int, clip: range = CLIP) -> dict[int, Box]:
    return {n: Box(start + speed * (n - clip.start), 100, 40, 50) for n in clip}


def covers(boxes: list[Box], face: Box) -> bool:
    return any(
        each.left <= face.left
        and each.top <= face.top
        and each.left + each.width >= face.left + face.width
        and each.top + each.height >= face.top + face.height
        for each in boxes
    )


def masks(found: dict[int, list[Box]]) -> list[Mask]:
    return masks_of(found, CLIP, SIZE)


@pytest.mark.parametrize("seed", range(20))
def test_a_face_that_is_missed_now_and_then_is_covered_in_every_picture(seed: int) -> None:
    rng = random.Random(seed)
    face = walking(20, 2)
    found: dict[int, list[Box]] = {}
    missed = 0
    for number, box in face.items():
        missed = missed + 1 if rng.random() < 0.6 and missed < 12 else 0
        if not missed:
            found[number] = [box]
    (only,) = masks(found)
    for number in range(min(found), max(found) + 1):
        assert covers(boxes_at([only], number), face[number]), number


def test_a_mask_begins_before_the_face_was_found_and_ends_after() -> None:
    (only,) = masks({150: [Box(50, 50, 40, 40)]})
    assert (only[0].first, only[-1].end) == (150 - HOLD, 151 + HOLD)
    (early,) = masks({101: [Box(50, 50, 40, 40)]})
    assert early[0].first == CLIP.start, "and stays in the clip"


def test_a_mask_is_wider_than_the_face_and_stays_in_the_picture() -> None:
    (only,) = masks({150: [Box(50, 50, 40, 40)]})
    (box,) = boxes_at([only], 150)
    assert box == Box(40, 40, 60, 60)
    (corner,) = masks({150: [Box(-5, -5, 40, 40)]})
    assert boxes_at([corner], 150) == [Box(0, 0, 45, 45)]
    (far,) = masks({150: [Box(620, 340, 40, 40)]})
    (box,) = boxes_at([far], 150)
    assert (box.left + box.width, box.top + box.height) == SIZE


def test_two_faces_are_two_masks_and_one_that_was_gone_for_long_another() -> None:
    near, far = Box(50, 50, 40, 40), Box(400, 50, 40, 40)
    found = {number: [near, far] for number in CLIP}
    assert len(masks(found)) == 2
    assert len(masks({110: [near], 111 + GAP: [near]})) == 2
    assert len(masks({110: [near], 110 + GAP: [near]})) == 1


def test_every_single_finding_is_a_mask() -> None:
    rng = random.Random(7)
    found = {n: [Box(rng.randrange(600), rng.randrange(300), 30, 30)] for n in CLIP}
    made = masks(found)
    for number, boxes in found.items():
        assert covers(boxes_at(made, number), boxes[0])


def test_nothing_found_is_no_mask() -> None:
    assert masks({}) == []
    assert masks({number: [] for number in CLIP}) == []
