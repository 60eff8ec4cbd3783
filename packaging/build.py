"""Builds the Debian package: ``script/package [--arch arm64|amd64] [--python 3.13]``.

It needs Python, pip and the package index, and neither root nor Debian: the wheels of the other
architecture are fetched ready-made, by the hashes of requirements.txt, and only unpacked.
"""

import argparse
import email.utils
import gzip
import hashlib
import os
import platform
import shutil
import string
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import deb
import environment
import update
from environment import HERE, PREFIX

TREE = HERE.parent
BUILD = TREE / "build"
_DEBIAN = HERE / "debian"
_SCRIPTS = ("postinst", "prerm", "postrm")
_PLACES = (
    ("systemd", "usr/lib/systemd/system"),
    ("config/sysusers.d", "usr/lib/sysusers.d"),
    ("config/tmpfiles.d", "usr/lib/tmpfiles.d"),
    ("config/udev", "usr/lib/udev/rules.d"),
    ("config/polkit", "usr/share/polkit-1/rules.d"),
    ("config/NetworkManager", "usr/share/vigbox/templates/NetworkManager"),
    ("config/dispatcher", "usr/lib/NetworkManager/dispatcher.d"),
    ("config/dnsmasq-shared.d", "etc/NetworkManager/dnsmasq-shared.d"),
    ("config/nftables", "etc/vigbox"),
    ("config/avahi", "etc/avahi/services"),
    ("config/nginx", "etc/nginx/sites-available"),
    ("packaging/lintian", "usr/share/lintian/overrides"),
)
"""Folders of this tree, if they are there, and where they go."""


def main() -> int:
    """Build; prints the path of each package."""
    given = _given()
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="package-") as folder:
        root = Path(folder, "root")
        _fill(root, given.arch, given.python)
        stamp = deb.Stamp(_time())
        data = deb.tar_of(root, stamp, given.preset)
        for version in [_version(), *given.also_as]:
            control = _control(Path(folder, f"control-{version}"), root, version, given)
            path = BUILD / f"vigbox_{version}_{given.arch}.deb"
            deb.write(path, deb.tar_of(control, stamp), data, stamp)
            sys.stdout.write(f"{path.relative_to(TREE)}\n")
            if given.sign:
                made = update.make(path, version, given.arch, _room(root), given.sign)
                sys.stdout.write(f"{made.relative_to(TREE)}\n")
    return 0


def _room(root: Path) -> int:
    return sum(each.lstat().st_size for each in root.rglob("*"))


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser("script/package")
    here = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "amd64")
    parser.add_argument("--arch", choices=("arm64", "amd64"), default=here)
    parser.add_argument("--python", default=environment.PYTHON, help="of the box's Debian")
    parser.add_argument("--sign", type=Path, metavar="KEY", help="make the signed update as well")
    parser.add_argument("--preset", type=int, default=6, help="of xz: 0 is quick, 9 is small")
    parser.add_argument(
        "--also-as", action="append", default=[], metavar="VERSION",
        help="the same under another version as well: what upgrades are tested with",
    )  # fmt: skip
    return parser.parse_args()


def _fill(root: Path, arch: str, python: str) -> None:
    into = root / PREFIX.strip("/")
    into.parent.mkdir(parents=True)
    cache = BUILD / "package"
    cache.mkdir(exist_ok=True)
    # not in the source: what finds faces
    subprocess.run([sys.executable, TREE / "script" / "weights.py"], check=True)
    environment.make(into, arch, python, cache)
    for source, place in _PLACES:
        if (TREE / source).is_dir():
            shutil.copytree(TREE / source, root / place, dirs_exist_ok=True)
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/vigbox").symlink_to(f"{PREFIX}/bin/vigbox")
    pages = f"{PREFIX}/lib/python{python}/site-packages/vigbox/web/static"
    (root / "usr/share/vigbox/static").symlink_to(pages)
    (root / "etc/vigbox/update-keys").mkdir(parents=True, exist_ok=True)
    shutil.copy(TREE / "config/vigbox.toml", root / "etc/vigbox")
    documents = root / "usr/share/doc/vigbox"
    documents.mkdir(parents=True)
    shutil.copy(_DEBIAN / "copyright", documents)
    shutil.copy(HERE / "requirements.txt", documents / "wheels.txt")
    _squeeze((TREE / "CHANGELOG.md").read_bytes(), documents / "CHANGELOG.md.gz")
    _squeeze(_debians_changelog().encode(), documents / "changelog.gz")


def _debians_changelog() -> str:
    when = email.utils.formatdate(_time())
    text = (_DEBIAN / "control").read_text("utf-8")
    who = text.split("Maintainer: ", 1)[1].splitlines()[0]
    head = f"vigbox ({_version()}) trixie; urgency=medium"
    return f"{head}\n\n  * What changed is told in CHANGELOG.md.gz.\n\n -- {who}  {when}\n"


def _squeeze(data: bytes, target: Path) -> None:
    target.write_bytes(gzip.compress(data, 9, mtime=0))


def _control(folder: Path, root: Path, version: str, given: argparse.Namespace) -> Path:
    folder.mkdir()
    files = sorted(each for each in root.rglob("*") if each.is_file() and not each.is_symlink())
    major, minor = given.python.split(".")
    facts = {
        "version": version,
        "arch": given.arch,
        "python": given.python,
        "next_python": f"{major}.{int(minor) + 1}",
        "size": str(sum(each.stat().st_size for each in files) // 1024),
    }
    text = string.Template((_DEBIAN / "control").read_text("utf-8")).substitute(facts)
    (folder / "control").write_text(text, "utf-8")
    names = [each.relative_to(root) for each in files]
    settings = [f"/{each}\n" for each in names if each.parts[0] == "etc"]
    (folder / "conffiles").write_text("".join(settings), "ascii")
    sums = (f"{_md5(root / each)}  {each}\n" for each in names if each.parts[0] != "etc")
    (folder / "md5sums").write_text("".join(sums), "utf-8")
    shutil.copy(_DEBIAN / "templates", folder)
    for name in _SCRIPTS:
        shutil.copy(_DEBIAN / name, folder)
        (folder / name).chmod(0o755)
    return folder


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _version() -> str:
    project = tomllib.loads((TREE / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def _time() -> int:
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    kept = subprocess.run(
        ["git", "-C", TREE, "log", "-1", "--format=%ct"], check=True, capture_output=True, text=True
    )
    return int(kept.stdout)


if __name__ == "__main__":
    sys.exit(main())
