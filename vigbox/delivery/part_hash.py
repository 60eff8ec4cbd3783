"""What the manifest says of a part, found as its sealed bytes are written."""

import hashlib

from vigbox.delivery.manifest import PIECE_BYTES, Part


class PartHash:
    """The hashes of a part, taken as its sealed bytes are written."""

    def __init__(self) -> None:
        self._whole = hashlib.sha256()
        self._piece = hashlib.sha256()
        self._ended: list[str] = []
        self._size_bytes = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        rest = memoryview(data).cast("B")
        self._whole.update(rest)
        while rest:
            left = PIECE_BYTES - self._size_bytes % PIECE_BYTES
            self._piece.update(rest[:left])
            self._size_bytes += len(rest[:left])
            if len(rest) >= left:
                self._ended.append(self._piece.hexdigest())
                self._piece = hashlib.sha256()
            rest = rest[left:]

    def part(self, name: str) -> Part:
        """Give the part that was written. Raises :class:`ManifestError`."""
        is_even = self._size_bytes % PIECE_BYTES == 0
        pieces = self._ended if is_even else [*self._ended, self._piece.hexdigest()]
        return Part(name, self._size_bytes, self._whole.hexdigest(), tuple(pieces))
