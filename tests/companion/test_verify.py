import subprocess
from pathlib import Path

from vigbox.companion.verify import sha256_of


def test_a_files_hash_is_what_another_program_finds(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"sealed" * 1000)
    said = subprocess.run(["sha256sum", tmp_path / "x"], check=True, capture_output=True, text=True)
    assert said.stdout.split()[0] == sha256_of(tmp_path / "x")
