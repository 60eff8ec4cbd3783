"""The Python environment of the package, made of wheels on a machine of any kind."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = "3.13"
PREFIX = "/opt/vigbox"
_MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
_GLIBC = ("2_41", "2_34", "2_28", "2_17")
"""What Debian trixie can load, newest first (PEP 600)."""

LANGUAGES = ("root", "en", "de", "nl")
"""Those of the pages, and what all of them are made of: Babel's dates and numbers for others stay
out."""

_LAUNCHER = """\
#!/opt/vigbox/bin/python
import sys

from vigbox.cli import main

sys.exit(main())
"""


def fetching(arch: str, python: str) -> list[str]:
    """Give pip's options for wheels of another machine."""
    machine = _MACHINES[arch]
    tags = [f"manylinux_{each}_{machine}" for each in _GLIBC] + [f"manylinux2014_{machine}"]
    words = ["--disable-pip-version-check", "--only-binary=:all:", "--implementation", "cp"]
    words += ["--python-version", python]
    for abi in (f"cp{python.replace('.', '')}", "abi3", "none"):
        words += ["--abi", abi]
    for tag in tags:
        words += ["--platform", tag]
    return words


def make(into: Path, arch: str, python: str, cache: Path) -> None:
    """Make what lies under /opt/vigbox: the pinned wheels, this tree's own, and two programs.

    The pinned wheels are unpacked once a lock file, under ``cache``.
    """
    pinned = _pinned(arch, python, cache)
    packages = into / "lib" / f"python{python}" / "site-packages"
    shutil.copytree(pinned, packages, symlinks=True)
    _add_this_tree(packages, cache)
    (into / "bin").mkdir()
    (into / "bin" / "python").symlink_to(f"/usr/bin/python{python}")
    launcher = into / "bin" / "vigbox"
    launcher.write_text(_LAUNCHER, "ascii")
    launcher.chmod(0o755)
    (into / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = true\nversion = {python}\n", "ascii"
    )


def _pinned(arch: str, python: str, cache: Path) -> Path:
    # an older pip asks it of the Python that it runs on itself
    options = ["--ignore-requires-python", *fetching(arch, python)]
    return _unpacked("requirements.txt", cache / f"wheels-{arch}-{python}", options)


def _unpacked(lock: str, name: Path, options: list[str]) -> Path:
    """Give the folder of a lock file's wheels, each of which has the hash that stands there."""
    recipe = (HERE / lock).read_bytes() + Path(__file__).read_bytes()
    folder = name.with_name(f"{name.name}-{hashlib.sha256(recipe).hexdigest()[:12]}")
    if not folder.exists():
        making = folder.with_name(folder.name + ".new")
        shutil.rmtree(making, ignore_errors=True)
        _pip(
            "install", "--no-deps", "--no-compile", "--require-hashes", "--target", str(making),
            *options, "--requirement", str(HERE / lock),
        )  # fmt: skip
        tidy(making)
        making.rename(folder)
    return folder


def _add_this_tree(packages: Path, cache: Path) -> None:
    wheels = packages.parent / "wheels"
    # root will run what these make: no other version of them, and nothing that a build fetches
    tools = _unpacked("build-requirements.txt", cache / "tools", ["--only-binary=:all:"])
    _pip("wheel", "--no-deps", "--no-index", "--no-build-isolation",
         "--wheel-dir", str(wheels), str(HERE.parent), seen=tools)  # fmt: skip
    own = packages.parent / "own"
    # by its name, so that no path of this machine is noted in the package
    _pip("install", "--no-index", "--find-links", str(wheels), "--no-deps", "--no-compile",
         "--ignore-requires-python", "--target", str(own), "vigbox")  # fmt: skip
    shutil.rmtree(own / "bin", ignore_errors=True)
    shutil.copytree(own, packages, dirs_exist_ok=True)
    shutil.rmtree(own)
    shutil.rmtree(wheels)


def tidy(packages: Path) -> None:
    """Take away what nobody calls or reads: a box writes each file to its card at every update."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for each in [*packages.rglob("__pycache__"), *(packages / "numpy").rglob("tests")]:
        shutil.rmtree(each, ignore_errors=True)
    for each in [*packages.rglob("*.c"), *(packages / "cv2" / "data").glob("*.xml")]:
        each.unlink()
    for each in (packages / "babel" / "locale-data").glob("*.dat"):
        if each.stem.partition("_")[0] not in LANGUAGES:
            each.unlink()
    for each in packages.rglob("*.so*"):
        each.chmod(0o644)


def _pip(*words: str, seen: Path | None = None) -> None:
    """Run pip; ``seen`` is a folder of packages that it finds before all others."""
    found = {"PYTHONPATH": str(seen)} if seen else {}
    subprocess.run(
        [sys.executable, "-m", "pip", words[0], "--quiet", "--disable-pip-version-check",
         *words[1:]],
        env=os.environ | found, check=True,
    )  # fmt: skip
