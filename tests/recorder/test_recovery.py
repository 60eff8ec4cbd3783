from vigbox.model import Life, new_id
from vigbox.recorder import recovery
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest

KEY = SigningKey.generate()


def a_manifest(life: Life) -> Manifest:
    return Manifest(new_id(), new_id(), ("age1x",), "b", "2026-11-21T00:00:00+00:00", 5, life)


def test_what_nobody_makes_any_more_was_cut(layout: Layout) -> None:
    cut, whole = a_manifest(Life.RECORDING), a_manifest(Life.FINISHED)
    for each in (cut, whole):
        manifests.write(layout, each, KEY)
    assert recovery.settle(layout, KEY) == [cut.recording]
    found = {each.recording: each.life for each in manifests.listed(layout, KEY.verify_key)}
    assert found == {cut.recording: Life.INTERRUPTED, whole.recording: Life.FINISHED}


def test_temporary_files_go_and_films_stay(layout: Layout) -> None:
    film = layout.film(new_id())
    film.write_bytes(b"sealed")
    (layout.recordings / "x.json.tmp").touch()
    assert recovery.settle(layout, KEY) == []
    assert [each.name for each in layout.recordings.iterdir()] == [film.name]


def test_a_forged_manifest_is_left_alone(layout: Layout) -> None:
    forged = a_manifest(Life.RECORDING)
    manifests.write(layout, forged, SigningKey.generate())
    assert recovery.settle(layout, KEY) == []
    assert manifests.read(layout.manifest(forged.recording)).life is Life.RECORDING
