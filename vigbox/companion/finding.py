"""Find a box in this machine's network: multicast DNS (RFC 6762, 6763), the box's avahi answers.

What is found is an address and nothing more; whose it is, pairing proves.
"""

import threading
import time
from dataclasses import dataclass
from typing import Final

from zeroconf import IPVersion, ServiceBrowser, ServiceListener, Zeroconf

from vigbox.errors import VigboxError

SERVICE: Final = "_vigbox._tcp.local."
LOOK_S: Final = 5.0
_SETTLE_S: Final = 1.0
"""So long after the first box, in case there is another."""

_ASK_MS: Final = 2_000


class BoxNotFoundError(VigboxError):
    """No box answers in this network, or more than one."""


@dataclass(frozen=True, slots=True, order=True)
class FoundBox:
    """A box's name as it tells it, and its ``host:port``."""

    name: str
    address: str


class _Heard(ServiceListener):
    def __init__(self) -> None:
        self.names: set[str] = set()
        self.any = threading.Event()

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:  # noqa: ARG002
        self.names.add(name)
        self.any.set()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Nothing that counts here changes."""

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:  # noqa: ARG002
        self.names.discard(name)


def the_box() -> str:
    """Give the address of the only box there is. Raises :class:`BoxNotFoundError`."""
    found = boxes()
    if not found:
        raise BoxNotFoundError(
            "no box answers in this network; join the box's own Wi-Fi, or give the address that "
            "its page Machines shows"
        )
    if len(found) > 1:
        listed = ", ".join(f"{each.name} ({each.address})" for each in found)
        raise BoxNotFoundError(f"there is more than one box: {listed}; give the address of yours")
    return found[0].address


def boxes(look_s: float = LOOK_S) -> list[FoundBox]:
    """Look for boxes for some seconds, sorted by name. Raises :class:`BoxNotFoundError`."""
    try:
        with Zeroconf(ip_version=IPVersion.V4Only) as network:
            heard = _Heard()
            browser = ServiceBrowser(network, SERVICE, heard)
            _wait(heard, look_s)
            browser.cancel()
            found = (_asked(network, each) for each in sorted(heard.names))
            return sorted({each for each in found if each is not None})
    except OSError as error:
        raise BoxNotFoundError(
            f"cannot look for boxes in this network ({error.strerror}); give the address that the "
            "box's page Machines shows"
        ) from error


def _wait(heard: _Heard, look_s: float) -> None:
    """Wait for the first box, and then a little for another."""
    end = time.monotonic() + look_s
    heard.any.wait(look_s)
    left_s = min(_SETTLE_S, end - time.monotonic())
    if left_s > 0:
        time.sleep(left_s)


def _asked(network: Zeroconf, name: str) -> FoundBox | None:
    info = network.get_service_info(SERVICE, name, _ASK_MS)
    addresses = info.parsed_scoped_addresses(IPVersion.V4Only) if info else []
    if info is None or not addresses:
        return None
    shown = "".join(each for each in name.removesuffix("." + SERVICE) if each.isprintable())
    return FoundBox(shown, f"{addresses[0]}:{info.port}")
