"""The units as shipped: how much each leaves open, and what they must say for a box to be safe."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
BUILD = SYSTEMD.parent / "packaging" / "build.py"
DEBIAN = BUILD.parent / "debian"
DROP_IN = SYSTEMD / "nginx.service.d" / "vigbox.conf"
# as Debian's nginx 1.26 has it, in the lines that matter to a drop-in
NGINX = """\
[Unit]
Description=A high performance web server
[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStart=/bin/true
"""


def units() -> list[Path]:
    """Give the package's own; a folder holds what it says to another's."""
    return [each for each in SYSTEMD.iterdir() if each.is_file()]


def lines(unit: str) -> list[str]:
    return (SYSTEMD / unit).read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("unit", "tenths"),
    [
        ("vigbox-recorder.service", 20),
        ("vigbox-web.service", 10),
        ("vigbox-setup.service", 10),
        # root, once in a box's life
        ("vigbox-settle.service", 20),
        ("vigbox-media@.service", 5),
        ("vigbox-lamp.service", 10),
        ("vigbox-health.service", 5),
        # mounts a stick
        ("vigbox-stick@.service", 17),
        # installing packages is root's work
        ("vigbox-update.service", 40),
        ("vigbox-update-early.service", 40),
        ("vigbox-net.service", 10),
        # root, once a boot
        ("vigbox-net-setup.service", 20),
        ("vigbox-firewall.service", 15),
        # root, as nginx is before it has read its key
        ("vigbox-front.service", 15),
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


def test_the_set_up_begins_on_no_box_that_is_set_up_and_ends_before_the_web() -> None:
    said = lines("vigbox-setup.service")
    assert "ConditionPathExists=!/var/lib/vigbox/box.json" in said
    assert "Before=vigbox-web.service" in said
    assert "User=vigbox-web" in said
    assert "PrivateNetwork=yes" in said
    assert "Conflicts=vigbox-setup.service" in lines("vigbox.target")


@pytest.mark.parametrize("unit", ["vigbox-web.service", "vigbox-setup.service"])
def test_pages_that_come_late_are_waited_for(unit: str) -> None:
    """They say when they listen; on a slow card that is after systemd's own minute and a half."""
    said = service(unit)
    assert said["Type"] == "notify"
    assert said["TimeoutStartSec"] == "10min"


def test_the_end_of_the_set_up_is_tried_until_it_goes_well() -> None:
    assert "StartLimitIntervalSec=0" in lines("vigbox-settle.service")
    assert service("vigbox-settle.service")["Restart"] == "on-failure"
    assert service("vigbox-settle.service")["RestartSec"] == "10s"


def test_a_certificate_that_is_there_at_the_start_is_seen_as_well_as_a_later_one() -> None:
    said = lines("vigbox-front.service")
    assert "WantedBy=multi-user.target" in said
    assert "After=vigbox-front.path" in said
    for script in ("postinst", "postrm"):
        units = (SYSTEMD.parent / "packaging" / "debian" / script).read_text("utf-8").splitlines()
        assert {"vigbox-front.path", "vigbox-front.service"} <= set(units)


def test_debian_s_own_site_goes_before_ours_comes() -> None:
    """With both, an nginx that starts just then finds two default servers, and does not start."""
    done = [line for line in lines("vigbox-front.service") if "/etc/nginx/sites-enabled/" in line]
    assert [line.split()[0] for line in done] == [
        "ExecStart=/usr/bin/rm",
        "ExecStart=/usr/bin/ln",
    ]


def test_every_unit_that_is_wanted_is_enabled_by_the_package() -> None:
    wanted = {each.name for each in units() if "WantedBy" in each.read_text("utf-8")}
    for script in ("postinst", "postrm"):
        text = (SYSTEMD.parent / "packaging" / "debian" / script).read_text("utf-8")
        enabled = text.partition('units="\n')[2].partition('"')[0].split()
        assert set(enabled) == wanted


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for each in units():
        # where the package is not installed its programs are missing, which verify would say
        text = re.sub(r"/opt/vigbox/bin/\w+|/usr/sbin/nginx", "/bin/true", each.read_text("utf-8"))
        (tmp_path / each.name).write_text(text, "utf-8")
    (tmp_path / "nginx.service").write_text(NGINX, "utf-8")
    shutil.copytree(DROP_IN.parent, tmp_path / DROP_IN.parent.name)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *filter(Path.is_file, tmp_path.iterdir())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_nginx_which_carries_plain_pictures_leaves_none_on_the_card_and_begins_again() -> None:
    # Debian's own unit says none of it
    said = service(str(DROP_IN.relative_to(SYSTEMD)))
    assert said["MemorySwapMax"] == said["LimitCORE"] == "0"
    assert said["Restart"] == "on-failure"
    # five quick ends would be the last
    assert "StartLimitIntervalSec=0" in DROP_IN.read_text("utf-8").splitlines()


def test_what_the_package_says_to_another_s_unit_goes_with_it() -> None:
    # a file under /usr/lib and no conffile: removing the package takes it away
    [place] = re.findall(r'\("systemd", "(.*)"\)', BUILD.read_text("utf-8"))
    assert place == "usr/lib/systemd/system"
    assert {each.name for each in SYSTEMD.iterdir() if each.is_dir()} == {DROP_IN.parent.name}
    assert "systemctl daemon-reload" in DEBIAN.joinpath("postrm").read_text("utf-8")


def test_the_web_has_no_network_and_makes_no_walls() -> None:
    said = lines("vigbox-web.service")
    assert "PrivateNetwork=yes" in said
    assert "RestrictAddressFamilies=AF_UNIX" in said
    assert "RestrictNamespaces=yes" in said
    assert "@mount" not in "".join(said)


def test_only_the_web_hands_jobs_to_the_media_worker() -> None:
    socket, worker = service("vigbox-media.socket", "Socket"), service("vigbox-media@.service")
    assert (socket["SocketUser"], socket["SocketMode"]) == ("vigbox-web", "0600")
    assert "--from %i --hear vigbox-web" in worker["ExecStart"]
    assert f"--media {socket['ListenStream']}" in service("vigbox-web.service")["ExecStart"]


def test_a_job_sees_nothing_of_the_box_and_writes_nothing() -> None:
    worker = service("vigbox-media@.service")
    seen = {each.lstrip("-") for each in worker["BindReadOnlyPaths"].split()}
    assert seen == {"/usr", "/opt/vigbox", "/etc/alternatives", "/etc/ld.so.cache", "/etc/passwd"}
    assert not worker.keys() & {"ReadWritePaths", "BindPaths", "StateDirectory", "RuntimeDirectory"}
    assert worker["LimitFSIZE"] == worker["LimitCORE"] == "0"
    assert worker["MemorySwapMax"] == "0"
    tmpfiles = Path(__file__).parents[2] / "config" / "tmpfiles.d" / "vigbox.conf"
    assert f"d {worker['RootDirectory']} 0755 root root -" in tmpfiles.read_text("utf-8")


def test_who_looks_at_the_box_may_ask_the_firmware_on_an_older_and_a_newer_kernel() -> None:
    said = lines("vigbox-health.service")
    allowed = {each for each in said if each.startswith("DeviceAllow=")}
    assert allowed == {"DeviceAllow=/dev/vcio rw", "DeviceAllow=/dev/vcio_gencmd rw"}
    assert "SupplementaryGroups=systemd-journal video" in said


def test_the_recorder_keeps_what_its_libraries_need() -> None:
    keys = {each.partition("=")[0] for each in lines("vigbox-recorder.service")}
    assert not keys & {"MemoryDenyWriteExecute", "ProcSubset", "PrivateDevices", "PrivateUsers"}


def test_the_recorder_comes_before_the_web_and_the_web_before_films_in_everything() -> None:
    names = ("recorder.service", "web.service", "media@.service")
    found = [service(f"vigbox-{name}") for name in names]
    for weight in ("CPUWeight", "IOWeight"):
        weights = [int(each[weight]) for each in found]
        assert weights == sorted(weights, reverse=True)
    scores = [int(each["OOMScoreAdjust"]) for each in found]
    assert scores == sorted(scores)
    # in a slice of its own a template's weight would count among its own alone
    assert found[2]["Slice"] == "system.slice"


def test_after_a_cut_the_files_are_whole_before_anything_of_them_starts() -> None:
    said = lines("vigbox-update-early.service")
    for unit in ("recorder", "web", "lamp"):
        assert any(each.startswith("Before=") and f"vigbox-{unit}.service" in each for each in said)
    # the copy of before, by Debian's own Python: the package itself may be half there
    start = next(each for each in said if each.startswith("ExecStart="))
    assert start.startswith("ExecStart=/usr/bin/python3 -I /var/lib/vigbox/updates/")


def test_a_stick_is_only_read_and_brings_no_file_system_but_its_own() -> None:
    said = lines("vigbox-stick@.service")
    assert "DeviceAllow=/dev/%I r" in said
    assert "PrivateMounts=yes" in said
    rule = (SYSTEMD.parent / "config/udev/70-vigbox-stick.rules").read_text("utf-8")
    assert 'ENV{ID_FS_TYPE}=="vfat|exfat"' in rule
    assert 'ENV{ID_BUS}=="usb"' in rule


def service(unit: str, section: str = "Service") -> configparser.SectionProxy:
    """Give what a unit says; of a key that is there more than once, the last."""
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment]  # configparser's own way
    read.read(SYSTEMD / unit)
    return read[section]
