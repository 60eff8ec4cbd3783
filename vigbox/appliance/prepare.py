"""What the box's own Wi-Fi needs of root, once a boot: ``python -m vigbox.appliance.prepare``.

Everything but the passphrase and the box's id is made anew under ``/run``, so that a system whose
root cannot be written has its Wi-Fi, and nothing stays behind when vigbox goes. It ends well
whatever it finds: ``told.json`` says what is wrong, and then no profile can be brought up.
"""

import contextlib
import ipaddress
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from vigbox.appliance.authority import name_of
from vigbox.appliance.country import WORLD, checked
from vigbox.appliance.programs import Run, run
from vigbox.appliance.wifi import Wifi, WifiError, passphrase_of
from vigbox.appliance.wifi_state import PROFILE
from vigbox.config import Settings
from vigbox.errors import SettingError, VigboxError
from vigbox.store.durable import save
from vigbox.store.identity import own_id
from vigbox.store.layout import Layout
from vigbox.store.settings_file import read

TOLD: Final = "told.json"
_SETTINGS: Final = Path("/etc/vigbox/vigbox.toml")
_UNREADABLE: Final = "country cannot be read in vigbox.toml"
_PROBES: Final = (
    # Apple
    "captive.apple.com",
    "www.airport.us",
    "www.appleiphonecell.com",
    "www.ibook.info",
    "www.itools.info",
    "www.thinkdifferent.us",
    # Android, Chrome
    "clients1.google.com",
    "clients3.google.com",
    "connectivitycheck.android.com",
    "connectivitycheck.gstatic.com",
    "play.googleapis.com",
    # Windows
    "www.msftconnecttest.com",
    "www.msftncsi.com",
    "ipv4only.msftconnecttest.com",
    # Firefox
    "detectportal.firefox.com",
)
"""Where tablets look whether a network is alive; none that a person would type."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are read from and written to, on a box."""

    run: Path = Path("/run/vigbox-net-setup")
    template: Path = Path(
        "/usr/share/vigbox/templates/NetworkManager/vigbox-hotspot.nmconnection.in"
    )
    profiles: Path = Path("/run/NetworkManager/system-connections")
    modules: Path = Path("/run/modprobe.d")

    @property
    def profile(self) -> Path:
        """The profile that NetworkManager reads."""
        return self.profiles / "vigbox-hotspot.nmconnection"


@dataclass(frozen=True, slots=True)
class Told:
    """What was prepared: names, address and country of the Wi-Fi, or what is wrong.

    A ``problem`` keeps the Wi-Fi away. A ``mistake`` in the country does not: then it keeps to the
    rules that hold everywhere.
    """

    ssid: str = ""
    name: str = ""
    address: str = ""
    country: str = ""
    problem: str = ""
    mistake: str = ""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what was told last; that nothing was is a problem too."""
        try:
            # of a version before this one, which knew no mistakes
            facts = {"mistake": ""} | json.loads((folder / TOLD).read_bytes())
            return cls(**{each: str(facts[each]) for each in cls.__slots__})
        except (OSError, ValueError, KeyError, TypeError):
            return cls(problem="The Wi-Fi was not prepared. Start vigbox-net-setup.")


def main(path: Path = _SETTINGS, places: Places | None = None, ask: Run = run) -> int:
    """Prepare the box's Wi-Fi; prints what is wrong, and ends with 0.

    Of the settings only a country that nobody wrote, or an address that no radio can have, stops
    it: any mistake is told elsewhere, and would take the Wi-Fi from whoever is to read of it.
    """
    places = places or Places()
    reading = read(path)
    settings = reading.settings
    is_unreadable = any(each.key == "country" for each in reading.faults)
    if not (places.run / TOLD).exists():  # the first time in this boot, before any service
        _take_back(Layout(settings.data))
    try:
        told = prepare(
            settings, Layout(settings.data), places, ask, mistake=_UNREADABLE * is_unreadable
        )
    except (VigboxError, OSError) as error:
        told = _refused(str(error), places, ask)
    if told.problem:
        sys.stderr.write(f"vigbox: the box's own Wi-Fi is not prepared: {told.problem}\n")
    if told.mistake:
        sys.stderr.write(f"vigbox: the Wi-Fi keeps to what is allowed everywhere: {told.mistake}\n")
    return 0


def _take_back(layout: Layout) -> None:
    """Open the way for the set-up on the tablet, if one of root's was cut before."""
    if layout.box.exists() or not layout.database_key.parent.exists():
        return
    from vigbox.appliance.setup import take_back  # slow to load, and seldom used

    try:
        take_back(layout)
    except (VigboxError, OSError) as error:
        sys.stderr.write(f"vigbox: what a set-up left that was cut stays: {error}\n")


