"""What the package's script says while it is installed: its own function, beside a stand-in."""

import re
import subprocess
from pathlib import Path

import pytest

FLAGS = re.MULTILINE | re.DOTALL
POSTINST = Path(__file__).parents[2] / "packaging" / "debian" / "postinst"
WIFI = "3: wlan0    inet 192.168.1.7/24 brd 192.168.1.255 scope global dynamic wlan0"
CABLE = "2: eth0    inet 192.168.1.8/24 brd 192.168.1.255 scope global dynamic eth0"
STICK = "4: wlxdca632    inet6 2001:db8::7/64 scope global dynamic wlxdca632"


def function(name: str) -> str:
    match = re.search(rf"^{name}\(\) \{{\n.*?^\}}\n", POSTINST.read_text("utf-8"), FLAGS)
    assert match, name
    return match[0]


def said(folder: Path, ip: str) -> str:
    """Run the warning on a machine whose ``ip`` is this."""
    if ip:
        (folder / "ip").write_text(f"#!/bin/sh\n{ip}\n")
        (folder / "ip").chmod(0o755)
    (folder / "grep").symlink_to("/bin/grep")
    text = f"set -e\n{function('warn_who_comes_by_wifi')}warn_who_comes_by_wifi\necho >&2 end\n"
    done = subprocess.run(
        ["/bin/sh", "-c", text], env={"PATH": str(folder)}, check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.stdout == "", "what debconf reads"
    assert done.stderr.endswith("end\n")
    return done.stderr.removesuffix("end\n")


@pytest.mark.parametrize("lines", [[WIFI], [CABLE, WIFI], [STICK]])
def test_who_may_have_come_by_wifi_is_warned_before_the_door_shuts(
    tmp_path: Path, lines: list[str]
) -> None:
    told = said(tmp_path, "\n".join(f"echo '{each}'" for each in lines))
    assert told.startswith("vigbox: ")
    assert "refuses ssh over Wi-Fi" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("ip", [f"echo '{CABLE}'", ":", "exit 1", ""])
def test_others_are_told_nothing_and_the_installation_goes_on(tmp_path: Path, ip: str) -> None:
    assert said(tmp_path, ip) == ""


def test_the_warning_comes_before_the_firewall_and_at_no_upgrade() -> None:
    text = POSTINST.read_text("utf-8").partition('case "$1" in')[2]
    asked = text.index("if ! systemctl is-active --quiet vigbox-firewall.service; then")
    warned, closed = (text.index(each) for each in ("warn_who_comes", "reload-or-restart vigbox-f"))
    assert asked < warned < closed
    assert text.index("fi\n", warned) < closed
