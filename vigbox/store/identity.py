"""The box's public keys, ``box.json``: written once at set-up, root-owned on a box."""

import json
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError
from vigbox.model import canonical, new_id
from vigbox.seal.signing import VerifyKey
from vigbox.store import durable
from vigbox.store.layout import DataFolderError, Layout
from vigbox.store.manifests import is_id

_OF_A_BOX: Final = {
    "films": (("recordings", "*.mp4.age"), ("imports", "*.mp4.age")),
    "keys": (
        ("identities", "*.age"),
        ("identities/practitioners", "*.age"),
        ("identities/cases", "*.age"),
    ),
    "certificates": (("tls", "*.pem"),),
    "databases": (("", "case.db"),),
}
"""What stands behind an id: whoever has any of it is a box that tablets and machines know."""


class LostBoxError(DataFolderError):
    """What belongs to a box is there, and nothing says which; it gets no new id."""


@dataclass(frozen=True, slots=True)
class PublicBox:
    """Who this box is: its id, and the keys that arm it, sign its films and its exports."""

    box: str
    arming: VerifyKey
    recorder: VerifyKey
    device: VerifyKey


def write_box(layout: Layout, public: PublicBox) -> None:
    """Write the box's public keys durably. Raises OSError."""
    facts = {
        "box": public.box,
        "arming": public.arming.to_text(),
        "recorder": public.recorder.to_text(),
        "device": public.device.to_text(),
    }
    durable.save(layout.box, canonical(facts) + b"\n", mode=0o644)


def own_id(layout: Layout) -> str:
    """Give the box's id; before the set-up one is chosen and kept, which the set-up takes.

    Its Wi-Fi is named by it, and tablets join that before there are keys. Raises
    :class:`LostBoxError`, :class:`DataFolderError`, OSError.
    """
    refuse_lost(layout)
    if not (layout.box.exists() or layout.chosen_id.exists()):
        durable.save(layout.chosen_id, f"{new_id()}\n".encode(), mode=0o644)
        # for all to read, whatever the umask of whoever is first: set-up or network
        layout.chosen_id.chmod(0o644)
    return known_id(layout)


def refuse_lost(layout: Layout) -> None:
    """Refuse a folder whose box nothing names any more. Raises :class:`LostBoxError`, OSError.

    An id is on the card before anything that belongs to it, so only what was lost has none.
    """
    if layout.box.exists() or layout.chosen_id.exists():
        return
    films, keys, certificates, databases = (
        sum(_count(layout.data / folder, names) for folder, names in places)
        for places in _OF_A_BOX.values()
    )
    if films or keys or certificates or databases:
        raise LostBoxError(
            f"{layout.data} holds a box whose box.json and box.id are missing (films: {films}, "
            f"keys: {keys}, certificates: {certificates}, databases: {databases}), and it gets no "
            "new name. Nothing was changed: put one of the two back from a copy of the card, or "
            "call whoever looks after the box."
        )


def _count(folder: Path, names: str) -> int:
    """Count the names in a folder, which may be missing; one that is closed is an OSError."""
    try:
        return sum(fnmatch(each.name, names) for each in folder.iterdir())
    except FileNotFoundError:
        return 0


def known_id(layout: Layout) -> str:
    """Give the box's id, set up or not. Raises :class:`DataFolderError` when it has none yet."""
    chosen = None if layout.box.exists() else chosen_id(layout)
    return chosen or read_box(layout).box


def chosen_id(layout: Layout) -> str | None:
    """Give the id that was chosen before the set-up, if any. Raises :class:`DataFolderError`."""
    try:
        found = layout.chosen_id.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataFolderError(f"{layout.chosen_id} cannot be used: {error}") from error
    if not is_id(found):
        raise DataFolderError(f"{layout.chosen_id} cannot be used: it holds no id. Erase the file.")
    return found


def read_box(layout: Layout) -> PublicBox:
    """Read the box's public keys. Raises :class:`DataFolderError`."""
    try:
        facts = json.loads(layout.box.read_bytes())
        if not is_id(facts["box"]):
            raise ValueError("its id is not one")
        keys = (VerifyKey.from_text(facts[name]) for name in ("arming", "recorder", "device"))
        return PublicBox(facts["box"], *keys)
    except FileNotFoundError:
        raise DataFolderError(
            f"{layout.data} is not set up yet. Run `vigbox setup --data {layout.data}` first."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, VigboxError) as error:
        raise DataFolderError(f"{layout.box} cannot be used: {error}") from error
