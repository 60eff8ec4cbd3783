"""What is installed is made a package again, to be gone back to."""

import subprocess
from pathlib import Path

from tests.appliance.updates.made import Pretended, header
from vigbox.appliance.updates.dpkg import check_package
from vigbox.appliance.updates.repack import Repacked


def test_what_is_installed_is_made_a_package_that_dpkg_reads(
    installed: Pretended, tmp_path: Path
) -> None:
    path = tmp_path / "back.deb"
    with path.open("w+b") as file:
        Repacked(installed, installed.root).write(file)
    check_package(path, header(version="0.1.0"))
    subprocess.run(["dpkg-deb", "--raw-extract", path, tmp_path / "out"], check=True)
    out = tmp_path / "out"
    assert (out / "opt/tool").stat().st_mode & 0o777 == 0o755
    assert (out / "opt/link").readlink() == Path("tool")
    assert (out / "etc/kept").read_text() == "as it came"
    assert not (out / "etc/changed").exists(), "somebody's own settings are left alone"
    assert (out / "DEBIAN/conffiles").read_text() == "/etc/kept\n"
    control = (out / "DEBIAN/control").read_text()
    assert "Status" not in control
    assert "Conffiles" not in control
    assert control.endswith(" It films.\n .\n It seals.\n")
    listed = subprocess.run(["dpkg-deb", "-c", path], check=True, capture_output=True, text=True)
    assert all(" root/root " in each for each in listed.stdout.splitlines())
