"""age's own test vectors (C2SP CCTV) through ``vigbox open``."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import VIGBOX
from tests.seal.test_vectors import NAMES, Vector, read_vector
from vigbox.cli import main

AS_PROCESS = (
    "armor_scrypt", "armor_x25519", "hmac_bad", "hybrid", "scrypt", "stream_three_chunks",
    "stream_two_final_chunks", "stream_no_final_full", "x25519_no_match",
)  # fmt: skip


def words_for(vector: Vector, folder: Path) -> list[str]:
    """Lay out a vector as files; gives the command that opens it."""
    (folder / "sealed.age").write_bytes(vector.body)
    words = ["open", "-o", str(folder / "out" / "opened"), str(folder / "sealed.age")]
    (folder / "out").mkdir()
    for name, option, lines in (
        ("identity.txt", "-i", vector.says["identity"]),
        ("passphrase.txt", "--passphrase-file", vector.says["passphrase"]),
    ):
        if lines:
            (folder / name).write_text("".join(f"{line}\n" for line in lines))
            words += [option, str(folder / name)]
    return words


def check(vector: Vector, folder: Path, code: int, out: str, err: str) -> None:
    """See the file whole, or one line and no file."""
    assert out == ""
    if vector.expect == "success":
        assert (code, err) == (0, "")
        opened = (folder / "out" / "opened").read_bytes()
        assert [hashlib.sha256(opened).hexdigest()] == vector.says["payload"]
        return
    assert code == 1
    assert len(err.splitlines()) == 1
    assert err.startswith("vigbox: ")
    assert list((folder / "out").iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_vector_opens_or_fails_with_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vector = read_vector(name)
    code = main(words_for(vector, tmp_path))
    told = capsys.readouterr()
    check(vector, tmp_path, code, told.out, told.err)


@pytest.mark.parametrize("name", AS_PROCESS)
def test_vector_is_the_same_as_a_user_runs_it(name: str, tmp_path: Path) -> None:
    vector = read_vector(name)
    words = words_for(vector, tmp_path)
    done = subprocess.run([*VIGBOX, *words], check=False, capture_output=True, text=True)
    check(vector, tmp_path, done.returncode, done.stdout, done.stderr)


def test_a_vector_as_standard_output_gives_what_was_authenticated(tmp_path: Path) -> None:
    vector = read_vector("stream_no_final_full")
    words = words_for(vector, tmp_path)
    words[words.index("-o") + 1] = "-"
    done = subprocess.run([*VIGBOX, *words], check=False, capture_output=True)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert [hashlib.sha256(done.stdout).hexdigest()] == vector.says["payload"]
