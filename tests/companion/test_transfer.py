import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from vigbox.companion.transfer import STATE, Transfer
from vigbox.companion.verify import VerifyError
from vigbox.delivery.contents import CONTENTS, ContentFile, Contents
from vigbox.delivery.manifest import ExportManifest, Part
from vigbox.seal.identities import X25519Identity
from vigbox.seal.sealing import seal_bytes

IDENTITY = X25519Identity.generate()
EXPORT, MACHINE = "1" * 32, "2" * 32
FILM = b"film" * 1000


def file_of(part: str, name: str = "Clip.mp4") -> ContentFile:
    return ContentFile(part, name, "clip", hashlib.sha256(FILM).hexdigest(), len(FILM))


def fetched(dest: Path, parts: list[str], files: list[ContentFile]) -> Transfer:
    """Give an export of which everything has been fetched."""
    folder = dest / STATE / MACHINE / EXPORT
    folder.mkdir(parents=True)
    plain = dict.fromkeys(parts, FILM) | {CONTENTS: Contents("A12", tuple(files)).to_bytes()}
    found = []
    for name, data in plain.items():
        sealed = seal_bytes(data, [IDENTITY.recipient])
        (folder / name).write_bytes(sealed)
        sha256 = hashlib.sha256(sealed).hexdigest()
        found.append(Part(name, len(sealed), sha256, (sha256,)))
    return Transfer(ExportManifest(EXPORT, MACHINE, "2026-03-01T12:00:00Z", tuple(found)), dest)


def test_files_of_one_name_stay_apart(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age")])
    (tmp_path / "A12").mkdir()
    (tmp_path / "A12" / "Clip.mp4").write_bytes(b"an older clip")
    assert export.open(IDENTITY, keep_sealed=False) == [tmp_path / "A12" / "Clip (2).mp4"]
    assert export.is_opened
    assert export.opened_files == ["A12/Clip (2).mp4"]


def test_an_export_that_the_box_made_anew_is_not_taken_for_the_opened_one(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age")])
    export.open(IDENTITY, keep_sealed=False)
    anew = replace(export.manifest, created_at="2026-03-02T12:00:00Z")
    assert not Transfer(anew, tmp_path).is_opened


def test_an_unreadable_note_of_what_was_opened_is_none(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age")])
    for data in (b"", b"[]", b"{"):
        (export.folder / "opened.json").write_bytes(data)
        assert not export.is_opened
        assert export.opened_files == []


@pytest.mark.parametrize(
    "named", [[], ["a.age"], ["a.age", "c.age"], ["a.age", "b.age", "b.age"], ["a.age", CONTENTS]]
)
def test_an_export_that_leaves_a_part_unopened_is_refused(tmp_path: Path, named: list[str]) -> None:
    export = fetched(tmp_path, ["a.age", "b.age"], [file_of(each) for each in named])
    with pytest.raises(VerifyError, match="not the same"):
        export.open(IDENTITY, keep_sealed=False)
    assert not export.is_opened
    assert [each.name for each in tmp_path.iterdir()] == [STATE]


def test_what_is_here_counts_up_to_its_size(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age")])
    assert export.here_bytes == export.manifest.size_bytes
    export.forget()
    assert export.here_bytes == 0
    assert not export.is_opened
