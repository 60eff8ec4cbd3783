"""The file that hands the facts on, between a user that looks and all who may read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.appliance.health.machine_twin import NOW_US, line, twin
from vigbox.appliance.health import kept
from vigbox.appliance.health.facts import Facts
from vigbox.appliance.health.gather import gather

NOW = datetime.fromtimestamp(NOW_US / 1e6, UTC)


def test_the_file_goes_to_another_user_whole(tmp_path: Path) -> None:
    journal = [line("vigbox.recorder.box: a press was refused: No case is armed.")]
    found = gather(twin(tmp_path, journal=journal), NOW)
    kept.keep(found, tmp_path / "health.json")
    assert kept.read(tmp_path / "health.json") == found
    assert (tmp_path / "health.json").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"null", b'{"units": 5}', b"[" * 9999])
def test_a_file_that_is_damaged_is_not_known_and_no_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "health.json"
    path.write_bytes(data)
    assert kept.read(path) in (None, Facts())


def test_words_that_do_not_fit_are_left_out_of_a_file_that_was_tampered_with(
    tmp_path: Path,
) -> None:
    path = tmp_path / "health.json"
    path.write_text(
        '{"board": "Anna", "celsius": "Anna", "card": "Anna", "is_weak": 1, "at": "Anna",'
        ' "troubles": [{"who": "web", "says": "Anna was here", "times": 1, "hours_ago": 0}],'
        ' "units": [{"name": "web", "state": "Anna", "restarts": 0}]}'
    )
    assert kept.read(path) == Facts()


def test_a_reader_meanwhile_has_the_one_before_whole(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    kept.keep(Facts(celsius=50), path)
    with path.open("rb") as reading:
        kept.keep(Facts(celsius=60), path)
        assert Facts.from_json(reading.read()).celsius == 50
    found = kept.read(path)
    assert found is not None
    assert found.celsius == 60
    assert [each.name for each in tmp_path.iterdir()] == ["health.json"]


def test_what_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    kept.keep(Facts(celsius=50), path)
    (tmp_path / "health.json.new").mkdir()
    with pytest.raises(OSError, match="new"):
        kept.keep(Facts(celsius=60), path)
    assert kept.read(path) == Facts(celsius=50)


def test_a_file_without_an_end_is_read_up_to_a_limit_and_not_known(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    path.write_bytes(b'{"celsius": 50}' + b" " * (1 << 18) + b"}")
    assert kept.read(path) == Facts(celsius=50)
    path.write_bytes(b" " * (1 << 18) + b'{"celsius": 50}')
    assert kept.read(path) is None


def test_the_file_lies_beside_the_run_folder_under_its_own_user() -> None:
    assert kept.place(Path("/run/vigbox")) == Path("/run/vigbox-health/health.json")
