"""Small pictures of one open film, kept in memory for a finger that drags to and fro."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

SMALL_WIDTH: Final = 300
"""A picture narrower than this may be kept; a larger one is made anew each time."""
_MOST: Final = 400


class Previews:
    """The last few hundred small pictures of one film; they go when the film is closed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, picture: int, width: int, make: Callable[[], bytes]) -> bytes:
        """Give a picture at a width, made when it is not kept. Raises what ``make`` raises."""
        key = (picture, width)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return made
