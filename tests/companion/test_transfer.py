import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from vigbox.companion.transfer import STATE, Transfer
from vigbox.companion.verify import VerifyError
from vigbox.delivery.contents import CONTENTS, About, ContentFile, Contents, Rest, parse
from vigbox.delivery.manifest import ExportManifest, Part
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.sealing import seal_bytes

IDENTITY = X25519Identity.generate()
EXPORT, MACHINE = "1" * 32, "2" * 32
FILM = b"film" * 1000


def file_of(part: str, name: str = "Clip.mp4") -> ContentFile:
    return ContentFile(part, name, "clip", hashlib.sha256(FILM).hexdigest(), len(FILM))


def fetched(
    dest: Path, parts: list[str], files: list[ContentFile], about: About | None = None
) -> Transfer:
    """Give an export of which everything has been fetched."""
    folder = dest / STATE / MACHINE / EXPORT
    folder.mkdir(parents=True)
    plain = dict.fromkeys(parts, FILM) | {
        CONTENTS: Contents("A12", tuple(files), about or About()).to_bytes()
    }
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


ABOUT = About(
    "clip, faces masked", "Anna's laptop", "training", "2026-03-01T12:00:00Z",
    (Rest(7, "training", "vigbox-1 en", "2026-02-01T09:00:00Z"),),
)  # fmt: skip


def test_what_the_files_rest_on_lies_beside_them_in_codes_alone(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age")], ABOUT)
    _, about = export.open(IDENTITY, keep_sealed=False)
    assert about == tmp_path / "A12" / "about.json"
    assert json.loads(about.read_bytes()) == {
        "case": "A12",
        "files": ["Clip.mp4"],
        "what": "clip, faces masked",
        "purpose": "training",
        "made_at": "2026-03-01T12:00:00Z",
        "rests_on": [
            {"consent": 7, "purpose": "training", "form": "vigbox-1 en",
             "given_at": "2026-02-01T09:00:00Z"},
        ],
    }  # fmt: skip
    assert "Anna" not in about.read_text()
    assert export.opened_files == ["A12/Clip.mp4", "A12/about.json"]
    assert not list(export.folder.glob("*.tmp"))


def test_another_exports_about_and_a_file_of_that_name_are_kept(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age", "About.JSON")], ABOUT)
    (tmp_path / "A12").mkdir()
    (tmp_path / "A12" / "about.json").write_bytes(b"{}")
    file, about = export.open(IDENTITY, keep_sealed=False)
    assert (file.name, about.name) == ("About (2).JSON", "about (3).json")
    assert export.open(IDENTITY, keep_sealed=False) == [file, about], "a cut puts it there once"
    assert (tmp_path / "A12" / "about.json").read_bytes() == b"{}"
    assert len(list((tmp_path / "A12").iterdir())) == 3


def test_what_is_kept_sealed_tells_it_sealed(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age")], ABOUT)
    _, about = export.open(IDENTITY, keep_sealed=True)
    assert about == tmp_path / "A12" / "about.json.age"
    assert parse(open_bytes(about.read_bytes(), [IDENTITY])).about == ABOUT


def test_a_box_that_told_nothing_leaves_nothing_beside(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age")])
    export.open(IDENTITY, keep_sealed=False)
    assert [each.name for each in (tmp_path / "A12").iterdir()] == ["Clip.mp4"]


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


def test_an_export_without_its_contents_is_refused(tmp_path: Path) -> None:
    export = fetched(tmp_path, ["a.age"], [file_of("a.age")])
    parts = tuple(each for each in export.manifest.parts if each.name != CONTENTS)
    with pytest.raises(VerifyError, match="has no part"):
        Transfer(replace(export.manifest, parts=parts), tmp_path).open(IDENTITY, keep_sealed=False)
    assert [each.name for each in tmp_path.iterdir()] == [STATE]
