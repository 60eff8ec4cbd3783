"""The units as shipped: how much each leaves open, and what they must say for a box to be safe."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"


def lines(unit: str) -> list[str]:
    return (SYSTEMD / unit).read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("unit", "tenths"),
    [
        ("vigbox-recorder.service", 20),
        # bubblewrap needs namespaces and mounts: see docs/packaging.md
        ("vigbox-web.service", 17),
        ("vigbox-lamp.service", 10),
    ],
)
def test_a_unit_leaves_little_open(unit: str, tenths: int) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={tenths}", SYSTEMD / unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", ["vigbox-recorder.service", "vigbox-web.service"])
def test_nothing_starts_before_the_set_up_and_nothing_gives_up_after_it(unit: str) -> None:
    said = lines(unit)
    assert "ConditionPathExists=/var/lib/vigbox/box.json" in said
    assert "StartLimitIntervalSec=0" in said
    assert "Restart=always" in said


def test_the_web_has_no_network() -> None:
    said = lines("vigbox-web.service")
    assert "PrivateNetwork=yes" in said
    assert "RestrictAddressFamilies=AF_UNIX AF_NETLINK" in said


def test_the_recorder_keeps_what_its_libraries_need() -> None:
    keys = {each.partition("=")[0] for each in lines("vigbox-recorder.service")}
    assert not keys & {"MemoryDenyWriteExecute", "ProcSubset", "PrivateDevices", "PrivateUsers"}


def test_the_recorder_comes_before_the_web_in_everything() -> None:
    found = {}
    for name in ("recorder", "web"):
        unit = configparser.RawConfigParser(strict=False)
        unit.optionxform = str  # type: ignore[assignment]  # configparser's own way
        unit.read(SYSTEMD / f"vigbox-{name}.service")
        found[name] = unit["Service"]
    for weight in ("CPUWeight", "IOWeight"):
        assert int(found["recorder"][weight]) > int(found["web"][weight])
    assert int(found["recorder"]["OOMScoreAdjust"]) < int(found["web"]["OOMScoreAdjust"])
