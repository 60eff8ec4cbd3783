"""Pictures that come from a browser: written anew, without what a camera hides in them."""

import io

import pytest
from PIL import Image, ImageDraw

from vigbox.casework.evidence import EvidenceError, kind_of, photo, signature

PLACE = b"52 degrees north"


def a_photo(kind: str = "JPEG", size: tuple[int, int] = (3000, 1500), turned: int = 1) -> bytes:
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 4, size[1]), fill="navy")
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = turned, PLACE.decode()
    written = io.BytesIO()
    picture.save(written, kind, exif=exif)
    return written.getvalue()


def drawn(size: tuple[int, int] = (600, 240), *, is_signed: bool = True) -> bytes:
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    if is_signed:
        ImageDraw.Draw(picture).line((20, 200, 300, 30, 560, 210), fill="#123", width=4)
    written = io.BytesIO()
    picture.save(written, "PNG", comment=PLACE)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_keeps_what_is_seen_and_nothing_else(kind: str) -> None:
    assert PLACE in a_photo(kind)
    kept = photo(a_photo(kind))
    assert PLACE not in kept
    assert kind_of(kept) == "image/jpeg"
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (2000, 1000)
        assert not picture.getexif()
        assert picture.getpixel((10, 500))[2] > 100  # type: ignore[index]  # navy at the left


def test_a_photo_stands_upright() -> None:
    with Image.open(io.BytesIO(photo(a_photo(turned=6)))) as picture:
        assert picture.size == (1000, 2000)


def test_a_signature_is_dark_on_white_without_what_was_hidden_in_it() -> None:
    kept = signature(drawn())
    assert PLACE not in kept
    assert kind_of(kept) == "image/png"
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.mode, picture.size) == ("L", (600, 240))
        assert picture.getextrema()[0] < 60  # type: ignore[operator]
        assert picture.getpixel((5, 5)) == 255


def test_an_empty_drawing_is_no_signature() -> None:
    with pytest.raises(EvidenceError, match="nothing was signed"):
        signature(drawn(is_signed=False))


@pytest.mark.parametrize("read", [photo, signature])
@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", a_photo()[:2000], b"<svg/>", drawn()[:200], b"\x89PNG\r\n\x1a\n" + bytes(99)],
)
def test_what_is_no_picture_is_told(read: object, data: bytes) -> None:
    with pytest.raises(EvidenceError, match="picture"):
        read(data)  # type: ignore[operator]


def test_a_picture_that_would_fill_the_memory_is_not_opened() -> None:
    huge = io.BytesIO()
    Image.new("1", (9000, 9000)).save(huge, "PNG")
    with pytest.raises(EvidenceError, match="too large"):
        photo(huge.getvalue())
