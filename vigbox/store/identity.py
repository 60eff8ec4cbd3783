"""The box's public keys, ``box.json``: written once at set-up, root-owned on a box."""

import json
from dataclasses import dataclass

from vigbox.errors import VigboxError
from vigbox.model import canonical
from vigbox.seal.signing import VerifyKey
from vigbox.store import durable
from vigbox.store.layout import DataFolderError, Layout
from vigbox.store.manifests import is_id


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
