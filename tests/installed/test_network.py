"""The box's own Wi-Fi in a booted Debian: the real NetworkManager, polkit, dnsmasq, nftables.

There is no radio here: what needs one is tried in the QEMU tier.
"""

import json
from collections.abc import Iterator

import pytest

from tests.installed.conftest import Installed, started
from tests.installed.machine import Booted
from tests.installed.test_box import DATA, films
from vigbox.appliance.updates import steps

STATE = "/run/vigbox-net/state.json"
PREPARE = "systemctl restart vigbox-net-setup vigbox-net"
COUNTRY = "sed -i 's/^#* *country = .*/country = \"NL\"/' /etc/vigbox/vigbox.toml"


def told(box: Booted, word: str) -> str:
    """Wait until the helper says something; gives all it says."""
    box.until(f"grep -q '{word}' {STATE}")
    return box.sh(f"cat {STATE}")


@pytest.fixture(scope="module")
def wired(root: "object", installed: Installed) -> Iterator[Booted]:
    """A box whose country is set, on which NetworkManager runs."""
    with started(root, installed) as box:  # type: ignore[arg-type]
        box.sh(COUNTRY)
        box.sh(PREPARE)
        box.until_active("NetworkManager")
        told(box, "no-radio")
        yield box


def test_without_a_country_there_is_no_wifi_and_a_reason(shared: Booted) -> None:
    assert "country is missing" in told(shared, "unprepared")
    assert shared.run("nmcli connection show vigbox").returncode != 0
    assert shared.sh("systemctl --failed --no-legend --plain") == ""


def test_a_country_that_is_none_leaves_the_wifi_by_the_rules_that_hold_everywhere(
    wired: Booted,
) -> None:
    wired.sh(COUNTRY.replace("NL", "UK"))
    wired.sh(PREPARE)
    assert "UK" in json.loads(wired.sh("cat /run/vigbox-net-setup/told.json"))["mistake"]
    assert wired.run("nmcli connection show vigbox").returncode == 0
    wired.sh(COUNTRY)
    wired.sh(PREPARE)
    told(wired, "no-radio")


def test_the_firewall_stands_before_the_network(shared: Booted) -> None:
    assert "policy drop" in shared.sh("nft list table inet vigbox")
    order = shared.sh("systemctl show vigbox-firewall -p Before --value").split()
    assert "network-pre.target" in order


def test_network_manager_takes_the_profile_and_root_alone_reads_it(wired: Booted) -> None:
    ask = "nmcli --show-secrets -g {} connection show vigbox"
    ssid = wired.sh(ask.format("802-11-wireless.ssid"))
    assert ssid == wired.sh("vigbox setup --label | sed -n 's/^Wi-Fi: *//p'")
    key = wired.sh(f"cat {DATA}/wifi.key")
    assert wired.sh(ask.format("802-11-wireless-security.psk")) == key
    for fact, value in (
        ("802-11-wireless.mode", "ap"),
        ("802-11-wireless.ap-isolation", "1"),
        ("802-11-wireless-security.key-mgmt", "wpa-psk"),
        ("802-11-wireless-security.proto", "rsn"),
        ("802-11-wireless-security.pairwise", "ccmp"),
        ("802-11-wireless-security.pmf", "1"),
        ("ipv4.method", "shared"),
        ("ipv4.addresses", "10.42.0.1/24"),
        ("ipv6.method", "disabled"),
    ):
        assert wired.sh(ask.format(fact)).startswith(value), fact
    (path,) = wired.sh("ls /run/NetworkManager/system-connections/vigbox*").split()
    assert wired.sh(f"stat -c '%U %a' {path} {DATA}/wifi.key") == "root 600\nroot 600"
    assert wired.run(f"grep -rq {key} /run/vigbox-net /run/vigbox-net-setup").returncode == 1
    assert wired.run("journalctl -o cat | grep -q " + key).returncode == 1


@pytest.mark.parametrize("user", ["vigbox-net", "vigbox-web", "vigbox-rec", "nobody", "www-data"])
def test_nobody_but_root_learns_the_passphrase(wired: Booted, user: str) -> None:
    key = wired.sh(f"cat {DATA}/wifi.key")
    for command in (
        f"cat {DATA}/wifi.key",
        "cat /run/NetworkManager/system-connections/vigbox-hotspot.nmconnection",
        "nmcli --show-secrets connection show vigbox",
        "vigbox setup --label",
    ):
        done = wired.run(f"runuser -u {user} -- {command}")
        assert key not in done.stdout + done.stderr


