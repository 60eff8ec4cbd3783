"""A clip of a sealed film becomes an export: cut in memory, sealed, never plain on a disk."""

import io
import re
from typing import Protocol

from vigbox.casework.tables import Clip
from vigbox.delivery.machines import Machine
from vigbox.delivery.outbox import Outbox
from vigbox.errors import VigboxError
from vigbox.media.cut import cut_clip
from vigbox.media.fragments import FilmIndex
from vigbox.model import new_id
from vigbox.seal.opening import FilmReader
from vigbox.seal.signing import SigningKey

LONGEST_MS = 300_000


class ClipTooLongError(VigboxError):
    """A clip is too long to be cut in memory."""


class OpenedFilm(Protocol):
    """A film as the web's shelf holds it."""

    @property
    def index(self) -> FilmIndex:
        """What the film holds."""

    @property
    def reader(self) -> FilmReader:
        """Reads its plain bytes."""


def export_clip(
    film: OpenedFilm, clip: Clip, code: str, machine: Machine, outbox: Outbox, key: SigningKey
) -> str:
    """Cut a clip, seal it for a machine and put it into the outbox; gives the export's id.

    Raises :class:`ClipTooLongError`, ClipRangeError, SealError, OSError; then nothing is left.
    """
    if clip.length_ms > LONGEST_MS:
        raise ClipTooLongError("a clip may be 5 minutes long at most. Choose a shorter moment.")
    cut = io.BytesIO()
    cut_clip(film.reader.read_at, film.index, clip.first, clip.end, cut)
    export_id = new_id()
    with outbox.begin(export_id, machine) as draft:
        with draft.part("clip-1.mp4.age", f"{_file_name(clip.name)}.mp4", "clip") as sink:
            sink.write(cut.getbuffer())
        draft.commit(key, code)
    return export_id


def _file_name(name: str) -> str:
    return re.sub(r"[^\w .-]+", " ", name).strip(" .")[:80] or "Clip"
