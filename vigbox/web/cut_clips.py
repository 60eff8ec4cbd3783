"""Clips cut for a screen: exactly their pictures, in memory, the last few of them.

A screen is given the bytes of a clip and never those of its film: what is not in them cannot be
seen, whatever is asked for.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_MOST_BYTES: Final = 48 << 20
Key = tuple[str, int, int]


class CutClips:
    """Cut clips by id and span; forgotten at a lock. Any thread may call any method."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._clears = 0
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._cutting = threading.Lock()

    def get(self, key: Key, cut: Callable[[], bytes]) -> bytes:
        """Give a clip, cut when it is not kept; one is cut at a time. Raises what ``cut`` does."""
        with self._cutting:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
                clears = self._clears
            made = cut()
            self._keep(key, made, clears)
            return made

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._clears += 1
            self._kept.clear()

    def _keep(self, key: Key, made: bytes, clears: int) -> None:
        with self._lock:
            if clears != self._clears:  # a lock came while it was cut
                return
            self._kept[key] = made
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > self._most_bytes:
                self._kept.popitem(last=False)
