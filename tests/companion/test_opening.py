import hashlib
import stat
from pathlib import Path

import pytest

from vigbox.companion.opening import case_folder, keep_part, open_part, read_contents
from vigbox.companion.verify import VerifyError
from vigbox.delivery.contents import ContentFile, Contents, ContentsError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.sealing import seal_bytes

IDENTITY = X25519Identity.generate()
FILM = bytes(range(256)) * 1000


def part_of(folder: Path, data: bytes = FILM) -> Path:
    path = folder / "clip-1.mp4.age"
    path.write_bytes(seal_bytes(data, [IDENTITY.recipient]))
    return path


def facts_of(data: bytes = FILM, name: str = "Clip.mp4") -> ContentFile:
    return ContentFile("clip-1.mp4.age", name, "clip", hashlib.sha256(data).hexdigest(), len(data))


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "A12"
    folder.mkdir()
    return folder


def test_a_part_is_opened_under_its_name_for_its_owner_alone(tmp_path: Path, case: Path) -> None:
    opened = open_part(part_of(tmp_path), facts_of(), IDENTITY, case)
    assert opened == case / "Clip.mp4"
    assert opened.read_bytes() == FILM
    assert stat.S_IMODE(opened.stat().st_mode) == 0o600
    assert list(case.iterdir()) == [opened]


def test_opening_the_same_again_makes_no_second_file(tmp_path: Path, case: Path) -> None:
    sealed = part_of(tmp_path)
    assert open_part(sealed, facts_of(), IDENTITY, case) == open_part(
        sealed, facts_of(), IDENTITY, case
    )
    assert len(list(case.iterdir())) == 1


def test_a_different_file_of_that_name_is_never_written_over(tmp_path: Path, case: Path) -> None:
    (case / "Clip.mp4").write_bytes(b"notes of mine")
    (case / "Clip (2).mp4").mkdir()
    opened = open_part(part_of(tmp_path), facts_of(), IDENTITY, case)
    assert opened == case / "Clip (3).mp4"
    assert (case / "Clip.mp4").read_bytes() == b"notes of mine"


@pytest.mark.parametrize(
    "name", ["../../out.mp4", "/etc/out.mp4", "..\\out.mp4", "..", "con.mp4", "a/../../b.mp4"]
)
def test_no_name_climbs_out_of_the_folder(tmp_path: Path, case: Path, name: str) -> None:
    opened = open_part(part_of(tmp_path), facts_of(name=name), IDENTITY, case)
    assert opened.parent == case
    assert opened.resolve().parent == case.resolve()
    assert [each.name for each in case.iterdir()] == [opened.name]


def test_a_name_of_which_nothing_is_left_becomes_the_parts(tmp_path: Path, case: Path) -> None:
    opened = open_part(part_of(tmp_path), facts_of(name=".."), IDENTITY, case)
    assert opened.name == "clip-1.mp4"


@pytest.mark.parametrize("expected", [FILM[:-1], FILM + b"x", b"x" + FILM[1:], b""])
def test_what_opens_to_something_else_leaves_nothing(
    tmp_path: Path, case: Path, expected: bytes
) -> None:
    with pytest.raises(VerifyError, match=r"Clip\.mp4"):
        open_part(part_of(tmp_path), facts_of(expected), IDENTITY, case)
    assert list(case.iterdir()) == []


def test_a_damaged_part_leaves_nothing(tmp_path: Path, case: Path) -> None:
    sealed = part_of(tmp_path)
    data = bytearray(sealed.read_bytes())
    data[-100] ^= 1
    sealed.write_bytes(data)
    with pytest.raises(VerifyError, match="cannot be opened"):
        open_part(sealed, facts_of(), IDENTITY, case)
    assert list(case.iterdir()) == []


def test_a_part_for_another_machine_is_told(tmp_path: Path, case: Path) -> None:
    with pytest.raises(VerifyError, match="by this machine"):
        open_part(part_of(tmp_path), facts_of(), X25519Identity.generate(), case)


def test_what_a_cut_left_half_opened_is_begun_again(tmp_path: Path, case: Path) -> None:
    (tmp_path / "clip-1.mp4.tmp").write_bytes(b"half")
    assert open_part(part_of(tmp_path), facts_of(), IDENTITY, case).read_bytes() == FILM
    assert not (tmp_path / "clip-1.mp4.tmp").exists()


def test_a_link_laid_in_the_way_is_not_followed(tmp_path: Path, case: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "clip-1.mp4.tmp").symlink_to(tmp_path / "precious")
    open_part(part_of(tmp_path), facts_of(), IDENTITY, case)
    assert (tmp_path / "precious").read_bytes() == b"mine"


def test_a_film_whose_name_ends_like_a_temporary_one_is_not_lost(
    tmp_path: Path, case: Path
) -> None:
    for name in ("Clip.mp4.tmp", "Clip.mp4"):
        open_part(part_of(tmp_path), facts_of(name=name), IDENTITY, case)
    assert sorted(each.name for each in case.iterdir()) == ["Clip.mp4", "Clip.mp4.tmp"]


@pytest.mark.parametrize("name", ["CLIP.MP4", "clip.mp4", "Clip.mp4. ", "Clip.mp4."])
def test_names_that_some_system_takes_for_one_stay_apart(
    tmp_path: Path, case: Path, name: str
) -> None:
    open_part(part_of(tmp_path), facts_of(), IDENTITY, case)
    other = open_part(part_of(tmp_path, b"other"), facts_of(b"other", name), IDENTITY, case)
    assert other.stem.lower() == "clip (2)"
    assert len({each.name.lower() for each in case.iterdir()}) == 2


def test_composed_and_decomposed_letters_are_one_name(tmp_path: Path, case: Path) -> None:
    (case / "Gro\u0308\u00dfe.mp4").write_bytes(b"mine")
    opened = open_part(part_of(tmp_path), facts_of(name="GR\u00d6SSE.mp4"), IDENTITY, case)
    assert opened.name == "GR\u00d6SSE (2).mp4"


def test_cases_whose_codes_differ_in_large_letters_alone_stay_apart(tmp_path: Path) -> None:
    folders = [case_folder(tmp_path, each) for each in ("A12", "a12", "A12", "a12", "A12.")]
    assert [each.name for each in folders] == ["A12", "a12 (2)", "A12", "a12 (2)", "A12"]


def test_a_file_in_the_place_of_a_case_is_left(tmp_path: Path) -> None:
    (tmp_path / "A12").write_bytes(b"mine")
    assert case_folder(tmp_path, "A12").name == "A12 (2)"
    assert (tmp_path / "A12").read_bytes() == b"mine"


def test_a_part_can_stay_sealed_under_its_name(tmp_path: Path, case: Path) -> None:
    (case / "Clip.mp4.age").write_bytes(b"another")
    sealed = part_of(tmp_path)
    data = sealed.read_bytes()
    kept = keep_part(sealed, facts_of(), case)
    assert kept == case / "Clip (2).mp4.age"
    assert kept.read_bytes() == data


def test_contents_are_opened(tmp_path: Path) -> None:
    contents = Contents("A12", (facts_of(),))
    assert read_contents(part_of(tmp_path, contents.to_bytes()), IDENTITY) == contents


def test_contents_without_end_are_not_read_to_it(tmp_path: Path) -> None:
    with pytest.raises(ContentsError, match="too long"):
        read_contents(part_of(tmp_path, b" " * (2 << 20)), IDENTITY)
