"""The installed box looks at itself, hands it on to the hardened web, and films on bad settings."""

import json
import re
import zipfile

import pytest

from tests.installed.conftest import Installed
from tests.installed.machine import Booted

FACTS = "/run/vigbox-health/health.json"
SETTINGS = "/etc/vigbox/vigbox.toml"
DATA = "/var/lib/vigbox"


def test_the_timer_is_on_and_the_look_is_handed_to_the_hardened_web(shared: Booted) -> None:
    assert shared.state("vigbox-health.timer") == "active"
    shared.sh("systemctl start vigbox-health")
    pid = shared.pid("vigbox-web")
    facts = json.loads(shared.sh(f"nsenter -t {pid} -m -S $(id -u vigbox-web) cat {FACTS}"))
    states = {each["name"]: each["state"] for each in facts["units"]}
    assert states["recorder"] == "active"
    assert states["web"] == "active"
    assert facts["board"] == "no Raspberry Pi"
    assert facts["room_bytes"] > 0
    assert facts["is_read_only"] is False, "what is hardened is not taken for a broken card"
    assert shared.sh("systemctl --failed --no-legend --plain") == ""


def test_who_looks_gets_at_nothing_of_the_data(shared: Booted) -> None:
    for command in (f"ls {DATA}", f"cat {DATA}/box.json", "cat /run/vigbox/recorder.sock"):
        assert shared.run(f"runuser -u vigbox-health -- {command}").returncode != 0
    for user in ("vigbox-web", "vigbox-rec", "nobody"):
        assert shared.run(f"runuser -u {user} -- touch {FACTS}").returncode != 0


def test_a_fault_of_the_recorder_is_found_in_the_journal_by_that_user(box: Booted) -> None:
    # a look of the timer's that began before would be the one that is waited for
    box.sh("systemctl stop vigbox-health.timer vigbox-health")
    box.sh(f"kill -KILL {box.pid('vigbox-recorder')}")
    box.until("systemctl is-active -q vigbox-recorder")
    box.until("journalctl -u vigbox-recorder | grep -q status=9/KILL")
    box.sh("systemctl start vigbox-health")
    found = json.loads(box.sh(f"cat {FACTS}"))["troubles"]
    killed = "…: Main process exited, code=killed, status=…"
    assert ("recorder", killed) in {(each["who"], each["says"]) for each in found}


def test_a_report_of_the_installed_box_names_nobody(box: Booted, installed: Installed) -> None:
    box.press("press")
    box.until_mode("recording")
    box.press("hold")
    box.until_mode("idle")
    box.sh("cd /root && vigbox report")
    recording = box.sh(f"ls {DATA}/recordings | head -n 1").partition(".")[0]
    recipient = re.findall("age1[a-z0-9]+", box.sh(f"cat {DATA}/box.json {DATA}/arming/*"))[0]
    with zipfile.ZipFile(box.root / "root/vigbox-report.zip") as bundle:
        text = "".join(bundle.read(each).decode() for each in bundle.namelist())
    assert "recordings               1" in text
    for each in (recording, "Anna", installed.passphrase, installed.page.split("/")[2],
                 box.sh("cat /etc/machine-id"), recipient):  # fmt: skip
        assert each
        assert each not in text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (r"widht = 640\n", "line 1: there is no setting widht. Did you mean width?"),
        (r"width =\nheight = 180\n", "line 1: this cannot be read. Write it like width = 1280"),
        (r"microphone = \"R\370de\"\n\000\000", "line 1: this cannot be read."),
    ],
)
def test_with_a_mistake_in_its_settings_the_box_films_and_says_where(
    box: Booted, data: str, told: str
) -> None:
    box.sh(f'printf "{data}" > {SETTINGS}')
    box.sh(f"""printf '\\ncountry = "NL"\\n' >> {SETTINGS}""")
    box.sh("systemctl restart vigbox-net-setup vigbox-recorder vigbox-web vigbox-lamp")
    prepared = json.loads(box.sh("cat /run/vigbox-net-setup/told.json"))
    assert (prepared["problem"], prepared["country"]) == ("", "NL"), "the Wi-Fi is still there"
    box.sh("test -e /run/NetworkManager/system-connections/vigbox-hotspot.nmconnection")
    box.press("press")
    box.until_mode("recording")
    box.press("hold")
    box.until_mode("idle")
    assert box.sh(f"ls {DATA}/recordings | grep -c mp4.age") == "1"
    assert f"{SETTINGS}, {told}" in box.sh("journalctl -u vigbox-recorder -o cat --no-pager")
    assert box.state("vigbox-web") == "active"
    assert box.state("vigbox-lamp") == "active"
    checked = box.run("vigbox check 2>&1").stdout
    assert f"PROBLEM  settings    {SETTINGS}, {told}" in checked
