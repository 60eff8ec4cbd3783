"""The bytes of a film from elsewhere, asked for piece by piece, as FFmpeg reads a file."""

import io
from typing import Any, Final, Protocol

BLOCK_BYTES: Final = 1 << 18
"""So much is asked for at once."""


class Bytes(Protocol):
    """Where the bytes of the film come from."""

    def ask(self, offset: int, size: int) -> bytes:
        """Give bytes, fewer only at the end."""


class Source(io.RawIOBase):
    """The film as a file that is asked for piece by piece."""

    def __init__(self, wire: Bytes, size: int) -> None:
        self._wire = wire
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that any place can be asked for."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Give the place."""
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # as io names it
        """Fill the buffer as far as the film goes."""
        view = memoryview(buffer)
        wanted = max(0, min(len(view), BLOCK_BYTES, self._size - self._at))
        data = self._wire.ask(self._at, wanted) if wanted else b""
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
