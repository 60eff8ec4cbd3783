"""The box's own Wi-Fi: what a tablet needs to join it.

The passphrase is four groups of four letters and figures, none of which looks like another: 79
bits. Whoever hears a tablet join may try passphrases at home, each 4096 rounds of SHA-1 (IEEE
802.11i); ten million a second need a billion years on average. It is kept in ``wifi.key``, root's
own, and written anew into the profile at each boot.
"""

import math
import secrets
from dataclasses import dataclass, field
from typing import Final

from vigbox.errors import VigboxError
from vigbox.store.durable import save
from vigbox.store.layout import Layout

_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS: Final = 4
_GROUP: Final = 4
STRENGTH_BITS: Final = int(_GROUPS * _GROUP * math.log2(len(_LETTERS)))
_SHORTEST: Final = 8
_LONGEST: Final = 63


class WifiError(VigboxError):
    """The box's own Wi-Fi cannot be prepared; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wifi:
    """One Wi-Fi: its name and its passphrase."""

    ssid: str
    passphrase: str = field(repr=False)

    @property
    def qr(self) -> str:
        """What a tablet's camera reads as "join this", in ZXing's form."""
        return f"WIFI:T:WPA;S:{_escaped(self.ssid)};P:{_escaped(self.passphrase)};;"


def new_passphrase() -> str:
    """Draw a passphrase: ``k7mq-3xwp-9hdt-v2cz``."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def kept_passphrase(layout: Layout) -> str:
    """Read the passphrase, which a service may have chosen itself. Raises :class:`WifiError`."""
    path = layout.wifi_key
    try:
        found = path.read_text("ascii").strip()
    except FileNotFoundError:
        raise WifiError(
            f"{path} is not there: the Wi-Fi of this box was never prepared. "
            "Set its country in vigbox.toml, then run: systemctl restart vigbox-net-setup"
        ) from None
    except PermissionError:
        raise WifiError(
            "the passphrase of the Wi-Fi is root's alone. Run this with sudo."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise WifiError(f"cannot read the passphrase of the Wi-Fi in {path}: {error}") from error
    if not (_SHORTEST <= len(found) <= _LONGEST and found.isprintable()):
        raise WifiError(
            f"the passphrase of the Wi-Fi in {path} must be {_SHORTEST} to {_LONGEST} letters and "
            "figures on one line. Without the file the box makes a new one at its next start."
        )
    return found


def passphrase_of(layout: Layout) -> str:
    """Give the passphrase; the first time it is made. Raises :class:`WifiError`, OSError."""
    if not layout.wifi_key.exists():
        save(layout.wifi_key, f"{new_passphrase()}\n".encode())
    return kept_passphrase(layout)


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in '\\;,:"' else each for each in text)
