"""What a cut left on the card, as the web would find it, and as ffmpeg's reader plays it."""

import io
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av

from vigbox.media.boxes import BoxError
from vigbox.media.fragments import FilmIndex
from vigbox.model import NS
from vigbox.recorder.finishing import finish
from vigbox.seal.films import FilmReader
from vigbox.seal.identities import X25519Identity
from vigbox.seal.payload import SEALED_CHUNK_BYTES
from vigbox.store.layout import Layout

LOST_NS = NS


@dataclass
class Kept:
    """One film as it was found; ``is_empty`` when it was cut before its first whole chunk."""

    length_ns: int = 0
    pictures: int = 0
    is_empty: bool = True
    events: Sequence[str] = ()


@dataclass
class Tally:
    """Many films: how much each lost, and what could not be read."""

    lost_ns: list[int] = field(default_factory=list)
    empty: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, filmed_ns: int, kept: Kept, told: str) -> None:
        """Count one film against what was filmed until its cut."""
        self.lost_ns.append(filmed_ns - kept.length_ns)
        self.empty += kept.is_empty
        if self.lost_ns[-1] > LOST_NS:
            self.faults.append(f"{told}: {filmed_ns / NS:.2f} s filmed, {kept}")

    def take(self, other: "Tally") -> None:
        """Add the films of another."""
        self.lost_ns += other.lost_ns
        self.empty += other.empty
        self.faults += other.faults

    def __str__(self) -> str:
        worst, count = max(self.lost_ns, default=0) / NS, len(self.lost_ns)
        mean = sum(self.lost_ns) / NS / max(1, count)
        return f"{count} films, lost {mean:.2f} s each, {worst:.2f} s at worst, {self.empty} empty"


def read(layout: Layout, recording: str, identity: X25519Identity) -> Kept:
    """Read a film as the web does, finish it in place, open it with stock age, play it.

    Raises what :class:`FilmReader`, ``finish`` and ``age`` raise for a film that cannot be read,
    and AssertionError when ffmpeg's reader finds other pictures than ours.
    """
    path = layout.film(recording)
    if not path.exists():
        return Kept()
    try:
        reader, index = _indexed(path, identity)
    except (EOFError, BoxError):
        assert path.stat().st_size < 2 * SEALED_CHUNK_BYTES, "a film, but none that can be read"
        return Kept()
    if not index.sync_end:
        return Kept()
    if not reader.is_finished:
        finish(layout, recording, *reader.finishing(index.sync_end))
        reader, index = _indexed(path, identity)
    assert reader.is_finished
    pictures = len(index.pictures.times)
    assert not pictures or _decoded(_opened_by_age(path, identity)) == pictures
    told = [" ".join((each.kind, *map(str, each.facts.values()))) for each in index.events]
    return Kept(index.duration_ns, pictures, not pictures, told)


def _indexed(path: Path, identity: X25519Identity) -> tuple[FilmReader, FilmIndex]:
    data = path.read_bytes()
    reader = FilmReader(lambda at, size: data[at : at + size], len(data), [identity])
    return reader, FilmIndex.scan(reader.read_at, reader.size)


def _opened_by_age(path: Path, identity: X25519Identity) -> bytes:
    secret = identity.secret_text().encode()
    return subprocess.run(
        ["age", "-d", "-i", "-", path], input=secret, check=True, capture_output=True
    ).stdout


def _decoded(plain: bytes) -> int:
    with av.open(io.BytesIO(plain), "r") as film:
        return sum(1 for _ in film.decode(video=0))