def _refused(problem: str, places: Places, ask: Run) -> Told:
    """Refuse as far as it goes: without a ``told.json`` nothing is brought up either."""
    try:
        return refuse(problem, places, ask)
    except OSError as error:
        with contextlib.suppress(OSError):  # what was told before holds no more
            (places.run / TOLD).unlink(missing_ok=True)
        return Told(problem=f"{problem} ({error})")


def prepare(
    settings: Settings, layout: Layout, places: Places, ask: Run = run, mistake: str = ""
) -> Told:
    """Write profile, names and country; tell NetworkManager and the radio. Raises OSError.

    ``mistake`` says that a country was meant, and could not be read.
    """
    try:
        told, wifi = _chosen(settings, layout, mistake)
    except (VigboxError, OSError) as error:
        return refuse(str(error), places, ask)
    is_new = _write_profile(wifi, told.address, places)
    names = " ".join((told.name, *_PROBES))
    _write(places.run / "hosts", f"{told.address} {names}\n", 0o644)
    _write(places.modules / "vigbox.conf", f"options cfg80211 ieee80211_regdom={told.country}\n")
    _write(places.run / TOLD, json.dumps(asdict(told)), 0o644)
    ask("iw", "reg", "set", told.country)
    if is_new and ask("nmcli", "connection", "load", str(places.profile)).is_well:
        # what is up has the old passphrase; vigbox-net brings it up again
        ask("nmcli", "connection", "down", "id", PROFILE)
    return told


def refuse(problem: str, places: Places, ask: Run = run) -> Told:
    """Tell what is wrong, and leave no profile that could be brought up. Raises OSError."""
    told = Told(problem=problem)
    if places.profile.exists():
        ask("nmcli", "connection", "delete", "id", PROFILE)
        places.profile.unlink(missing_ok=True)
    _write(places.run / TOLD, json.dumps(asdict(told)), 0o644)
    return told


def _chosen(settings: Settings, layout: Layout, mistake: str) -> tuple[Told, Wifi]:
    # first: the set-up takes it, with Wi-Fi or without
    name = name_of(own_id(layout))
    if ipaddress.ip_address(settings.address).version != 4:  # noqa: PLR2004  # IPv4
        raise WifiError(
            f"address must be one like 10.42.0.1 for the box's own Wi-Fi, not {settings.address!r}"
        )
    country, mistake = _country(settings.country, mistake)
    ssid = name.partition(".")[0]
    told = Told(ssid, name, settings.address, country, mistake=mistake)
    return told, Wifi(ssid, passphrase_of(layout))


def _country(said: str, mistake: str) -> tuple[str, str]:
    """Give whose rules hold, and what is wrong with the country that was written.

    Raises SettingError when none was.
    """
    try:
        return checked(said), ""
    except SettingError as error:
        if not said and not mistake:
            raise
        return WORLD, mistake or str(error)


def _write_profile(wifi: Wifi, address: str, places: Places) -> bool:
    """Write the profile; tells whether it is another one now."""
    text = places.template.read_text("utf-8")
    filled = {
        "@PROFILE@": PROFILE,
        "@SSID@": wifi.ssid,
        # a keyfile's own escape (GKeyFile)
        "@PASSPHRASE@": wifi.passphrase.replace("\\", "\\\\").replace(";", "\\;"),
        "@ADDRESS@": address,
    }
    for mark, value in filled.items():
        text = text.replace(mark, value)
    if places.profile.exists() and places.profile.read_text("utf-8") == text:
        return False
    _write(places.profile, text)
    return True


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, text.encode(), mode)
    # whatever the umask of whoever started this
    path.chmod(mode)


if __name__ == "__main__":
    sys.exit(main())