def test_no_radio_is_said_in_one_line_and_the_box_films(wired: Booted) -> None:
    said = wired.sh("journalctl -u vigbox-net -o cat | grep '^vigbox Wi-Fi: No'").splitlines()
    told = "No Wi-Fi radio is there. The box films all the same; its pages are reached by a cable."
    assert set(said) == {f"vigbox Wi-Fi: {told}"}
    assert f"PROBLEM  Wi-Fi       {told}\n" in wired.run("vigbox check").stdout
    wired.until_mode("idle", "ready-hint")
    wired.press("press")
    wired.until_mode("recording", "recording")
    wired.press("hold")
    wired.until_mode("idle", "ready-hint")
    assert len(films(wired)) == 1


def test_whoever_looks_leaves_the_lamp_s_word_where_the_hardened_recorder_reads_it(
    wired: Booted,
) -> None:
    wired.sh("systemctl start vigbox-health")
    recorder = "-S $(id -u vigbox-rec) -G $(id -g vigbox-rec)"
    inside = f"nsenter -t {wired.pid('vigbox-recorder')} -m {recorder}"
    assert wired.sh(f"{inside} cat /run/vigbox-net/hint") == "look"
    assert wired.sh(f"{inside} cat /run/vigbox-health/hint") in ("look", "well")
    for user in ("vigbox-rec", "vigbox-web", "nobody"):
        for who in ("net", "health", "update"):
            assert wired.run(f"runuser -u {user} -- touch /run/vigbox-{who}/hint").returncode != 0


def permissions(box: Booted, user: str) -> dict[str, str]:
    rows = box.sh(f"runuser -u {user} -- nmcli -t general permissions").splitlines()
    return dict(each.rsplit(":", 1) for each in rows)


def test_polkit_lets_the_helper_do_four_things_and_nobody_else_any(wired: Booted) -> None:
    base = "org.freedesktop.NetworkManager"
    rights = ("network-control", "wifi.share.protected", "wifi.scan", "enable-disable-wifi")
    allowed = {f"{base}.{each}" for each in rights}
    found = permissions(wired, "vigbox-net")
    assert {each for each, answer in found.items() if answer == "yes"} == allowed
    for user in ("vigbox-web", "vigbox-rec", "vigbox-lamp", "nobody"):
        assert "yes" not in permissions(wired, user).values(), user


@pytest.mark.parametrize("user", ["vigbox-net", "vigbox-web", "nobody"])
def test_nobody_changes_a_profile(wired: Booted, user: str) -> None:
    change = "connection modify vigbox 802-11-wireless-security.psk 12345678"
    assert wired.run(f"runuser -u {user} -- nmcli {change}").returncode != 0
    assert wired.run(f"runuser -u {user} -- nmcli connection delete vigbox").returncode != 0
    assert wired.run("nmcli connection show vigbox").returncode == 0


def test_the_helper_asks_from_inside_its_hardened_unit(wired: Booted) -> None:
    """Not the lack of a radio but a lack of rights would be "Not authorized"."""
    pid = wired.pid("vigbox-net")
    asked = f"nsenter -t {pid} -a -S $(id -u vigbox-net) -G $(id -g vigbox-net) nmcli radio wifi on"
    assert wired.run(asked).returncode == 0
    assert wired.run(f"nsenter -t {pid} -m ls -A {DATA}").stdout == ""


def is_well(box: Booted, name: str) -> bool:
    """Tell what the proof of an update finds."""
    asked = f"from vigbox.appliance.updates import steps; print(steps.Box().is_well({name!r}))"
    return box.sh(f'/opt/vigbox/bin/python -c "{asked}"') == "True"


