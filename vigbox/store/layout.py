"""Where everything lies under the data folder, and who writes it.

======================== ========================================== ==================
path                     what                                       writer
======================== ========================================== ==================
recordings/ID.mp4.age    the film: one age file                     recorder
recordings/ID.json       its manifest, in plain                     recorder
recordings/ID.index.age  where each fragment starts                 recorder
recordings/ID.key.age    the identity of a film that was made       recorder
                         without an armed case
arming/armed.json        what the next press films for, signed      recorder
arming/unarmed.json      whether one without a case films, signed   recorder
recorder/                signing key, latencies, last trusted time  recorder
identities/              identities and keys, each an age file      web, set-up
box.json                 the box's public keys                      set-up
box.id                   its id, chosen for the name of its Wi-Fi   root
                         before anything else of it is there
wifi.key                 the passphrase of its Wi-Fi                root
case.db                  the case database (SQLCipher)              web
imports/ID.mp4.age, …    films from elsewhere: as in recordings/    web
imports/ID/              an upload: its parts, each an age file     web
exports/                 what waits for the practitioner's machine  web
lanes/ID.age             strip, sound, movement, voices: one age    web
                         file, erased together with the film
service.toml             what the service settled                   web
vocabulary.toml          its own vocabulary, if it has one          web
prompts.toml             its own prompts, if it has them            web
web/                     device key, paired machines, guesses       web
web/setup/               what waits for the set-up; goes with it    web
tls/                     certificates of the box's HTTPS, its key   web, set-up
DEMO                     this folder belongs to a demonstration     demo
======================== ========================================== ==================
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vigbox.errors import InUseError, VigboxError
from vigbox.store import durable

_FOLDERS: Final = (
    "recordings",
    "arming",
    "recorder",
    "identities/practitioners",
    "identities/cases",
    "exports",
    "imports",
    "lanes",
    "tls",
    "web",
)

RECORDERS: Final = ("recordings", "arming", "recorder")
"""The folders the recorder's user may see; on a box the others are closed to it."""

_WEBS: Final = tuple(each for each in _FOLDERS if each not in RECORDERS)
"""The folders of the web's user."""


