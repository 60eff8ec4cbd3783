"""The box's label from a terminal: shown there, or written for a printer. Root alone makes it."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vigbox.cli.paper import PaperError
from vigbox.config import Settings
from vigbox.store.durable import save
from vigbox.store.layout import Layout

if TYPE_CHECKING:
    from vigbox.export.label import LabelFacts


def show(settings: Settings, layout: Layout) -> None:
    """Show the label's words, and the code that joins the Wi-Fi. Raises WifiError."""
    import segno

    from vigbox.export.label import halves

    facts = _facts(settings, layout)
    print(f"Wi-Fi:       {facts.ssid}")
    print(f"Passphrase:  {facts.passphrase}")
    print(f"Page:        https://{facts.name}/  or  https://{facts.address}/")
    for row, text in enumerate(halves(facts.fingerprint)):
        print(f"{'' if row else 'Authority:':12} {text}")
    if sys.stdout.isatty():
        segno.make_qr(facts.wifi_qr).terminal(compact=True)


def write_label(path: Path, settings: Settings, layout: Layout) -> None:
    """Write the label to a new file, for root alone. Raises PaperError, WifiError, OSError."""
    from vigbox.export.label import label_picture, label_sheet

    kind = path.suffix.lower()
    if kind not in {".pdf", ".png"}:
        raise PaperError(f"the label's file must end in .pdf or .png, not {path.name!r}")
    if path.exists():
        raise PaperError(f"{path} is there already. Name a new file.")
    facts = _facts(settings, layout)
    today = date.today()  # noqa: DTZ011  # the day as people write it
    save(path, label_sheet(facts, today) if kind == ".pdf" else label_picture(facts))
    print(f"The label is in {path}. It holds the passphrase of the Wi-Fi: print it, then erase it.")


def _facts(settings: Settings, layout: Layout) -> "LabelFacts":
    from vigbox.appliance.authority import name_of
    from vigbox.appliance.certificates import authority_fingerprint
    from vigbox.appliance.wifi import Wifi, kept_passphrase
    from vigbox.export.label import LabelFacts
    from vigbox.store.identity import known_id

    name = name_of(known_id(layout))
    wifi = Wifi(name.partition(".")[0], kept_passphrase(layout))
    return LabelFacts(
        wifi.ssid,
        wifi.passphrase,
        wifi.qr,
        # plain: a tablet that does not trust the box yet is told there how it learns to
        f"http://{name}/",
        name,
        settings.address,
        authority_fingerprint(layout),
    )
