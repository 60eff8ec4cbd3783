"""The signed update that the build makes is one that a box takes."""

import subprocess
import sys
from pathlib import Path

from vigbox.appliance.updates.release import read_head, read_package
from vigbox.appliance.updates.trusted import trusted_keys
from vigbox.casework.schema import HEAD
from vigbox.cli import main

HERE = Path(__file__).parents[2] / "packaging"
MAKE = """
import sys
from pathlib import Path
import update
print(update.make(Path(sys.argv[1]), "0.1.0", "arm64", 1000, Path(sys.argv[2])))
"""


def test_a_signed_update_is_what_a_box_reads(tmp_path: Path) -> None:
    package, key = tmp_path / "vigbox_0.1.0_arm64.deb", tmp_path / "release"
    package.write_bytes(b"a package")
    assert main(["release-key", str(key)]) == 0
    subprocess.run([sys.executable, "-c", MAKE, package, key], cwd=HERE, check=True)
    taken = bytearray()
    with (tmp_path / "vigbox_0.1.0_arm64.update").open("rb") as file:
        release = read_head(file, trusted_keys(tmp_path))
        read_package(file, release, taken.extend)
    assert bytes(taken) == b"a package"
    assert (release.version, release.arch, release.schema) == ("0.1.0", "arm64", HEAD)
    assert "first whole visit" in release.changes, "what CHANGELOG.md says of it"
