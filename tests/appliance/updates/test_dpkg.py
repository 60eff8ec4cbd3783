"""What dpkg is asked, and what it may answer."""

import subprocess
from pathlib import Path

import pytest

from tests.appliance.updates.made import HERE, header
from vigbox.appliance.updates.dpkg import InstalledPackage, NotInstalledError, check_package
from vigbox.appliance.updates.release import UpdateRefusedError


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dpkg-query that says what is in a file, and fails without one."""
    (tmp_path / "dpkg-query").write_text(f"#!/bin/sh\nexec cat {tmp_path}/said 2>/dev/null\n")
    (tmp_path / "dpkg-query").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "said"


def a_deb(folder: Path, **changed: str) -> Path:
    facts = {"Package": "vigbox", "Version": "0.2.0", "Architecture": "amd64"} | changed
    lines = [f"{key}: {value}\n" for key, value in facts.items()]
    (folder / "made/DEBIAN").mkdir(parents=True)
    (folder / "made/DEBIAN/control").write_text(
        "".join(lines) + "Maintainer: Us <us@localhost>\nDescription: box\n"
    )
    path = folder / "made.deb"
    subprocess.run(["dpkg-deb", "--build", folder / "made", path], check=True, capture_output=True)
    return path


def test_version_and_architecture_are_those_of_a_whole_installation(says: Path) -> None:
    says.write_text("install ok installed|0.1.0|amd64")
    assert InstalledPackage().facts(HERE.schema) == HERE


@pytest.mark.parametrize(
    "said",
    ["install ok half-configured|0.1.0|amd64", "deinstall ok config-files|0.1.0|amd64", "", "|||"],
)
def test_one_that_is_not_whole_says_what_to_run(says: Path, said: str) -> None:
    says.write_text(said)
    with pytest.raises(NotInstalledError, match=r"dpkg --configure -a"):
        InstalledPackage().facts(HERE.schema)


def test_a_machine_without_the_package_is_told_to_use_apt(says: Path) -> None:
    assert not says.exists()
    for ask in (InstalledPackage().stanza, InstalledPackage().files, InstalledPackage().scripts):
        with pytest.raises(NotInstalledError, match="Install the package with apt"):
            ask()


def test_a_machine_without_dpkg_is_no_box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalledError, match="no dpkg-query: it is no box"):
        InstalledPackage().stanza()


def test_scripts_are_known_by_their_names(says: Path) -> None:
    says.write_text("/var/lib/dpkg/info/vigbox.postinst\n/var/lib/dpkg/info/vigbox.md5sums\n")
    assert InstalledPackage().scripts() == {
        "postinst": Path("/var/lib/dpkg/info/vigbox.postinst"),
        "md5sums": Path("/var/lib/dpkg/info/vigbox.md5sums"),
    }


def test_the_package_that_its_header_names_is_taken(tmp_path: Path) -> None:
    check_package(a_deb(tmp_path), header())


@pytest.mark.parametrize(
    "changed", [{"Package": "vigbox-other"}, {"Version": "0.2.1"}, {"Architecture": "arm64"}]
)
def test_another_package_than_its_header_names_is_refused(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    with pytest.raises(UpdateRefusedError, match="another package than it says"):
        check_package(a_deb(tmp_path, **changed), header())


@pytest.mark.parametrize("data", [b"", b"!<arch>\n", b"\x00" * 4096])
def test_what_is_no_package_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "made.deb").write_bytes(data)
    with pytest.raises(UpdateRefusedError, match="another package than it says"):
        check_package(tmp_path / "made.deb", header())
