"""A box with one export for ``bench.sync``, and its front: gunicorn on a Unix socket behind nginx.

``python -m bench.sync_box FOLDER`` serves what :func:`make` put into a folder on its ``web.sock``.
"""

import ctypes
import hashlib
import os
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from bench.nginx import Site
from bench.wire import BOX, Place, wait_until
from vigbox.appliance.authority import Authority, name_of, pem_of_key
from vigbox.companion import home as homes
from vigbox.companion.home import PairedBox
from vigbox.delivery.certificates import key_of_request, new_key, request_for
from vigbox.delivery.machines import Machine, Machines
from vigbox.delivery.outbox import Outbox
from vigbox.delivery.pairing import PairingWindow
from vigbox.model import new_id
from vigbox.seal.signing import SigningKey
from vigbox.web.api import create_api
from vigbox.web.fronted import Fronted
from vigbox.web.serving import serve

PORT = 8_443
"""The machines' own, as shipped."""

CASE, NAME = "A12", "Film.mp4"
_PIECE_BYTES = 1 << 20
_DIE_WITH_PARENT = 1
_SOCK = "web.sock"


@dataclass(frozen=True)
class MadeBox:
    """A box's folder, and what is to come out of it on the machine whose home is ``home``."""

    folder: Path
    home: Path
    export_id: str
    export_bytes: int
    part: str
    part_bytes: int
    part_sha256: str
    plain_sha256: str

    @property
    def part_path(self) -> Path:
        """The sealed film, as it lies on the box."""
        return self.folder / "exports" / self.export_id / self.part

    @property
    def part_url(self) -> str:
        """Where it is fetched from."""
        return f"https://{BOX}:{PORT}/api/exports/{self.export_id}/{self.part}"

    @property
    def authority(self) -> Path:
        """The certificate that the box's own is checked against."""
        return self.folder / "tls" / "authority.pem"

    @property
    def certificate(self) -> Path:
        """The machine's, with its key."""
        (box,) = homes.boxes(self.home)
        return homes.tls(self.home, box).certificate

    def forget_verified(self) -> None:
        """Let the export wait again."""
        (self.folder / "exports" / self.export_id / "verified.json").unlink(missing_ok=True)


def make(folder: Path, home: Path, size_bytes: int) -> MadeBox:
    """Pair a machine without asking, and seal it one film of random bytes."""
    (folder / "exports").mkdir(parents=True)
    key = SigningKey.generate()
    (folder / "key").write_text(key.to_text())
    machine = _pair(folder, home, key)
    plain, rng = hashlib.sha256(), random.Random(size_bytes)
    with Outbox(folder / "exports").begin(new_id(), machine) as draft:
        with draft.part("film-1.mp4.age", NAME, "film") as sink:
            for _ in range(size_bytes // _PIECE_BYTES):
                data = rng.randbytes(_PIECE_BYTES)
                plain.update(data)
                sink.write(data)
        manifest = draft.commit(key, CASE)
    part = manifest.parts[0]
    return MadeBox(
        folder, home, manifest.export_id, manifest.size_bytes,
        part.name, part.size_bytes, part.sha256, plain.hexdigest(),
    )  # fmt: skip


def _pair(folder: Path, home: Path, key: SigningKey) -> Machine:
    """Give the box its certificates and the machine its own."""
    box_id = new_id()
    name, own = name_of(box_id), new_key()
    authority = Authority.make(name, [BOX])
    asked = key_of_request(request_for(own))
    _keep_tls(folder / "tls", authority, name)
    machine, certificate = Machines(folder / "machines.json").add(
        "bench",
        str(homes.identity(home).recipient),
        lambda machine_id: authority.machine_certificate(asked, machine_id),
    )
    address, known = f"https://{BOX}:{PORT}", key.verify_key.to_text()
    box = PairedBox(address, box_id, name, known, authority.certificate_pem(), machine.id)
    homes.save_box(home, box, certificate + own)
    return machine


def _keep_tls(folder: Path, authority: Authority, name: str) -> None:
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    signed = authority.box_certificate(key.public_key(), name, [BOX], datetime.now(UTC))
    (folder / "box.pem").write_bytes(signed.encode() + pem_of_key(key))
    (folder / "authority.pem").write_text(authority.certificate_pem())


class Front:
    """The box's nginx and its web in their namespace, to be killed and started again."""

    def __init__(self, place: Place, folder: Path) -> None:
        self._place = place
        self._folder = folder
        self._nginx = folder / "nginx"
        self._nginx.mkdir()
        listens = {each: f"{BOX}:{each}" for each in (80, 443, PORT)}
        self._config = Site(folder, folder / _SOCK, listens).config(self._nginx)

    def start(self) -> None:
        """Start, and wait until both listen."""
        sock = self._folder / _SOCK
        sock.unlink(missing_ok=True)
        self._place.start(sys.executable, "-m", "bench.sync_box", self._folder)
        # nginx's workers would outlive a master that is killed: here they are its namespace's
        dying = ("unshare", "--pid", "--fork", "--kill-child")
        log = self._nginx / "error.log"
        self._place.start(*dying, "nginx", "-c", self._config, "-e", log)
        listening = ("ss", "-Hltn", "sport", "=", f":{PORT}")
        wait_until(lambda: sock.exists() and self._place.run(*listening), "the box's front")

    def kill(self) -> None:
        """Take their power."""
        self._place.kill_all()


def main() -> None:
    """Serve until the end; the worker that gunicorn forks dies with it, as it does with us."""
    os.register_at_fork(after_in_child=lambda: ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, 9))
    folder = Path(sys.argv[1])
    app = Flask("box")
    key = SigningKey.from_text((folder / "key").read_text())
    outbox, machines = Outbox(folder / "exports"), Machines(folder / "machines.json")
    app.register_blueprint(create_api(outbox, machines, PairingWindow(), key, "box"))
    serve(Fronted(app), f"unix:{folder / _SOCK}")


if __name__ == "__main__":
    main()
