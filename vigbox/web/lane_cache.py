"""Lanes that were made once: sealed on the card for whoever may open the film, a few in memory."""

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from vigbox.media.lanes import LARGEST_BYTES, Lanes, LanesError, check_head, unpacked
from vigbox.seal.errors import SealError
from vigbox.seal.identities import Identity, SecretIdentity
from vigbox.seal.opening import SeekableReader, open_bytes
from vigbox.seal.sealing import seal_bytes
from vigbox.store import durable
from vigbox.store.holdings import place_of
from vigbox.store.layout import Layout

_log = logging.getLogger(__name__)

_MOST_IN_MEMORY: Final = 4


class LaneCache:
    """Keeps lanes by recording; what was made of a film that has another size now is none.

    Whoever asks has shown that they may open the film's case. Any thread may call any method.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._held: OrderedDict[tuple[str, int], Lanes] = OrderedDict()
        self.epoch = 0
        """Counts how often something was forgotten: what was begun before is not held after."""
        self._lock = threading.Lock()
        self._on_card = threading.Lock()
        """Held while the card is written, so that nothing comes back that was erased."""

    def get(self, recording: str, film_bytes: int, identities: Sequence[Identity]) -> Lanes | None:
        """Give what is kept of a film of this size, None when nothing is, or nothing whole."""
        epoch = self.epoch
        with self._lock:
            held = self._held.get((recording, film_bytes))
        if held is not None:
            return held
        lanes = self._read(recording, film_bytes, identities)
        if lanes is not None:
            self._hold(recording, film_bytes, lanes, epoch)
        return lanes

    def is_kept(self, recording: str, film_bytes: int, identities: Sequence[Identity]) -> bool:
        """Tell whether the card has the lanes of a film of this size: by their head and end."""
        try:
            with self._layout.lane(recording).open("rb") as file:
                reader = SeekableReader(
                    lambda offset, size: os.pread(file.fileno(), size, offset),
                    os.fstat(file.fileno()).st_size,
                    identities,
                )
                check_head(reader.read_at, film_bytes)
        except (OSError, EOFError, SealError, LanesError):
            return False
        return True

    def keep(
        self,
        recording: str,
        film_bytes: int,
        lanes: Lanes,
        identities: Sequence[SecretIdentity],
        epoch: int,
    ) -> None:
        """Seal lanes onto the card, unless the film is gone or ends elsewhere by now.

        On a card that takes nothing they are had until the lock. ``epoch`` is that of when their
        making began.
        """
        sealed = seal_bytes(lanes.packed(film_bytes), [each.recipient for each in identities])
        with self._on_card:
            if self.film_bytes(recording) != film_bytes:
                return
            try:
                durable.save(self._layout.lane(recording), sealed)
            except OSError as error:
                _log.warning("the lanes of %s are not kept: %s", recording, error)
            self._hold(recording, film_bytes, lanes, epoch)

    def erase(self, recording: str) -> None:
        """Take a recording's lanes off the card and out of memory. Raises OSError."""
        self.forget(recording)
        path = self._layout.lane(recording)
        with self._on_card:
            if path.exists():
                path.unlink()
                durable.sync_folder(path.parent)

    def erase_orphans(self) -> None:
        """Take away lanes whose film is gone, and what a cut left unfinished. Raises OSError."""
        with self._on_card:
            self._layout.lanes.mkdir(mode=0o700, exist_ok=True)
            for path in self._layout.lanes.iterdir():
                if not self.film_bytes(path.name.removesuffix(".age")):
                    path.unlink()

    def forget(self, recording: str = "") -> None:
        """Drop one recording's lanes from memory, or everything."""
        with self._lock:
            self.epoch += 1
            for key in [key for key in self._held if recording in ("", key[0])]:
                del self._held[key]

    def film_bytes(self, recording: str) -> int:
        """Tell a film's sealed size, which changes whenever its end does; 0 when it is gone."""
        try:
            return place_of(self._layout, recording).film(recording).stat().st_size
        except FileNotFoundError:
            return 0

    def _read(
        self, recording: str, film_bytes: int, identities: Sequence[Identity]
    ) -> Lanes | None:
        path = self._layout.lane(recording)
        try:
            if path.stat().st_size > LARGEST_BYTES:
                return None
            return unpacked(open_bytes(path.read_bytes(), identities), film_bytes)
        except (OSError, SealError, LanesError):
            return None  # missing, cut or of before: it is made anew

    def _hold(self, recording: str, film_bytes: int, lanes: Lanes, epoch: int) -> None:
        with self._lock:
            if epoch != self.epoch:
                return  # locked meanwhile
            self._held[recording, film_bytes] = lanes
            while len(self._held) > _MOST_IN_MEMORY:
                self._held.popitem(last=False)
