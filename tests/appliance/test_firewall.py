"""The shipped firewall, with real packets between network namespaces."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.wire import why_not
from tests.appliance.rooms import BOX, BOX_AT_THE_OFFICE, OFFICE, TABLET, Rooms, rooms

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config" / "nftables" / "vigbox.nft"
EVERY = (
    *(f"tcp:{port}" for port in (22, 25, 53, 80, 443, 631, 3000, 8420, 8443, 9090)),
    *(f"udp:{port}" for port in (53, 67, 69, 123, 161, 5353)),
)
pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.fixture(scope="module")
def built() -> Iterator[Rooms]:
    with rooms() as made:
        made.listen(made.box, *EVERY)
        made.listen(made.office, "tcp:80", "udp:53")
        made.listen(made.tablet, "tcp:80")
        yield made


@pytest.fixture(scope="module")
def walled(built: Rooms) -> Rooms:
    assert built.reached(built.tablet, BOX, *EVERY) == set(EVERY)
    assert built.reached(built.tablet, OFFICE, "tcp:80", "udp:53") == {"tcp:80", "udp:53"}
    built.box.run("nft", "-f", RULES)
    return built


def test_nft_takes_the_file_also_a_second_time(walled: Rooms) -> None:
    walled.box.run("nft", "-c", "-f", RULES)
    walled.box.run("nft", "-f", RULES)
    assert walled.box.run("nft", "list", "tables").split() == ["table", "inet", "vigbox"]


def test_a_tablet_reaches_names_addresses_pages_and_the_machines_port(walled: Rooms) -> None:
    found = walled.reached(walled.tablet, BOX, *EVERY)
    admitted = {"tcp:53", "tcp:80", "tcp:443", "tcp:8443", "udp:53", "udp:67", "udp:5353"}
    assert found == admitted
    # nor more by the box's address at the office
    assert walled.reached(walled.tablet, BOX_AT_THE_OFFICE, *EVERY) <= admitted


def test_an_office_reaches_pages_machines_port_and_ssh_and_no_names(walled: Rooms) -> None:
    found = walled.reached(walled.office, BOX_AT_THE_OFFICE, *EVERY)
    assert found == {"tcp:22", "tcp:80", "tcp:443", "tcp:8443", "udp:5353"}


def test_an_office_reaches_nothing_by_the_address_of_the_wi_fi(walled: Rooms) -> None:
    assert walled.reached(walled.office, BOX, *EVERY) == set()


def test_the_box_is_no_way_to_anywhere(walled: Rooms) -> None:
    assert walled.reached(walled.tablet, OFFICE, "tcp:80", "udp:53") == set()
    assert walled.reached(walled.office, TABLET, "tcp:80") == set()


def test_what_network_manager_lets_pass_does_not_pass(walled: Rooms) -> None:
    """Its own table for a shared connection, as it writes it."""
    walled.box.run(
        "nft", "add table ip nm-shared-wlan0; "
        "add chain ip nm-shared-wlan0 filter_forward "
        "{ type filter hook forward priority filter; policy accept; }; "
        "add rule ip nm-shared-wlan0 filter_forward accept",
    )  # fmt: skip
    assert walled.reached(walled.tablet, OFFICE, "tcp:80", "udp:53") == set()


def test_the_box_itself_asks_freely_and_gets_its_answers(walled: Rooms) -> None:
    assert walled.reached(walled.box, OFFICE, "tcp:80", "udp:53") == {"tcp:80", "udp:53"}
    assert walled.reached(walled.box, "127.0.0.1", "tcp:9090") == {"tcp:9090"}


def test_both_sides_may_ping(walled: Rooms) -> None:
    for place, address in ((walled.tablet, BOX), (walled.office, BOX_AT_THE_OFFICE)):
        done = subprocess.run(
            ["nsenter", f"--net=/proc/{place.pid}/ns/net", "ping", "-c", "1", "-W", "3", address],
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
