"""What shows that somebody answered: a drawn signature, or a photo of the paper form.

A picture comes from a browser: it is opened strictly, in memory, and written anew, so that nothing
of the file is kept but what can be seen: no place, no device, no thumbnail.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageOps

from vigbox.errors import VigboxError

LARGEST_UPLOAD_BYTES: Final = 16 << 20
_LONGEST_SIDE: Final = 2_000
_MOST_PIXELS: Final = 64_000_000
_MOST_PIXELS_AT_ONCE: Final = 16_000_000
_QUALITY: Final = 82
_LEAST_INK: Final = 40


class EvidenceError(VigboxError):
    """A picture cannot be kept; the text says what to do instead."""


def photo(data: bytes) -> bytes:
    """Give a photo of a paper form as a new JPEG, upright, at most 2000 pixels long.

    Raises :class:`EvidenceError`.
    """
    with _reading():
        picture = _opened(data, ("JPEG", "PNG", "WEBP"))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return _written(upright, "JPEG", quality=_QUALITY)


def signature(data: bytes) -> bytes:
    """Give a drawn signature as a new PNG, dark on white. Raises :class:`EvidenceError`."""
    with _reading():
        drawn = _opened(data, ("PNG",)).convert("RGBA")
    paper = Image.new("RGBA", drawn.size, "white")
    paper.alpha_composite(drawn)
    grey = paper.convert("L")
    if sum(grey.histogram()[:128]) < _LEAST_INK:
        raise EvidenceError("nothing was signed. Sign with a finger, or note it as spoken.")
    grey.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return _written(grey, "PNG", optimize=True)


def kind_of(picture: bytes) -> str:
    """Give the media type of what :func:`photo` or :func:`signature` gave."""
    return "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as error:
        raise EvidenceError(
            "the picture cannot be read. Take it again, as a JPEG or PNG."
        ) from error


def _opened(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    if not data:
        raise EvidenceError("there is no picture. Take one, or note the answer as spoken.")
    picture = Image.open(io.BytesIO(data), formats=formats)
    # a JPEG is made small while it is read; all others fill the memory first
    most = _MOST_PIXELS if picture.format == "JPEG" else _MOST_PIXELS_AT_ONCE
    if picture.width * picture.height > most:
        raise EvidenceError("the picture is too large for this box. Take a smaller one, as a JPEG.")
    picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
    return picture


def _written(picture: Image.Image, kind: str, **how: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **how)
    return written.getvalue()
