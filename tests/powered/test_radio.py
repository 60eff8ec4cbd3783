"""A simulated radio carries the box's own Wi-Fi, and a second one in a name space of its own joins.

The second one is the tablet. It takes what the box gives it, and has nothing else.
"""

import json
from dataclasses import dataclass

import pytest

from tests.powered.box import DATA, Box
from tests.powered.machine import Machine

TABLET = "ip netns exec tablet"
OUTSIDE = "192.0.2.2"


@dataclass(frozen=True, slots=True)
class Tablet:
    """The tablet: ``lease`` is what the box's DHCP told it."""

    machine: Machine
    name: str
    lease: dict[str, str]

    def sh(self, command: str) -> str:
        return self.machine.sh(f"{TABLET} {command}")

    def can(self, command: str) -> bool:
        return self.machine.run(f"{TABLET} timeout 20 {command}").returncode == 0


def join(machine: Machine, ssid: str, passphrase: str, until: str) -> list[str]:
    """Let the second radio try, until it says so; gives all it said of being in or refused."""
    network = f'network={{\\n ssid=\\"{ssid}\\"\\n psk=\\"{passphrase}\\"\\n}}'
    machine.sh(f'printf "ctrl_interface=/run/tablet\\n{network}\\n" >/run/tablet.conf')
    log = "/run/tablet.log"
    machine.sh(
        f": >{log}; {TABLET} wpa_supplicant -B -P /run/tablet.pid -i wlan1"
        f" -c /run/tablet.conf -f {log}"
    )
    machine.until(f"grep -q -e {until} {log}", 300)
    return machine.sh(f"grep -o -e EVENT-CONNECTED -e WRONG_KEY {log} | sort -u").split()


@pytest.fixture(scope="module")
def radio(box: Box) -> tuple[Machine, str, str]:
    """The box has its Wi-Fi on the first of two radios. Gives its name and passphrase."""
    machine = box.machine
    machine.sh("ip netns add tablet")
    machine.sh("iw phy $(basename $(readlink /sys/class/net/wlan1/phy80211)) set netns name tablet")
    machine.sh(f"{TABLET} ip link set lo up")
    told = json.loads(machine.sh("cat /run/vigbox-net-setup/told.json"))
    profile = "/run/NetworkManager/system-connections/vigbox-hotspot.nmconnection"
    return machine, told["ssid"], machine.sh(f"sed -n 's/^psk=//p' {profile}")


@pytest.fixture(scope="module")
def refused(radio: tuple[Machine, str, str]) -> list[str]:
    """What came of a wrong passphrase, before the right one."""
    machine, ssid, passphrase = radio
    said = join(machine, ssid, passphrase[::-1] + "x", "WRONG_KEY")
    machine.sh("pkill -F /run/tablet.pid; rm -f /run/tablet.pid")
    return said


@pytest.fixture(scope="module")
def tablet(radio: tuple[Machine, str, str], refused: list[str]) -> Tablet:  # noqa: ARG001  # it is first
    machine, ssid, passphrase = radio
    assert join(machine, ssid, passphrase, "EVENT-CONNECTED") == ["EVENT-CONNECTED"]
    said = machine.sh(f"{TABLET} busybox udhcpc -f -n -q -t 10 -i wlan1 -s /inside/lease.sh 2>&1")
    lease = dict(each.split("=") for each in said.split() if "=" in each)
    return Tablet(machine, f"{ssid}.home.arpa", lease)


def test_a_wrong_passphrase_does_not_join(refused: list[str]) -> None:
    assert refused == ["WRONG_KEY"]


def test_the_box_gives_an_address_and_its_own_name_alone(tablet: Tablet) -> None:
    assert tablet.lease["address"].startswith("10.42.0.")
    assert tablet.lease["dns"] == "10.42.0.1"
    assert "10.42.0.1" in tablet.sh(f"getent ahostsv4 {tablet.name}")
    assert not tablet.can("getent ahosts example.com")


def test_a_tablet_that_trusts_the_box_unlocks_and_plays(tablet: Tablet, box: Box) -> None:
    box.film(2)
    # the box films before its pages are there
    box.machine.await_units("nginx", "vigbox-web")
    tablet.sh(f"curl -fsS --max-time 60 -o /run/authority.der http://{tablet.name}/authority.crt")
    box.machine.sh(
        "openssl x509 -in /run/authority.der -out /run/authority.pem"
        f" && openssl x509 -in {DATA}/tls/authority.pem | cmp - /run/authority.pem"
    )
    said = tablet.sh(
        f"python3 /inside/tablet.py {tablet.name} /run/authority.pem {box.secrets.passphrase}"
    )
    found = json.loads(said)
    assert found["status"] == 206
    assert found["size"] == 65536
    assert found["box"] == "ftyp"


def test_who_does_not_trust_the_box_is_warned(tablet: Tablet) -> None:
    assert not tablet.can(f"curl -sS https://{tablet.name}/unlock")


def test_a_tablet_reaches_the_box_s_pages_and_nothing_behind_it(tablet: Tablet) -> None:
    machine = tablet.machine
    machine.sh(
        "ip netns add office && ip link add cable type veth peer name box netns office"
        " && ip addr add 192.0.2.1/24 dev cable && ip link set cable up"
        f" && ip -n office addr add {OUTSIDE}/24 dev box && ip -n office link set box up"
        " && ip -n office route add default via 192.0.2.1"
    )
    machine.until(f"busybox ping -c 1 -W 5 {OUTSIDE} >/dev/null", 60)
    assert tablet.can("busybox ping -c 1 -W 10 10.42.0.1")
    assert not tablet.can(f"busybox ping -c 3 -W 3 {OUTSIDE}")
    machine.sh("systemd-run --quiet --unit=other python3 -m http.server 9000")
    machine.until("curl -s -o /dev/null http://10.42.0.1:9000/", 60)
    assert not tablet.can("curl -s -o /dev/null --max-time 10 http://10.42.0.1:9000/")
