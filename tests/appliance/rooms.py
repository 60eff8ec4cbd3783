"""Three machines that are not there: a box, a tablet on its Wi-Fi, an office on its cable."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.wire import Place, wait_until

BOX, TABLET = "10.42.0.1", "10.42.0.50"
BOX_AT_THE_OFFICE, OFFICE = "192.0.2.1", "192.0.2.50"

_LISTEN = """
import selectors, socket, sys
all = selectors.DefaultSelector()
for each in sys.argv[1:]:
    kind, port = each.split(":")
    if kind == "tcp":
        it = socket.create_server(("0.0.0.0", int(port)))
    else:
        it = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        it.bind(("0.0.0.0", int(port)))
    all.register(it, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in all.select():
        it = key.fileobj
        if it.type == socket.SOCK_STREAM:
            it.accept()[0].close()
        else:
            data, who = it.recvfrom(100)
            it.sendto(data, who)
"""
_ASK = """
import socket, sys
from concurrent.futures import ThreadPoolExecutor
def ask(each):
    kind, port = each.split(":")
    tcp = kind == "tcp"
    it = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    it.settimeout(5)
    try:
        it.connect((sys.argv[1], int(port)))
        if not tcp:
            it.send(b"?")
            it.recv(10)
        return each
    except OSError:
        return ""
with ThreadPoolExecutor(40) as pool:
    print(*filter(None, pool.map(ask, sys.argv[2:])))
"""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The box has both links; tablet and office know it as their way to everywhere else."""

    box: Place
    tablet: Place
    office: Place

    def listen(self, place: Place, *ports: str) -> None:
        """Answer whatever comes to these, such as ``tcp:443``."""
        started = place.start(sys.executable, "-c", _LISTEN, *ports, stdout=-1)
        assert started.stdout is not None
        with started.stdout as said:
            assert said.readline() == "ready\n"

    def reached(self, place: Place, address: str, *ports: str) -> set[str]:
        """Try all of them at once; gives those that answered."""
        return set(place.run(sys.executable, "-c", _ASK, address, *ports).split())


@contextmanager
def rooms() -> Iterator[Rooms]:
    """Build them; everything in them dies with the test."""
    with ExitStack() as open_places:
        made = Rooms(Place(), Place(), Place())
        for each in (made.box, made.tablet, made.office):
            open_places.callback(each.close)
            each.run("ip", "link", "set", "lo", "up")
        _link(made.box, "wlan0", BOX, made.tablet, TABLET)
        _link(made.box, "eth0", BOX_AT_THE_OFFICE, made.office, OFFICE)
        # as NetworkManager does for a shared connection
        made.box.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        yield made


def _link(box: Place, name: str, address: str, other: Place, others: str) -> None:
    peer = ("peer", "name", name, "netns", str(other.pid))
    box.run("ip", "link", "add", name, "type", "veth", *peer)
    for place, own in ((box, address), (other, others)):
        place.run("ip", "address", "add", f"{own}/24", "dev", name)
        place.run("ip", "link", "set", name, "up")
    other.run("ip", "route", "add", "default", "via", address)
    wait_until(lambda: "state UP" in box.run("ip", "link", "show", name), "a link")
