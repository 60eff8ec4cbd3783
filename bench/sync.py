"""An export over a link of 75 Mbit/s that is cut at random, beside curl, rclone and rsync.

``bytes_ratio``      body bytes that vigbox sync received, over the export's, through all cuts
``goodput_vs_curl``  the link uncut: bytes a second of a whole ``vigbox sync --keep-sealed``,
                     until all is verified and durable and the box was told, over those of curl
                     fetching the sealed film alone from the same server
``corrupt``          runs after which the opened film is not the one that was exported
``wire_ratio_…``     what came over the link for each program, over the export: what was sent
                     twice, and what came too late for a connection that was cut, included
``seconds_…``        how long each took, with the same cuts

The box and the machine are network namespaces (root). rclone and rsync fetch the same sealed bytes
over ssh, with the same cuts, and are started again when they give up. The server is the box's own
gunicorn behind nginx as it is shipped, over TLS; curl shows the machine's certificate too.
"""

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import sync_peers
from bench.cuts import Carried, Carrier, Cut, Server, plan
from bench.rounds import ratio, report, rounds
from bench.sync_box import CASE, NAME, Front, MadeBox, make
from bench.wire import Wire, why_not

MBIT_PER_S = 75


@dataclass(frozen=True)
class Synced:
    """One sync through its cuts."""

    body_ratio: float
    wire_ratio: float
    seconds: float
    tries: int
    is_right: bool


class Desk:
    """A box, a machine and the link between them, in one folder."""

    def __init__(self, wire: Wire, folder: Path, size_bytes: int) -> None:
        self.wire = wire
        self.box: MadeBox = make(folder / "box", folder / "home", size_bytes)
        self.front = Front(wire.box, self.box.folder)
        self._folder = folder
        self._carrier = Carrier(wire, Server(self.front.kill, self.front.start))

    def sync(self, cuts: list[Cut], *, keep_sealed: bool = False) -> Synced:
        """Bring the export over, from nothing."""
        dest, count = self._folder / "dest", self._folder / "count"
        shutil.rmtree(dest, ignore_errors=True)
        count.write_text("")
        self.box.forget_verified()
        done = self._carrier.carry(lambda: self._start(dest, count, keep_sealed=keep_sealed), cuts)
        body_bytes = sum(int(each) for each in count.read_text("ascii").split())
        film = dest / CASE / (NAME + ".age" * keep_sealed)
        expected = self.box.part_sha256 if keep_sealed else self.box.plain_sha256
        is_right = film.exists() and sha256_of(film) == expected
        shutil.rmtree(dest)
        return Synced(
            body_bytes / self.box.export_bytes,
            done.wire_bytes / self.box.export_bytes,
            json.loads(done.said)["seconds"] if not cuts else done.seconds,
            done.tries,
            is_right,
        )

    def _start(self, dest: Path, count: Path, *, keep_sealed: bool) -> "subprocess.Popen[str]":
        syncing = (sys.executable, "-m", "bench.sync_machine", dest, self.box.home, count)
        option = ["--keep-sealed"] * keep_sealed
        return self.wire.machine.start(*syncing, *option, stdout=subprocess.PIPE)

    def curl(self) -> float:
        """Fetch the sealed film with curl; gives seconds."""
        output = self._folder / "curl"
        seconds = sync_peers.curl(self.wire, self.box, output)
        if sha256_of(output) != self.box.part_sha256:
            raise ValueError("curl did not bring the film")
        output.unlink()
        return seconds

    def peer(self, name: str, cuts: list[Cut]) -> tuple[Carried, bool]:
        """Fetch the sealed film with a peer over ssh; tells whether it is right."""
        folder = self._folder / name
        folder.mkdir()
        ssh = sync_peers.SshServer(self.wire.box, folder)
        output = folder / "film"
        start = {"rclone": sync_peers.rclone, "rsync": sync_peers.rsync}[name]
        ssh.start()
        carrier = Carrier(self.wire, ssh.server)
        done = carrier.carry(start(self.wire, ssh, self.box.part_path, output), cuts)
        self.wire.box.kill_all()
        is_right = sha256_of(output) == self.box.part_sha256
        shutil.rmtree(folder)
        return done, is_right


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def through_cuts(folder: Path, size_bytes: int, seeds: list[int], count: int) -> list[Synced]:
    """Sync once for each seed, each time from nothing."""
    with Wire(MBIT_PER_S) as wire:
        desk = Desk(wire, folder, size_bytes)
        desk.front.start()
        return [desk.sync(plan(each, desk.box.export_bytes, count)) for each in seeds]


def goodput(desk: Desk, count: int) -> float:
    """Sync and curl in turn on the uncut link; gives bytes a second of ours over curl's."""
    size = desk.box.export_bytes, desk.box.part_bytes
    found = rounds(
        {
            "vigbox": lambda: size[0] / desk.sync([], keep_sealed=True).seconds,
            "curl": lambda: size[1] / desk.curl(),
        },
        count,
    )
    return ratio(found, "vigbox", "curl")


def measure(
    folder: Path, size_bytes: int, seed: int, cut_count: int, count: int
) -> dict[str, float]:
    """Measure everything that can be measured here."""
    absent = sync_peers.missing()
    for name, what_to_do in absent.items():
        print(f"{name} is missing ({what_to_do}): no figure beside it", file=sys.stderr)
    with Wire(MBIT_PER_S) as wire:
        desk = Desk(wire, folder, size_bytes)
        desk.front.start()
        cuts = plan(seed, desk.box.export_bytes, cut_count)
        ours = desk.sync(cuts)
        figures = {"bytes_ratio": round(ours.body_ratio, 4)}
        if "curl" not in absent:
            figures["goodput_vs_curl"] = goodput(desk, count)
        figures |= {"corrupt": float(not ours.is_right)}
        figures |= _beside("vigbox", ours.wire_ratio, ours.seconds, ours.tries)
        desk.front.kill()
        for name in ("rclone", "rsync"):
            if not {name, "ssh", "sshd"} & set(absent):
                done, is_right = desk.peer(name, cuts)
                share = done.wire_bytes / desk.box.part_bytes
                figures |= _beside(name, share, done.seconds, done.tries)
                figures[f"corrupt_{name}"] = float(not is_right)
    return figures


def _beside(name: str, wire_ratio: float, seconds: float, tries: int) -> dict[str, float]:
    return {
        f"wire_ratio_{name}": round(wire_ratio, 3),
        f"seconds_{name}": round(seconds, 1),
        f"starts_{name}": tries,
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.sync", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    given = parser.parse_args()
    if cannot := why_not():
        sys.exit(f"bench.sync: {cannot}")
    if not shutil.which("nginx"):
        sys.exit("bench.sync: the box's front is nginx: apt-get install nginx-light")
    mib, cut_count, count = (24, 4, 1) if given.quick else (512, 12, 2)
    if not given.json:
        print(f"{mib} MiB at {MBIT_PER_S} Mbit/s, {cut_count} cuts, seed {given.seed}")
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), mib << 20, given.seed, cut_count, count)
    report(figures, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
