"""What was chosen for a keepsake, as its address tells it: ``photo=2.118.10,0,64,48``, ticks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import abort
from werkzeug.datastructures import MultiDict

from vigbox.casework.tables import Clip
from vigbox.export.mosaic import MOST
from vigbox.media.stills import Crop

_NUMBER: Final = r"(\d{1,6})"
_PHOTO: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}(?:\.{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ChosenPhoto:
    """A picture of the clip at a place in the review; ``crop`` in pixels of the film, or all."""

    clip: int
    picture: int
    crop: Crop | None = None

    def __str__(self) -> str:
        crop = "." + ",".join(map(str, self.crop)) if self.crop else ""
        return f"{self.clip}.{self.picture}{crop}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One to six photos in their order, and what goes with them."""

    photos: tuple[ChosenPhoto, ...]
    has_words: bool = True
    has_strengths: bool = True
    has_code: bool = False


def proposed(clips: Mapping[int, Clip]) -> dict[int, int]:
    """Give the picture of each clip that is proposed: where it stands still, else its middle."""
    return {place: _middle(clip) for place, clip in clips.items()}


def parse_choice(told: MultiDict[str, str], clips: Mapping[int, Clip]) -> Choice:
    """Read a choice; answers 400 for photos that are none of these clips, or too many."""
    photos = tuple(_photo(each, clips) for each in told.getlist("photo"))
    if not 1 <= len(photos) <= MOST:
        abort(HTTPStatus.BAD_REQUEST, f"Choose one to {MOST} photos for the keepsake.")
    return Choice(photos, "words" in told, "strengths" in told, "code" in told)


def _photo(text: str, clips: Mapping[int, Clip]) -> ChosenPhoto:
    match = _PHOTO.fullmatch(text)
    if match is None:
        abort(HTTPStatus.BAD_REQUEST, "That photo was not chosen on the keepsake's page.")
    place, picture, *crop = (int(each) for each in match.groups() if each is not None)
    clip = clips.get(place)
    if clip is None or not clip.first <= picture < clip.end:
        abort(HTTPStatus.BAD_REQUEST, "That photo is of none of these clips.")
    left, top, width, height = crop or (0, 0, 0, 0)
    return ChosenPhoto(place, picture, (left, top, width, height) if crop else None)


def _middle(clip: Clip) -> int:
    return (clip.first + clip.end - 1) // 2 if clip.freeze is None else clip.freeze