class DataFolderError(VigboxError):
    """The data folder cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One data folder. Paths only; nothing is opened."""

    data: Path

    def create(self, names: Iterable[str] = _FOLDERS) -> None:
        """Make the folders that are missing. Raises :class:`DataFolderError`."""
        try:
            for name in names:
                (self.data / name).mkdir(mode=0o700, parents=True, exist_ok=True)
                # not the data folder itself: what another user leaves there stops nobody
                _prove_writable(self.data / name)
        except OSError as error:
            raise DataFolderError(
                f"cannot write in the data folder {self.data}: {error.strerror}. "
                "Choose another one with --data, or give this user the right to write there."
            ) from error

    @property
    def recordings(self) -> Path:
        """The folder only the recorder writes."""
        return self.data / "recordings"

    def film(self, recording: str) -> Path:
        """Give the path of a film."""
        return self.recordings / f"{recording}.mp4.age"

    def manifest(self, recording: str) -> Path:
        """Give the path of a manifest."""
        return self.recordings / f"{recording}.json"

    def index(self, recording: str) -> Path:
        """Give the path of a film's index."""
        return self.recordings / f"{recording}.index.age"

    def film_identity(self, recording: str) -> Path:
        """Give the path of a film's own identity: it was made without an armed case."""
        return self.recordings / f"{recording}.key.age"

    @property
    def imported(self) -> "Layout":
        """The same names in the web's own folder, for films from elsewhere."""
        return _Imported(self.data)

    def upload(self, name: str) -> Path:
        """Give the folder of an upload's parts."""
        return self.data / "imports" / name

    @property
    def armed(self) -> Path:
        """The signed arming statement."""
        return self.data / "arming" / "armed.json"

    @property
    def disarmed(self) -> Path:
        """Which arming statement was the last that the recorder was told to forget."""
        return self.data / "recorder" / "disarmed.json"

    @property
    def unarmed(self) -> Path:
        """The signed statement about presses without an armed case."""
        return self.data / "arming" / "unarmed.json"

    @property
    def box(self) -> Path:
        """The box's public keys."""
        return self.data / "box.json"

    @property
    def chosen_id(self) -> Path:
        """The box's id, before it is set up."""
        return self.data / "box.id"

    @property
    def wifi_key(self) -> Path:
        """The passphrase of the box's own Wi-Fi, for root alone."""
        return self.data / "wifi.key"

    @property
    def recorder_key(self) -> Path:
        """The recorder's signing key."""
        return self.data / "recorder" / "signing.key"

    @property
    def latency(self) -> Path:
        """How late each microphone was found to be."""
        return self.data / "recorder" / "latency.json"

    @property
    def floor(self) -> Path:
        """The last time that was trusted."""
        return self.data / "recorder" / "floor.json"

    @property
    def practitioners(self) -> Path:
        """Practitioners' identities, each wrapped by a passphrase."""
        return self.data / "identities" / "practitioners"

    def practitioner(self, recipient: str) -> Path:
        """Give the path of a practitioner's identity."""
        return self.practitioners / f"{recipient}.age"

    def case_identity(self, case: str) -> Path:
        """Give the path of a case's identity, wrapped to its practitioners."""
        return self.data / "identities" / "cases" / f"{case}.age"

    @property
    def arming_key(self) -> Path:
        """The arming key, wrapped to the practitioners."""
        return self.data / "identities" / "arming.age"

    @property
    def database_key(self) -> Path:
        """The case database's key, wrapped to the practitioners."""
        return self.data / "identities" / "database.age"

    @property
    def database(self) -> Path:
        """The case database."""
        return self.data / "case.db"

    @property
    def guesses(self) -> Path:
        """How many passphrases were tried."""
        return self.data / "web" / "guesses.json"

    @property
    def exports(self) -> Path:
        """What waits for the practitioner's machine."""
        return self.data / "exports"

    @property
    def lanes(self) -> Path:
        """What is shown under the films, sealed as they are."""
        return self.data / "lanes"

    def lane(self, recording: str) -> Path:
        """Give the path of what is shown under a film."""
        return self.lanes / f"{recording}.age"

    @property
    def service(self) -> Path:
        """What the service settled."""
        return self.data / "service.toml"

    @property
    def own_vocabulary(self) -> Path:
        """The service's own vocabulary."""
        return self.data / "vocabulary.toml"

    @property
    def own_prompts(self) -> Path:
        """The service's own prompts."""
        return self.data / "prompts.toml"

    @property
    def device_key(self) -> Path:
        """The web's key that signs exports' manifests."""
        return self.data / "web" / "device.key"

    @property
    def machines(self) -> Path:
        """The list of paired machines."""
        return self.data / "web" / "machines.json"

    @property
    def authority_key(self) -> Path:
        """The certificate authority's key, wrapped to the practitioners."""
        return self.data / "identities" / "authority.age"

    @property
    def authority(self) -> Path:
        """The certificate authority's own certificate."""
        return self.data / "tls" / "authority.pem"

    @property
    def certificate(self) -> Path:
        """The box's TLS certificate and its key, which whoever serves HTTPS must read."""
        return self.data / "tls" / "box.pem"

    @property
    def staged(self) -> "Layout":
        """The same names for a set-up without root's rights: root puts box and key in place."""
        return _Staged(self.data)

    @property
    def setup(self) -> Path:
        """What waits for the set-up, and what a set-up waits with for root."""
        return self.data / "web" / "setup"

    @property
    def waiting(self) -> Path:
        """The box's id and its authority with the plain key, until there are practitioners."""
        return self.setup / "waiting.json"

    @property
    def settled(self) -> Path:
        """Present when a staged set-up is whole, and root may put it in place."""
        return self.setup / "settled"

    @property
    def demo_marker(self) -> Path:
        """Present when the folder belongs to a demonstration."""
        return self.data / "DEMO"

    def check_kind(self, *, is_demo: bool) -> None:
        """Keep demonstrations and real services out of each other's folders.

        Raises :class:`DataFolderError`.
        """
        if self.demo_marker.exists() and not is_demo:
            raise DataFolderError(
                f"{self.data} belongs to a demonstration (it holds a file DEMO), and a real "
                "service never touches one. Choose another data folder with --data."
            )
        if is_demo and not self.demo_marker.exists():
            raise DataFolderError(
                f"{self.data} is not a demonstration's folder (it holds no file DEMO). "
                "Choose an empty or new folder with --data."
            )

    def own(self, who: str) -> int:
        """Become the only process of this kind on the folder; held until the process ends.

        Returns the descriptor that holds the lock. Raises :class:`InUseError`.
        """
        import fcntl  # not on Windows, where no box runs but this module is imported

        descriptor = _opened(self.data / f".{who}.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise InUseError(
                f"another {who} already works on {self.data}. "
                "Stop it first, or choose another data folder with --data."
            ) from None
        return descriptor


@dataclass(frozen=True, slots=True)
class _Imported(Layout):
    @property
    def recordings(self) -> Path:
        """The folder of films from elsewhere, which only the web writes."""
        return self.data / "imports"


@dataclass(frozen=True, slots=True)
class _Staged(Layout):
    def create(self, names: Iterable[str] = _WEBS) -> None:
        """Make the folders that are the web's. Raises :class:`DataFolderError`."""
        Layout.create(self, names)

    @property
    def box(self) -> Path:
        """The public keys, for root to put in place."""
        return self.setup / "box.json"

    @property
    def recorder_key(self) -> Path:
        """The recorder's signing key, for root to give to the recorder."""
        return self.setup / "signing.key"


def room_bytes(folder: Path) -> int:
    """Tell how many bytes a program may still write in a folder's file system."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _opened(lock: Path) -> int:
    try:  # a kernel may refuse to open what is there with O_CREAT (fs.protected_regular)
        return os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)


def _prove_writable(folder: Path) -> None:
    proof = folder / f".writable-{os.getpid()}{durable.TEMPORARY}"
    proof.touch(mode=0o600)
    proof.unlink()
