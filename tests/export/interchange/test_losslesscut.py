import csv
import io

from tests.export.interchange import made
from vigbox.export.interchange import losslesscut


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))


def test_each_clip_is_a_row_of_start_end_and_label_in_seconds() -> None:
    found = rows(losslesscut.to_bytes(made.NOTED))
    clips = [(float(start), float(end), label) for start, end, label in found[: len(made.SPANS)]]
    assert clips == [(each.start_s, each.end_s, made.NOTED.label(each)) for each in made.SPANS]
    assert abs(clips[0][0] - 301 / 30) < 1e-6


def test_marks_follow_and_end_with_the_film() -> None:
    found = rows(losslesscut.to_bytes(made.NOTED))[len(made.SPANS) :]
    assert found[0] == ["0.000000", "1.000000", "Mark 1"]
    assert found[-1] == ["599.500000", "600.000000", "Mark 3"]


def test_there_is_no_header_and_nothing_when_nothing_was_noted() -> None:
    assert losslesscut.to_bytes(made.EMPTY) == b""
