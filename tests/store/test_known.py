import os
from pathlib import Path

import pytest

from vigbox.model import Life, new_id
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.known import KnownManifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest

KEY = SigningKey.generate()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.create()
    return layout


def told(number: int) -> Manifest:
    started_at = f"2026-11-{number:02d}T10:00:00+00:00"
    return Manifest(new_id(), new_id(), ("age1x",), "b", started_at, 10, Life.FINISHED)


def kept(layout: Layout, *numbers: int) -> list[Manifest]:
    found = [told(each) for each in numbers]
    for each in found:
        manifests.write(layout, each, KEY)
    return found


def test_it_lists_what_reading_them_all_lists(layout: Layout) -> None:
    kept(layout, 3, 1, 2)
    layout.manifest(new_id()).write_text("{}")
    known = KnownManifests(layout, KEY.verify_key)
    for _ in range(2):
        assert known.listed() == list(manifests.listed(layout, KEY.verify_key))
    assert len(known.listed()) == 3


def test_a_change_a_removal_and_a_new_one_are_noticed(layout: Layout) -> None:
    first, second = kept(layout, 1, 2)
    known = KnownManifests(layout, KEY.verify_key)
    assert known.listed() == [first, second]
    longer = first.settled(Life.FINISHED, 99)
    manifests.write(layout, longer, KEY)
    layout.manifest(second.recording).unlink()
    (third,) = kept(layout, 3)
    assert known.listed() == [longer, third]


def test_one_written_over_in_place_with_its_times_put_back_is_noticed(layout: Layout) -> None:
    (first,) = kept(layout, 1)
    known, path = KnownManifests(layout, KEY.verify_key), layout.manifest(first.recording)
    assert known.listed() == [first]
    before, text = path.stat(), path.read_text()
    with path.open("r+") as file:
        file.write(text.replace('"length_ns": 10', '"length_ns": 99'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert known.listed() == []


def test_a_forged_one_is_never_listed(layout: Layout) -> None:
    manifests.write(layout, told(1), SigningKey.generate())
    known = KnownManifests(layout, KEY.verify_key)
    assert known.listed() == []
    assert known.listed() == []


def test_one_is_read_from_memory_until_it_changes_or_goes(layout: Layout) -> None:
    (first,) = kept(layout, 1)
    known, path = KnownManifests(layout, KEY.verify_key), layout.manifest(first.recording)
    assert known.read(first.recording) is known.read(first.recording)
    assert known.listed()[0] is known.read(first.recording)
    longer = first.settled(Life.FINISHED, 99)
    manifests.write(layout, longer, KEY)
    assert known.read(first.recording) == longer
    path.write_text(path.read_text().replace("99", "98"))
    with pytest.raises(manifests.ManifestError):
        known.read(first.recording)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        known.read(first.recording)


def test_a_list_comes_from_memory_until_its_folder_changes(layout: Layout) -> None:
    (first,) = kept(layout, 1)
    long_ago_ns = layout.recordings.stat().st_mtime_ns - 10**10
    os.utime(layout.recordings, ns=(long_ago_ns, long_ago_ns))
    known = KnownManifests(layout, KEY.verify_key)
    assert known.listed() == [first]
    path = layout.manifest(first.recording)
    path.write_text("{}")  # in its place: seen when it is read
    assert known.listed() == [first]
    with pytest.raises(manifests.ManifestError):
        known.read(first.recording)
    (second,) = kept(layout, 2)
    assert known.listed() == [second]