def test_the_proof_of_an_update_sees_a_lost_right_while_the_helper_runs(wired: Booted) -> None:
    assert is_well(wired, steps.RIGHTS)
    (rules,) = wired.sh("ls /usr/share/polkit-1/rules.d/50-vigbox.rules").split()
    wired.sh(f"cp {rules} /root/kept.rules && echo 'polkit.addRule(function (' >{rules}")
    wired.sh("systemctl restart polkit")
    assert not is_well(wired, steps.RIGHTS)
    wired.sh(f"cat /root/kept.rules >{rules}; systemctl restart polkit")
    assert is_well(wired, steps.RIGHTS)


def test_the_proof_of_an_update_sees_rules_that_were_loaded_in_vain(wired: Booted) -> None:
    firewall = "vigbox-firewall.service"
    assert is_well(wired, firewall)
    wired.sh("cp /etc/vigbox/vigbox.nft /root/ && echo no >>/etc/vigbox/vigbox.nft")
    assert wired.run(f"systemctl reload {firewall}").returncode != 0
    assert wired.state(firewall) == "active"
    assert not is_well(wired, firewall)
    wired.sh(f"cat /root/vigbox.nft >/etc/vigbox/vigbox.nft && systemctl reload {firewall}")
    assert is_well(wired, firewall)


def test_a_network_manager_that_is_not_there_is_said_and_found_again(wired: Booted) -> None:
    wired.sh("systemctl stop NetworkManager")
    told(wired, "no-networkmanager")
    assert wired.run("vigbox check --help").returncode == 0
    wired.sh("systemctl start NetworkManager")
    told(wired, "no-radio")


def test_a_shared_network_is_names_and_addresses_of_the_box_and_no_way_out(wired: Booted) -> None:
    """A cable in the place of the radio: NetworkManager shares it as it shares a Wi-Fi."""
    name = wired.sh("sed 's/.* \\(vb-[^ ]*\\) .*/\\1/' /run/vigbox-net-setup/hosts")
    wired.sh(
        "ip netns add tablet && ip link add wltest type veth peer name tab0 netns tablet && "
        "ip -n tablet link set tab0 up && ip -n tablet link set lo up"
    )
    wired.sh(
        "nmcli device set wltest managed yes; nmcli -w 30 connection add type ethernet "
        "ifname wltest con-name test ipv4.method shared ipv4.addresses 10.42.0.1/24 "
        "ipv6.method disabled autoconnect no && nmcli -w 30 connection up test"
    )
    wired.until('test "$(cat /proc/sys/net/ipv4/ip_forward)" = 0')
    inside = "ip netns exec tablet"
    wired.sh("ip -n tablet addr add 10.42.0.200/24 dev tab0")
    names = f"{name} captive.apple.com connectivitycheck.gstatic.com example.org www.google.com"
    facts = json.loads(wired.sh(f"{inside} python3 /inside/joined.py tab0 {names}"))
    assert facts["offered"].startswith("10.42.0.")
    assert facts["names"] == ["10.42.0.1"] * 3 + ["code 3", "code 3"]
    page = f"https://{name}/unlock --cacert {DATA}/tls/authority.pem --resolve {name}:443:10.42.0.1"
    assert "<form" in wired.sh(f"{inside} curl -sS --max-time 10 {page}")
    probe = "http://10.42.0.1/hotspot-detect.html -H 'Host: captive.apple.com'"
    assert "Success" in wired.sh(f"{inside} curl -sS --max-time 10 {probe}")
    # what is no part of it, although somebody listens
    wired.sh("systemd-run -q --unit=stranger python3 -m http.server 9090")
    wired.until("curl -s -o /dev/null http://10.42.0.1:9090/")
    stranger = wired.run(f"{inside} curl -sS --max-time 3 http://10.42.0.1:9090/")
    assert stranger.returncode == 28, stranger.stderr
    wired.sh("nmcli connection delete test; systemctl stop stranger")


def test_a_removal_takes_wifi_and_firewall_along(box: Booted) -> None:
    box.sh(COUNTRY)
    box.sh(PREPARE)
    box.until_active("NetworkManager")
    told(box, "no-radio")
    box.sh("dpkg --remove vigbox")
    assert box.run("nft list table inet vigbox").returncode != 0
    assert box.run("nmcli connection show vigbox").returncode != 0
    assert box.run("ls /run/NetworkManager/system-connections/vigbox*").returncode != 0
    assert box.run(f"test -e {DATA}/wifi.key").returncode == 0
