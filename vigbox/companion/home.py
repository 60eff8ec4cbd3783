"""The companion's own folder: this machine's identity and what it knows of its boxes.

``identity.txt`` is an age identity file, as age-keygen writes it, so that stock ``age -d -i``
opens what was kept sealed. For each pairing, ``box-ID.json`` tells of the box and holds the
authority that its HTTPS is checked against; ``machine-ID.pem`` is this machine's certificate for it
and the key of that. ID is the machine's with that box. All are for their owner alone.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from vigbox.companion.trust import PairedTls
from vigbox.delivery.manifest import is_id
from vigbox.errors import VigboxError
from vigbox.model import now_at
from vigbox.seal.errors import SealError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import VerifyKey
from vigbox.store import durable

_NAME: Final = "vigbox"


class HomeError(VigboxError):
    """The companion's folder cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class PairedBox:
    """A box this machine is paired with; the verify key is text, the authority PEM."""

    address: str
    box_id: str
    box_name: str
    box_verify_key: str
    authority: str
    machine_id: str

    @property
    def verify_key(self) -> VerifyKey:
        """The key that signs this box's manifests."""
        return VerifyKey.from_text(self.box_verify_key)


def default_home(platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder where this system keeps a person's settings, with our name."""
    user = Path.home()
    match platform:
        case "win32":
            folder = environ.get("APPDATA") or user / "AppData" / "Roaming"
        case "darwin":
            folder = user / "Library" / "Application Support"
        case _:
            folder = environ.get("XDG_CONFIG_HOME") or user / ".config"
    return Path(folder) / _NAME


def identity(home: Path) -> X25519Identity:
    """Read this machine's identity, or make it the first time. Raises :class:`HomeError`."""
    path = home / "identity.txt"
    try:
        return _parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return _made(path)
    except (OSError, UnicodeDecodeError, SealError) as error:
        raise HomeError(
            f"cannot read this machine's identity {path}: {error}. "
            "Bring it back from a backup, or remove it and pair again."
        ) from error


def boxes(home: Path) -> tuple[PairedBox, ...]:
    """Read what is known of the boxes. Raises :class:`HomeError`, also when none is paired."""
    found = tuple(_read(each) for each in _box_files(home))
    if not found:
        raise HomeError(
            f"this machine is not paired with a box (there is none in {home}); run vigbox pair"
        )
    return found


def save_box(home: Path, box: PairedBox, certificate: str) -> None:
    """Keep a box that was paired, durably, in place of an earlier pairing with the same box.

    ``certificate`` is this machine's, with its key, PEM. Raises :class:`HomeError`.
    """
    own = _box_file(home, box)
    _save(_certificate(home, box), certificate)
    # last: whoever finds the box finds the certificate for it
    _save(own, json.dumps(asdict(box), indent=1) + "\n")
    for path in _box_files(home):
        if path != own and (earlier := _earlier(path, box)):
            path.unlink(missing_ok=True)
            _certificate(home, earlier).unlink(missing_ok=True)


def tls(home: Path, box: PairedBox) -> PairedTls:
    """Give what a link to the box needs."""
    return PairedTls(box.authority, box.box_name, _certificate(home, box))


def _certificate(home: Path, box: PairedBox) -> Path:
    return home / f"machine-{box.machine_id}.pem"


def _box_file(home: Path, box: PairedBox) -> Path:
    return home / f"box-{box.machine_id}.json"


def _box_files(home: Path) -> list[Path]:
    return sorted(home.glob("box-*.json"))


def _read(path: Path) -> PairedBox:
    try:
        box = PairedBox(**json.loads(path.read_bytes()))
        _check(box)
    except (OSError, ValueError, TypeError, SealError) as error:
        raise HomeError(
            f"cannot read {path}: {error}. Remove it, and pair again with vigbox pair."
        ) from error
    return box


def _earlier(path: Path, box: PairedBox) -> PairedBox | None:
    """Give an earlier pairing with the same box; none for another box, or what is damaged."""
    try:
        other = _read(path)
    except HomeError:
        return None
    return other if other.box_id == box.box_id else None


def _check(box: PairedBox) -> None:
    if not all(isinstance(each, str) for each in asdict(box).values()):
        raise ValueError("a fact about the box is no text")
    if not box.address.startswith("https://") or not is_id(box.machine_id):
        raise ValueError("it was paired by an earlier version")
    VerifyKey.from_text(box.box_verify_key)


def _parse(text: str) -> X25519Identity:
    lines = (line.strip() for line in text.splitlines())
    secrets = [line for line in lines if line and not line.startswith("#")]
    return X25519Identity.parse(secrets[0] if len(secrets) == 1 else "")


def _made(path: Path) -> X25519Identity:
    made = X25519Identity.generate()
    text = f"# created: {now_at()}\n# public key: {made.recipient}\n{made.secret_text()}\n"
    _save(path, text)
    return made


def _save(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.save(path, text.encode())
    except OSError as error:
        raise HomeError(
            f"cannot write {path}: {error.strerror}. Make room or give the right to."
        ) from error
