"""What ``bench.review`` measures on: one film, sealed in a box and plain behind nginx."""

import base64
import contextlib
import http.client
import itertools
import json
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from av.video.frame import VideoFrame

from bench.packets import Packets
from tests.material import visit
from vigbox.casework.cases import open_case
from vigbox.casework.desk import Desk
from vigbox.casework.setup import Secrets, set_up
from vigbox.devices.played import PlayedStage
from vigbox.devices.simulated import SimulatedCamera
from vigbox.devices.stage import Curtain
from vigbox.media.faststart import VirtualMp4
from vigbox.media.fragments import FilmIndex, IndexWriter
from vigbox.media.h264 import parameter_sets
from vigbox.media.moov import AudioFormat
from vigbox.media.mux import Muxer
from vigbox.media.sound import RATE, SoundTrack
from vigbox.model import NS, Life, canonical, new_id
from vigbox.seal.keyring import Keyring
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import FilmSealer, seal_bytes
from vigbox.seal.signing import SigningKey
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest

SECONDS = 20
SIZE = (1280, 720)
_BITS_PER_SECOND = 4_000_000
_CHUNK_BYTES = 65_536
Painted = Callable[[int, VideoFrame], VideoFrame]


def packets(painted: Painted | None = None) -> Packets:
    """Encode the first seconds of the test film as a box does: 720p, a keyframe each second.

    ``painted`` may draw on each picture, told its number, before it is encoded.
    """
    stage = PlayedStage(visit())
    rate = stage.pictures_per_second
    stage.size = SIZE
    encoder = SimulatedCamera(stage, Curtain(), _BITS_PER_SECOND).encoder()
    pictures: list[tuple[int, bytes, bool]] = []
    key_ns = -NS
    for number, (time_ns, seen) in enumerate(
        itertools.islice(stage.pictures(), int(SECONDS * rate))
    ):
        frame = painted(number, seen) if painted else seen
        is_due = time_ns - key_ns >= NS
        key_ns = time_ns if is_due else key_ns
        frame.pts, frame.time_base = time_ns // 1000, encoder.time_base
        frame.pict_type = 1 if is_due else 0
        pictures += [(time_ns, bytes(each), each.is_keyframe) for each in encoder.encode(frame)]
    track, sound = SoundTrack(), []
    for block, samples in zip(range(SECONDS * 50), stage.sound(), strict=False):
        sound += [(each.time_samples, each.data) for each in track.push(samples, block * NS // 50)]
    return Packets(pictures, [each for each in sound if each[0] + 1024 <= SECONDS * RATE])


@dataclass
class Film:
    """A film's plain bytes, and the index beside it."""

    data: bytearray = field(default_factory=bytearray)
    sidecar: bytearray = field(default_factory=bytearray)

    def put(self, piece: bytes) -> None:
        """Add a header or a fragment."""
        self.sidecar += IndexWriter().record_for(len(self.data), piece)
        self.data += piece


def make_film(found: Packets, minutes: int) -> Film:
    """Loop the packets through our own muxer."""
    film, audio = Film(), AudioFormat(RATE, 1, SoundTrack.config)
    sets = parameter_sets(found.pictures[0][1]) or b""
    muxer = Muxer(width=SIZE[0], height=SIZE[1], parameter_sets=sets, audio=audio, film_id=new_id())
    film.put(muxer.header())
    for time_ns, data, is_key in found.looped(minutes * 60 // SECONDS):
        if is_key is None:
            muxer.add_sound(data, -(-time_ns * RATE // NS))
        else:
            muxer.add_picture(data, time_ns, is_keyframe=is_key)
        while (fragment := muxer.take_fragment()) is not None:
            film.put(fragment.data)
    while (fragment := muxer.flush()) is not None:
        film.put(fragment.data)
    room = -len(film.data) % _CHUNK_BYTES
    room += _CHUNK_BYTES if room < 8 else 0  # noqa: PLR2004  # a box has a header of 8
    film.data += room.to_bytes(4) + b"free" + bytes(room - 8)
    return film


@dataclass
class Box:
    """A box that is set up, with one case."""

    layout: Layout
    secrets: Secrets
    case: str = ""
    recipient: str = ""

    @classmethod
    def make(cls, folder: Path) -> "Box":
        """Set a box up for a demonstration."""
        layout = Layout(folder)
        layout.create()
        layout.demo_marker.write_text("This folder belongs to a benchmark.\n", "utf-8")
        box = cls(layout, set_up(layout, work_factor=10))
        desk = box.desk()
        with desk.session() as casework:
            case = open_case(casework, layout, "VIG-7", "What soothes him?", [])
            box.case, box.recipient = case.id, case.recipient
        desk.close()
        return box

    def desk(self) -> Desk:
        """Unlock its desk in this process."""
        keyring = Keyring()
        for path in self.layout.practitioners.glob("*.age"):
            keyring.unlock(path.read_bytes(), self.secrets.passphrase)
        return Desk(self.layout, keyring)

    def keep(self, film: Film) -> str:
        """Seal a film as the recorder does; gives its recording."""
        recording, recipients = new_id(), [parse_recipient(self.recipient)]
        with self.layout.film(recording).open("wb") as file:
            sealer = FilmSealer(file, recipients)
            sealer.write(bytes(film.data))
            sealer.finish()
        self.layout.index(recording).write_bytes(seal_bytes(bytes(film.sidecar), recipients))
        self._list(recording, "2026-11-21T19:40:00+00:00")
        return recording

    def fill_list(self, count: int) -> None:
        """Write so many more manifests, of films that nobody opens."""
        for number in range(count):
            day, month = 1 + number % 28, 1 + number // 28 % 12
            at = f"{2025 - number // 5000}-{month:02d}-{day:02d}T10:{number % 60:02d}:00+00:00"
            self._list(new_id(), at)

    def _list(self, recording: str, started_at: str) -> None:
        key = SigningKey.from_text(self.layout.recorder_key.read_text("ascii"))
        length_ns = 600 * NS
        manifest = Manifest(
            recording, self.case, (self.recipient,), "b", started_at, length_ns, Life.FINISHED
        )
        signature = base64.b64encode(key.sign(canonical(manifest.facts()))).decode()
        text = json.dumps(manifest.facts() | {"signature": signature}, indent=1)
        self.layout.manifest(recording).write_text(text, "utf-8")


def plain_mp4(film: Film, path: Path) -> FilmIndex:
    """Write the very bytes that the box serves as a plain file."""

    def read_at(offset: int, size: int) -> bytes:
        return bytes(film.data[offset : offset + size])

    index = FilmIndex.scan(read_at, len(film.data))
    mp4 = VirtualMp4(index)
    with path.open("wb") as file:
        for offset in range(0, mp4.size, 1 << 20):
            file.write(mp4.read_at(offset, 1 << 20, read_at))
    return index


def free_port() -> int:
    """Give a port that is free now."""
    with socket.socket() as proof:
        proof.bind(("127.0.0.1", 0))
        port: int = proof.getsockname()[1]
        return port


@contextlib.contextmanager
def box_web(box: Box, run: Path) -> Iterator[int]:
    """Serve the box with gunicorn, as the demo does; gives the port."""
    port = free_port()
    where = [str(box.layout.data), str(run), f"--port={port}"]
    with _running([sys.executable, "-m", "vigbox.demo", "web", *where], port):
        yield port


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[int]:
    """Serve a folder with nginx, one worker, nothing kept by browsers; gives the port."""
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"""
user root; worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 128; }}
http {{ access_log off; sendfile on; types {{ video/mp4 mp4; text/html html; }}
client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
server {{ listen 127.0.0.1:{port}; root {folder}; add_header Cache-Control no-store; }} }}
""",
        "ascii",
    )
    (folder / "index.html").write_text("<!doctype html><title>plain</title>", "ascii")
    with _running(["nginx", "-c", str(folder / "nginx.conf")], port):
        yield port


@contextlib.contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(process, port)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(300):
        with socket.socket() as proof:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args!r} ended by itself")
            if proof.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args!r} does not answer")


class Client:
    """One kept connection to a server, with the cookie of an unlocked browser."""

    def __init__(self, port: int, passphrase: str = "") -> None:
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers: dict[str, str] = {}
        if passphrase:
            page = self._ask("GET", "/unlock")
            (token,) = re.findall(r'name="csrf-token" content="([^"]+)"', page)
            form = urllib.parse.urlencode({"passphrase": passphrase, "csrf_token": token})
            kind = "application/x-www-form-urlencoded"
            origin = f"http://127.0.0.1:{port}"
            self._ask("POST", "/unlock", form, {"Origin": origin, "Content-Type": kind})

    def _ask(
        self, method: str, path: str, form: str | None = None, more: dict[str, str] | None = None
    ) -> str:
        """Ask for a page, and keep the cookie that comes with it."""
        self._link.request(method, path, form, self._headers | (more or {}))
        answer = self._link.getresponse()
        if cookie := answer.getheader("Set-Cookie"):
            self._headers["Cookie"] = cookie.split(";")[0]
        return answer.read().decode()

    def again(self) -> None:
        """Connect anew: a server closes what was silent for some seconds."""
        self._link.close()

    def get(self, path: str, span: tuple[int, int] | None = None) -> bytes:
        """Get a path, or a range of it; both ends are in it."""
        more = {"Range": f"bytes={span[0]}-{span[1]}"} if span else {}
        self._link.request("GET", path, headers=self._headers | more)
        answer = self._link.getresponse()
        data = answer.read()
        if answer.status not in (200, 206):
            raise RuntimeError(f"{path} is answered with {answer.status}")
        return data
