"""The package's archive, read back by Debian's own tools."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "packaging"
WRITE = """
import sys
from pathlib import Path
import deb
folder, out = map(Path, sys.argv[1:])
stamp = deb.Stamp(1_700_000_000)
control, data = (deb.tar_of(folder / each, stamp, 0) for each in ("control", "data"))
deb.write(out, control, data, stamp)
"""


def written(folder: Path, name: str) -> Path:
    path = folder / name
    subprocess.run([sys.executable, "-c", WRITE, folder, path], cwd=HERE, check=True)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb reads the package back, and is not installed")
    (tmp_path / "control").mkdir()
    text = "Package: proof\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x.invalid>\n"
    (tmp_path / "control" / "control").write_text(f"{text}Description: proof\n")
    (tmp_path / "data" / "bin").mkdir(parents=True)
    (tmp_path / "data" / "bin" / "run").write_text("#!/bin/sh\n")
    (tmp_path / "data" / "bin" / "run").chmod(0o770)
    (tmp_path / "data" / "a link").symlink_to("/usr/bin/python3.13")
    return tmp_path


def test_dpkg_reads_the_package_and_everything_is_root_s(tree: Path) -> None:
    path = written(tree, "proof.deb")
    said = subprocess.run(["dpkg-deb", "-c", path], check=True, capture_output=True, text=True)
    listed = [each.split() for each in said.stdout.splitlines()]
    assert {each[1] for each in listed} == {"root/root"}
    assert [(each[0], " ".join(each[5:])) for each in listed] == [
        ("drwxr-xr-x", "./"),
        ("lrwxrwxrwx", "./a link -> /usr/bin/python3.13"),
        ("drwxr-xr-x", "./bin/"),
        ("-rwxr-xr-x", "./bin/run"),
    ]
    subprocess.run(["dpkg-deb", "--info", path], check=True, stdout=subprocess.DEVNULL)


def test_the_same_tree_gives_the_same_bytes(tree: Path) -> None:
    first, second = written(tree, "a.deb"), written(tree, "b.deb")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("name", "least"), [("requirements", 30), ("build-requirements", 5)])
def test_every_wheel_is_pinned_by_hash(name: str, least: int) -> None:
    lock = (HERE / f"{name}.txt").read_text("utf-8").replace("\\\n", " ").splitlines()
    pins = [each for each in lock if each and not each.startswith("#")]
    assert len(pins) >= least
    assert all("==" in each and "--hash=sha256:" in each for each in pins)


def unpinned(needed: list[str], lock: str) -> list[str]:
    names = [re.split(r"[^A-Za-z0-9_.-]", each)[0].lower().replace("_", "-") for each in needed]
    pins = (HERE / lock).read_text("utf-8").lower().replace("_", "-")
    return [each for each in names if f"\n{each}==" not in pins]


def test_every_package_that_the_box_needs_is_pinned() -> None:
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["box"]]
    assert unpinned(needed, "requirements.txt") == []


def test_what_makes_our_own_wheel_is_pinned() -> None:
    told = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["build-system"]
    assert unpinned(told["requires"], "build-requirements.txt") == []


PYTHON = """#!/bin/sh
printf '%s|%s\\n' "$PYTHONPATH" "$*" >>"$0.log"
while [ $# -gt 1 ]; do
    case $1 in --target | --wheel-dir) mkdir -p "$2" ;; esac
    shift
done
"""
ADD = """
import sys
from pathlib import Path
import environment
folder = Path(sys.argv[1])
sys.executable = str(folder / "python")
environment._add_this_tree(folder / "packages", folder)
"""


def test_our_own_wheel_is_made_by_what_is_pinned_and_by_nothing_that_is_fetched_then(
    tmp_path: Path,
) -> None:
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    subprocess.run([sys.executable, "-B", "-c", ADD, tmp_path], cwd=HERE, check=True)
    asked = [each.split("|") for each in (tmp_path / "python.log").read_text().splitlines()]
    [tools] = tmp_path.glob("tools-*")
    (_, fetched), (seen, made), (_, installed) = asked
    assert "--require-hashes" in fetched
    assert fetched.endswith(f"--requirement {HERE / 'build-requirements.txt'}")
    assert " wheel " in made
    assert {"--no-index", "--no-build-isolation"} <= set(made.split())
    assert seen == str(tools)
    assert "--no-index" in installed
