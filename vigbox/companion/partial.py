"""The bytes of a part that are here, and those that are missing: found by the pieces' hashes.

``NAME.part`` and the signed manifest are the only state. Whatever a cut, a full disk or a bad
sector left in the file, a piece counts when its hash is right, and is missing when it is not.
"""

import hashlib
import os
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from vigbox.companion.verify import VerifyError
from vigbox.delivery.manifest import PIECE_BYTES, Part
from vigbox.store import durable

MOST_SPOILT: Final = 2
"""So often one piece may come spoilt in one run."""
_READ_BYTES: Final = 1 << 20


class Partial:
    """The open file, as a context. Raises OSError."""

    def __init__(self, path: Path, part: Part) -> None:
        self._part = part
        self._path = path
        self._have = [0] * len(part.pieces)
        self._spoilt: Counter[int] = Counter()
        self._whole = hashlib.sha256()
        self._hashed = 0

    def __enter__(self) -> Self:
        def private(name: str, flags: int) -> int:
            return os.open(name, flags | os.O_CREAT, 0o600)

        self._file = open(self._path, "r+b", buffering=0, opener=private)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def here_bytes(self) -> int:
        """How many bytes count: of whole pieces, and of those under way."""
        return sum(self._have)

    def look(self) -> None:
        """Find out what an earlier run left: its whole pieces are hashed, a started one counts."""
        left = os.fstat(self._file.fileno()).st_size
        for index in range(len(self._have)):
            self._have[index] = max(0, min(self._part.piece_bytes(index), left))
            left -= self._have[index]
            self._settle(index)

    def gap(self) -> tuple[int, int] | None:
        """Give the first missing bytes, from the first up to but without the last; none: whole."""
        for index, have in enumerate(self._have):
            if have < self._part.piece_bytes(index):
                end = index + 1
                while end < len(self._have) and self._have[end] == 0:
                    end += 1
                return index * PIECE_BYTES + have, min(end * PIECE_BYTES, self._part.size_bytes)
        return None

    def put(self, start: int, data: bytes) -> None:
        """Keep bytes that go on where a piece's bytes end, and lie in that piece.

        The last of a piece has it hashed; a spoilt one is missing again, wholly. Raises
        :class:`VerifyError` when that happens too often, OSError.
        """
        index = start // PIECE_BYTES
        self._file.seek(start)
        durable.write_all(self._file.fileno(), data)
        self._have[index] += len(data)
        if not self._settle(index):
            self._spoilt[index] += 1
            if self._spoilt[index] >= MOST_SPOILT:
                raise VerifyError(
                    f"piece {index + 1} of part {self._part.name} is not what the box signed, "
                    "again and again; what is right of it is kept. Sync again, and make the "
                    "export again on the box when that does not help"
                )

    def finish(self) -> bool:
        """Make durable what is here, and nothing behind its end; tells whether the whole is right.

        Raises OSError.
        """
        self._file.truncate(self._part.size_bytes)
        os.fsync(self._file.fileno())
        for index in range(self._hashed, len(self._have)):
            if self._hash(index) != self._part.pieces[index]:
                return False
        return self._whole.hexdigest() == self._part.sha256

    def _settle(self, index: int) -> bool:
        """Hash a piece that is here to its end; tells whether nothing was wrong."""
        if self._have[index] < self._part.piece_bytes(index):
            return True
        # piece by piece the disk keeps up with the link, and a power cut takes the last one alone
        os.fsync(self._file.fileno())
        is_right = self._hash(index) == self._part.pieces[index]
        if not is_right:
            self._have[index] = 0
        return is_right

    def _hash(self, index: int) -> str:
        """Hash what lies in the file, and not what was meant to be written.

        A piece that goes on where the hash of the whole is, goes on with that too.
        """
        found, left = hashlib.sha256(), self._part.piece_bytes(index)
        whole = self._whole.copy()
        self._file.seek(index * PIECE_BYTES)
        while left and (data := self._file.read(min(_READ_BYTES, left))):
            found.update(data)
            if index == self._hashed:
                whole.update(data)
            left -= len(data)
        if index == self._hashed and found.hexdigest() == self._part.pieces[index]:
            self._whole, self._hashed = whole, index + 1
        return found.hexdigest()
