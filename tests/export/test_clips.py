"""Clips and stills as pieces of an export: exact, named by code, and given up when told to."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.journeys import outside
from tests.media import drawn
from vigbox.casework.tables import Clip
from vigbox.devices.drawn import picture_number
from vigbox.export.clips import (
    LONGEST_SHOWN_MS,
    ClipTooLongError,
    clip_piece,
    cut,
    file_name,
)
from vigbox.export.pieces import CancelledError
from vigbox.export.stills import Still, still_pieces
from vigbox.media.cut import ClipRangeError
from vigbox.media.fragments import FilmIndex
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import FilmReader
from vigbox.seal.sealing import FilmSealer


@dataclass(frozen=True)
class Opened:
    """A sealed film, opened as the shelf does."""

    index: FilmIndex
    reader: FilmReader
    shots: list[drawn.Shot]


@pytest.fixture(scope="module")
def film() -> Opened:
    made = drawn.record(drawn.shots(5, 11), drawn.blocks(5, 11))
    sealed, identity = io.BytesIO(), X25519Identity.generate()
    sealer = FilmSealer(sealed, [identity.recipient])
    sealer.write(bytes(made.data))
    sealer.finish()
    data = sealed.getvalue()
    reader = FilmReader(lambda at, size: data[at : at + size], len(data), [identity])
    return Opened(FilmIndex.scan(reader.read_at, reader.size), reader, made.shots)


def written(piece: object, told: list[float]) -> bytes:
    sink = io.BytesIO()
    piece.write(sink, told.append)  # type: ignore[attr-defined]
    return sink.getvalue()


def test_each_clip_is_one_piece_with_exactly_its_pictures(film: Opened, tmp_path: Path) -> None:
    clips = [Clip(first=7, end=50), Clip(first=60, end=61)]
    path = tmp_path / "clip.mp4"
    made = [clip_piece(film, (each.first, each.end), "VIG-7 clip 1.mp4") for each in clips]
    assert {(each.name, each.kind) for each in made} == {("VIG-7 clip 1.mp4", "clip")}
    for piece, clip in zip(made, clips, strict=True):
        told: list[float] = []
        path.write_bytes(written(piece, told))
        found = drawn.numbers(outside.pictures(path, drawn.SIZE))
        assert found == [each.number for each in film.shots[clip.first : clip.end]]
        assert told == sorted(told)
        assert told[-1] == 1


def test_each_still_is_the_very_picture(film: Opened) -> None:
    made = still_pieces(film, [Still(0), Still(41)])
    assert [(each.name, each.kind) for each in made] == [
        ("picture 0.jpg", "still"), ("picture 41.jpg", "still"),
    ]  # fmt: skip
    for piece, picture in zip(made, (0, 41), strict=True):
        image = Image.open(io.BytesIO(written(piece, [])))
        assert image.size == drawn.SIZE
        assert picture_number(np.asarray(image.convert("L"))) == film.shots[picture].number


def test_a_clip_is_given_up_when_its_export_is_cancelled(film: Opened) -> None:
    def cancelled(_done: float) -> None:
        raise CancelledError("the export was cancelled")

    sink = io.BytesIO()
    for piece in (clip_piece(film, (7, 90), "clip.mp4"), *still_pieces(film, [Still(4)])):
        with pytest.raises(CancelledError):
            piece.write(sink, cancelled)
    assert sink.getvalue() == b""


@pytest.mark.parametrize("span", [(50, 7), (7, 7), (90, 10_000)])
def test_a_span_that_makes_no_sense_is_refused(film: Opened, span: tuple[int, int]) -> None:
    sink = io.BytesIO()
    with pytest.raises(ClipRangeError, match="inside the film"):
        clip_piece(film, span, "clip.mp4").write(sink, lambda _: None)
    assert sink.getvalue() == b""


def test_only_for_a_screen_a_clip_may_not_be_long(film: Opened) -> None:
    clip = Clip(first=0, end=20, length_ms=LONGEST_SHOWN_MS + 1)
    with pytest.raises(ClipTooLongError, match="5 minutes"):
        cut(film, clip)
    assert written(clip_piece(film, (0, 20), "clip.mp4"), [])


def test_a_name_is_fit_for_every_machine() -> None:
    assert file_name('He: "looks / back"') == "He looks back.mp4"
    assert file_name("...") == "Clip.mp4"
