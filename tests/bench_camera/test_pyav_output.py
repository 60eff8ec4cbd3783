"""The peer of ``bench.recorder`` that only the bench has."""

from pathlib import Path

from bench.packets import packets
from bench.pyav_output import picamera2_cpu_s, write_plain_film


def test_pyav_output_makes_a_whole_film_of_our_packets(tmp_path: Path) -> None:
    found = packets()
    given = write_plain_film(found, tmp_path / "film.mp4", 1)
    assert given == len(found.pictures) + len(found.sound)
    assert picamera2_cpu_s(found, 1) > 0  # and it counts what is in the film
