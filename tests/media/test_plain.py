"""A plain MP4 is written in bounded memory, however long it is."""

import io
import tracemalloc

from tests.media import drawn
from vigbox.media.boxes import iter_boxes
from vigbox.media.cut import cut_clip
from vigbox.media.fragments import FilmIndex
from vigbox.media.moov import PICTURE_TRACK, Track
from vigbox.media.plain import PlainWriter, Run, Sample, held_run
from vigbox.media.samples import picture_track

MIB = 1 << 20


class Counting:
    """A sink that keeps nothing but the length."""

    def __init__(self) -> None:
        self.size_bytes = 0

    def write(self, data: bytes) -> None:
        self.size_bytes += len(data)


def test_what_does_not_fit_into_memory_goes_out_as_it_comes(index: FilmIndex) -> None:
    sink = Counting()
    writer = PlainWriter(sink, 4 * MIB)
    tracemalloc.start()
    for _ in range(100):
        writer.add(PICTURE_TRACK, held_run([Sample(bytes(MIB), 90_000)]))
    writer.finish([picture_track(index)])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert writer.is_long
    assert sink.size_bytes > 100 * MIB
    assert most < 10 * MIB


def test_what_is_read_when_it_is_written_is_not_held(index: FilmIndex) -> None:
    sink = Counting()
    writer = PlainWriter(sink, 4 * MIB)
    for _ in range(100):
        writer.add(PICTURE_TRACK, Run([(90_000, MIB, True)], lambda: bytes(MIB)))
    assert sink.size_bytes == 0
    writer.finish([picture_track(index)])
    assert not writer.is_long
    assert sink.size_bytes > 100 * MIB


def test_tables_lie_in_front_of_what_fits(film: drawn.Film, index: FilmIndex) -> None:
    for most_held_bytes, kinds in ((MIB, [b"ftyp", b"moov", b"mdat"]), (0, None)):
        sink = io.BytesIO()
        cut_clip(film.read_at, index, 10, 40, sink, most_held_bytes=most_held_bytes)
        data = sink.getvalue()
        found = [
            each.kind
            for each in iter_boxes(
                lambda offset, size, data=data: data[offset : offset + size],  # type: ignore[misc]
                0,
                len(data),
            )
        ]
        assert found == (kinds or [b"ftyp", *[b"mdat"] * (len(found) - 2), b"moov"])


def test_a_track_without_samples_is_not_told_of(index: FilmIndex) -> None:
    sink = io.BytesIO()
    writer = PlainWriter(sink)
    writer.add(PICTURE_TRACK, held_run([Sample(b"\0\0\0\1e", 3600)]))
    silent = Track(2, 48_000, b"")
    writer.finish([picture_track(index), silent])
    assert sink.getvalue().count(b"trak") == 1
