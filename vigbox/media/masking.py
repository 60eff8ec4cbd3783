"""Masks over faces: what was found is followed over time, and covered longer and wider than found.

A mask is one flat grey, the same in every picture. Pixelation and blur were not taken: both keep
something of what is beneath, which machines still recognise people by (McPherson, Shokri, Shmatikov
2016, arXiv:1609.00408), and many pictures of it add up. A flat grey keeps nothing, not even a
colour, and that can be proved.

A mask is given for spans of a few pictures as one rectangle that covers the face in all of them. A
face that is missed for a while is taken to be between where it was before and after; one that
appears is covered from half a second earlier, one that goes until half a second later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from vigbox.media.faces import Box, overlap

SPAN: Final = 5
"""So many pictures share one rectangle."""
GAP: Final = 30
"""A face that is not found in so many pictures, a second or so, is still the same one."""
HOLD: Final = 15
"""So many pictures before the first and after the last are covered too."""
MARGIN: Final = 0.25
"""What is added at each side, in parts of the face: hair, chin, and a turn of the head."""

_NEAR: Final = 0.15


@dataclass(frozen=True, slots=True)
class Span:
    """One rectangle over pictures ``first`` up to but not including ``end``."""

    first: int
    end: int
    box: Box


Mask = tuple[Span, ...]
"""One face, or one rectangle of a finger, over time."""


@dataclass
class _Track:
    """One face, where it was found."""

    boxes: dict[int, Box] = field(default_factory=dict)

    @property
    def last(self) -> int:
        return max(self.boxes)


def masks_of(
    found: Mapping[int, Sequence[Box]], pictures: range, size: tuple[int, int]
) -> list[Mask]:
    """Give a mask for each face that was found anywhere, those that came first, first.

    ``found`` are faces by picture, ``pictures`` the whole clip, ``size`` the film's in pixels.
    """
    tracks: list[_Track] = []
    for picture in pictures:
        _follow(tracks, picture, found.get(picture, ()))
    return [_mask(each, pictures, size) for each in tracks]


def boxes_at(masks: Iterable[Mask], picture: int) -> list[Box]:
    """Give what is covered in one picture."""
    return [span.box for mask in masks for span in mask if span.first <= picture < span.end]


def _follow(tracks: list[_Track], picture: int, boxes: Sequence[Box]) -> None:
    for box in boxes:
        near = [
            each
            for each in tracks
            if picture - each.last <= GAP and overlap(each.boxes[each.last], box) >= _NEAR
        ]
        if not near:
            tracks.append(_Track({picture: box}))
            continue
        track = max(near, key=lambda each: overlap(each.boxes[each.last], box))
        here = track.boxes.get(picture)  # two that lie so near are covered together
        track.boxes[picture] = _around([here, box]) if here else box


def _mask(track: _Track, pictures: range, size: tuple[int, int]) -> Mask:
    first = max(pictures.start, min(track.boxes) - HOLD)
    end = min(pictures.stop, track.last + 1 + HOLD)
    return tuple(
        Span(at, min(at + SPAN, end), _grown(_near(track, at, min(at + SPAN, end)), size))
        for at in range(first, end, SPAN)
    )


def _near(track: _Track, first: int, end: int) -> Box:
    """Give what covers a face in a span: where it was in it, and right before and after."""
    inside = [box for at, box in track.boxes.items() if first <= at < end]
    before = [at for at in track.boxes if at < first]
    after = [at for at in track.boxes if at >= end]
    edges = [max(before)] if before else []
    edges += [min(after)] if after else []
    return _around(inside + [track.boxes[at] for at in edges])


def _around(boxes: Sequence[Box]) -> Box:
    left, top = min(each.left for each in boxes), min(each.top for each in boxes)
    right = max(each.left + each.width for each in boxes)
    bottom = max(each.top + each.height for each in boxes)
    return Box(left, top, right - left, bottom - top)


def _grown(box: Box, size: tuple[int, int]) -> Box:
    across, down = round(box.width * MARGIN), round(box.height * MARGIN)
    left, top = max(0, box.left - across), max(0, box.top - down)
    right = min(size[0], box.left + box.width + across)
    bottom = min(size[1], box.top + box.height + down)
    return Box(left, top, max(1, right - left), max(1, bottom - top))
