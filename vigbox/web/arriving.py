"""A film from elsewhere becomes a recording: what the sandbox gives is muxed and sealed at once."""

import contextlib
import os
from typing import Final

from vigbox.casework.imports import Import
from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.media.moov import AudioFormat
from vigbox.media.mux import Muxer
from vigbox.media.sound import RATE, SoundTrack
from vigbox.media.wire_messages import Picture, Shape, Sound
from vigbox.model import NS, Life
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.durable import sync_folder
from vigbox.store.film import FilmFile
from vigbox.store.layout import Layout, room_bytes
from vigbox.store.manifests import Manifest

_NS_PER_TICK: Final = (100_000, 9)
_LOOK_BYTES: Final = 8 << 20


class CardNearlyFullError(VigboxError):
    """The recorder would have no room to begin a film."""


def check_room(layout: Layout, settings: Settings, needed: int = 0) -> None:
    """Leave the recorder what it needs to begin. Raises :class:`CardNearlyFullError`."""
    left = room_bytes(layout.imported.recordings) - settings.room_to_start_bytes
    if left < needed:
        raise CardNearlyFullError(
            "There is too little room on the card for this film beside the next recording: "
            f"{max(left, 0) // 1_000_000} MB of {needed // 1_000_000 or 1} MB. Export and erase "
            "older recordings first."
        )


class Arriving:
    """The recording that is being made of an import; nothing is listed before its manifest."""

    def __init__(self, layout: Layout, settings: Settings, wish: Import) -> None:
        self._layout = layout
        self._settings = settings
        self._wish = wish
        discard(layout, wish.id)
        self._file = FilmFile(layout.imported, wish.id, [parse_recipient(wish.recipient)])
        self._muxer: Muxer | None = None
        self._looked_bytes = 0
        self.length_ns = 0

    def take(self, part: Shape | Picture | Sound) -> None:
        """Take the next part. Raises BoxError, OSError, :class:`CardNearlyFullError`."""
        match part:
            case Shape():
                self._begin(part)
            case Picture():
                self._add_picture(part)
            case Sound():
                self._mux().add_sound(part.data, part.sample)
                self._write()

    def finish(self, key: SigningKey) -> None:
        """End the film and list it: from here on it is a recording. Raises OSError."""
        muxer = self._mux()
        while (fragment := muxer.flush()) is not None:
            self._file.append(fragment)
        self._file.end()
        os.fsync(self._file.descriptor)
        self._file.close()
        sync_folder(self._layout.imported.recordings)
        manifest = Manifest(
            self._wish.id,
            self._wish.case,
            (self._wish.recipient,),
            boot="",
            started_at=self._wish.made_on,
            length_ns=self.length_ns,
            life=Life.FINISHED,
            kind=manifests.IMPORTED,
        )
        manifests.write(self._layout.imported, manifest, key)

    def abandon(self) -> None:
        """Take what there is of it away."""
        with contextlib.suppress(OSError):
            self._file.close()
        discard(self._layout, self._wish.id)

    def _begin(self, shape: Shape) -> None:
        sound = AudioFormat(RATE, 1, SoundTrack.config) if shape.has_sound else None
        self._muxer = Muxer(
            width=shape.width,
            height=shape.height,
            parameter_sets=shape.parameter_sets,
            audio=sound,
            film_id=self._wish.id,
        )
        self._file.begin(self._muxer.header())

    def _add_picture(self, picture: Picture) -> None:
        many, few = _NS_PER_TICK
        # the muxer rounds to the nearest tick: half a nanosecond is nothing to it
        time_ns = (picture.tick * many + few // 2) // few
        self._mux().add_picture(picture.data, time_ns, is_keyframe=picture.is_keyframe)
        self.length_ns = max(self.length_ns, time_ns + NS // 25)
        self._write()

    def _write(self) -> None:
        while (fragment := self._mux().take_fragment()) is not None:
            self._file.append(fragment)
        if self._file.sealed_bytes - self._looked_bytes > _LOOK_BYTES:
            self._looked_bytes = self._file.sealed_bytes
            check_room(self._layout, self._settings)

    def _mux(self) -> Muxer:
        if self._muxer is None:
            raise ValueError("a film's shape comes first")
        return self._muxer


def discard(layout: Layout, recording: str) -> None:
    """Take a recording of the web's own folder away, its manifest first. Raises OSError."""
    place = layout.imported
    for path in (place.manifest(recording), place.film(recording), place.index(recording)):
        path.unlink(missing_ok=True)
    sync_folder(place.recordings)
