import json
from dataclasses import replace
from pathlib import Path

import pytest

from vigbox.model import Life, new_id
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest, ManifestError

KEY = SigningKey.generate()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.create()
    return layout


def a_manifest(started_at: str = "2026-11-21T19:40:00+00:00") -> Manifest:
    return Manifest(
        recording=new_id(),
        case=new_id(),
        recipients=("age1xyz",),
        boot="b",
        started_at=started_at,
        length_ns=0,
        life=Life.RECORDING,
    )


def test_a_manifest_is_read_back(layout: Layout) -> None:
    manifest = a_manifest().settled(Life.FINISHED, 12)
    manifests.write(layout, manifest, KEY)
    assert manifests.read(layout.manifest(manifest.recording), KEY.verify_key) == manifest


def test_which_arming_made_it_is_signed_and_older_manifests_stay_readable(layout: Layout) -> None:
    of_before, since = a_manifest(), replace(a_manifest(), arming=7)
    for each in (of_before, since):
        manifests.write(layout, each, KEY)
    assert "arming" not in json.loads(layout.manifest(of_before.recording).read_text())
    assert manifests.read(layout.manifest(of_before.recording), KEY.verify_key).arming == 0
    path = layout.manifest(since.recording)
    assert manifests.read(path, KEY.verify_key).arming == 7
    path.write_text(path.read_text().replace('"arming": 7', '"arming": 8'))
    with pytest.raises(ManifestError):
        manifests.read(path, KEY.verify_key)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2),
        ("recording", "../../etc/passwd"),
        ("case", "x" * 32),
        ("recipients", "age1xyz"),
        ("recipients", [1]),
        ("length_ns", -1),
        ("length_ns", 1 << 70),
        ("length_ns", "1"),
        ("arming", -1),
        ("arming", True),
        ("arming", "7"),
        ("life", "erased"),
        ("started_at", None),
        ("more", 1),
        ("signature", "AAAA"),
        ("signature", None),
    ],
)
def test_hostile_values_are_refused(layout: Layout, key: str, value: object) -> None:
    manifest = a_manifest()
    manifests.write(layout, manifest, KEY)
    path = layout.manifest(manifest.recording)
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(ManifestError, match=path.name):
        manifests.read(path, KEY.verify_key)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"[" * 10_000, b"\xff", b"x" * 100_000])
def test_what_is_no_manifest_is_refused(layout: Layout, data: bytes) -> None:
    path = layout.manifest(new_id())
    path.write_bytes(data)
    with pytest.raises(ManifestError):
        manifests.read(path, KEY.verify_key)


def test_another_boxs_signature_is_refused(layout: Layout) -> None:
    manifest = a_manifest()
    manifests.write(layout, manifest, SigningKey.generate())
    with pytest.raises(ManifestError):
        manifests.read(layout.manifest(manifest.recording), KEY.verify_key)


def test_a_manifest_under_another_name_is_refused(layout: Layout) -> None:
    manifest = a_manifest()
    manifests.write(layout, manifest, KEY)
    other = layout.manifest(new_id())
    layout.manifest(manifest.recording).rename(other)
    with pytest.raises(ManifestError, match="another recording"):
        manifests.read(other, KEY.verify_key)


def test_the_list_is_in_order_and_passes_over_what_is_none(layout: Layout) -> None:
    late, early = a_manifest("2026-11-21T19:40:00+00:00"), a_manifest("2026-11-20T19:40:00+00:00")
    for each in (late, early):
        manifests.write(layout, each, KEY)
    layout.manifest(new_id()).write_text("{}")
    assert list(manifests.listed(layout, KEY.verify_key)) == [early, late]
