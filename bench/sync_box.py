"""A box with one export for ``bench.sync``, and its web process: the API behind gunicorn.

``python -m bench.sync_box FOLDER HOST PORT`` serves what :func:`make` put into a folder.
"""

import ctypes
import hashlib
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench.wire import BOX, Place, wait_until
from vigbox.companion import home as homes
from vigbox.companion.home import PairedBox
from vigbox.delivery.machines import Machines
from vigbox.delivery.outbox import Outbox
from vigbox.delivery.pairing import PairingWindow
from vigbox.model import new_id
from vigbox.seal.signing import SigningKey
from vigbox.web.api import create_api
from vigbox.web.serving import serve

PORT = 8_000
CASE, NAME = "A12", "Film.mp4"
_PIECE_BYTES = 1 << 20
_DIE_WITH_PARENT = 1


@dataclass(frozen=True)
class MadeBox:
    """A box's folder, and what is to come out of it on the machine whose home is ``home``."""

    folder: Path
    home: Path
    token: str
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
        return f"http://{BOX}:{PORT}/api/exports/{self.export_id}/{self.part}"

    def forget_verified(self) -> None:
        """Let the export wait again."""
        (self.folder / "exports" / self.export_id / "verified.json").unlink(missing_ok=True)


def make(folder: Path, home: Path, size_bytes: int) -> MadeBox:
    """Pair a machine without asking, and seal it one film of random bytes."""
    (folder / "exports").mkdir(parents=True)
    key = SigningKey.generate()
    (folder / "key").write_text(key.to_text())
    recipient = str(homes.identity(home).recipient)
    machine, token = Machines(folder / "machines.json").add("bench", recipient)
    verify_key = key.verify_key.to_text()
    homes.save_box(home, PairedBox(f"http://{BOX}:{PORT}", "box", verify_key, machine.id, token))
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
        folder, home, token, manifest.export_id, manifest.size_bytes,
        part.name, part.size_bytes, part.sha256, plain.hexdigest(),
    )  # fmt: skip


class WebProcess:
    """The box's web in its namespace, to be killed and started again."""

    def __init__(self, place: Place, folder: Path) -> None:
        self._place = place
        self._folder = folder

    def start(self) -> None:
        """Start, and wait until it listens."""
        place = [BOX, str(PORT)]
        self._place.start(sys.executable, "-m", "bench.sync_box", self._folder, *place)
        listening = ("ss", "-Hltn", "sport", "=", f":{PORT}")
        wait_until(lambda: self._place.run(*listening), "the box's web")

    def kill(self) -> None:
        """Take its power."""
        self._place.kill_all()


def main() -> None:
    """Serve until the end; the worker that gunicorn forks dies with it, as it does with us."""
    os.register_at_fork(after_in_child=lambda: ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, 9))
    folder, host, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    app = Flask("box")
    key = SigningKey.from_text((folder / "key").read_text())
    outbox, machines = Outbox(folder / "exports"), Machines(folder / "machines.json")
    app.register_blueprint(create_api(outbox, machines, PairingWindow(), key, "box"))
    serve(app, host, port)


if __name__ == "__main__":
    main()
