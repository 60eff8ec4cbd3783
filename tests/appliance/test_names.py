"""The real dnsmasq as NetworkManager starts it, with our file: whom it answers, asked by dig."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.wire import wait_until, why_not
from tests.appliance.rooms import BOX, OFFICE, Rooms, rooms
from tests.appliance.test_prepare import prepared
from vigbox.appliance.prepare import Told

ROOT = Path(__file__).parents[2]
CONF = ROOT / "config" / "dnsmasq-shared.d" / "vigbox.conf"
pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("names")


@pytest.fixture(scope="module")
def told(folder: Path) -> Told:
    return prepared(folder)


@pytest.fixture(scope="module")
def answering(told: Told, folder: Path) -> Iterator[Rooms]:
    text = CONF.read_text().replace("/run/vigbox-net-setup/hosts", f"{folder}/run/hosts")
    shared = folder / "dnsmasq-shared.d"
    shared.mkdir()
    (shared / "vigbox.conf").write_text(text)
    with rooms() as built:
        # somebody upstream who would answer for everything, as an office's name server
        built.office.start(
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
            "--address=/#/203.0.113.9", "--port=53", "--user=root", "--pid-file",
        )  # fmt: skip
        # as nm-dnsmasq-manager.c starts it
        built.box.start(
            "dnsmasq", "--conf-file=/dev/null", "--no-hosts", "--keep-in-foreground",
            "--bind-interfaces", "--except-interface=lo", "--clear-on-reload", "--strict-order",
            f"--listen-address={BOX}", "--dhcp-range=10.42.0.10,10.42.0.254,60m",
            "--dhcp-lease-max=50", f"--dhcp-leasefile={folder}/leases", "--pid-file",
            f"--conf-dir={shared}", "--user=root",
        )  # fmt: skip
        wait_until(lambda: "NOERROR" in asked(built, told.name), "an answer of dnsmasq", 60)
        yield built


def asked(built: Rooms, name: str, kind: str = "A", *options: str) -> str:
    command = ("dig", f"@{BOX}", "+tries=5", "+time=2", *options, name, kind)
    return built.tablet.run("sh", "-c", " ".join(command) + " 2>&1 || true")


def answers(text: str) -> list[str]:
    return re.findall(r"(?m)^[^;\s]\S*\s+\d+\s+IN\s+\w+\s+(\S+)$", text)


def test_the_box_s_own_name_is_its_address(answering: Rooms, told: Told) -> None:
    for options in ((), ("+tcp",)):
        assert answers(asked(answering, told.name, "A", *options)) == [BOX]
    assert answers(asked(answering, told.name.upper())) == [BOX]


@pytest.mark.parametrize(
    "name",
    [
        "captive.apple.com",
        "connectivitycheck.gstatic.com",
        "clients3.google.com",
        "www.msftconnecttest.com",
        "detectportal.firefox.com",
    ],
)
def test_where_a_tablet_looks_whether_it_is_alive_is_the_box(answering: Rooms, name: str) -> None:
    assert answers(asked(answering, name)) == [BOX]
    # and not an error, on which some ask again and again
    without = asked(answering, name, "AAAA")
    assert "NOERROR" in without
    assert answers(without) == []


@pytest.mark.parametrize(
    "name",
    [
        "example.org",
        "www.google.com",
        "www.apple.com",
        "vb-none.home.arpa",
        "a.captive.apple.com",
        "localhost",
    ],
)
def test_no_other_name_is_there(answering: Rooms, name: str) -> None:
    told = asked(answering, name)
    assert re.search("status: (NXDOMAIN|REFUSED)", told), told
    assert answers(told) == []


@pytest.mark.parametrize("name", ["apple.com", "home.arpa", "arpa", "com"])
def test_what_lies_above_the_names_is_empty(answering: Rooms, name: str) -> None:
    assert answers(asked(answering, name)) == []


@pytest.mark.parametrize("kind", ["MX", "TXT", "HTTPS", "ANY", "SRV", "PTR"])
def test_no_other_kind_is_asked_of_anybody(answering: Rooms, kind: str) -> None:
    assert "203.0.113" not in asked(answering, "example.org", kind)
    assert answers(asked(answering, "example.org", kind)) == []


def test_an_upstream_that_is_there_is_never_asked(answering: Rooms) -> None:
    """The box itself could ask it: it answers there with what dnsmasq never says."""
    told = answering.box.run("dig", f"@{OFFICE}", "+short", "example.org")
    assert told.strip() == "203.0.113.9"
    assert answers(asked(answering, "example.org")) == []
