"""A second recording of the same press, after the camera stalled or the recorder was killed."""

from dataclasses import dataclass, field
from typing import Final

from vigbox.model import NS

_EVERY_NS: Final = NS
_FOR_NS: Final = 20 * NS


@dataclass(slots=True)
class Again:
    """What is gone on with, and since when it is tried; ``is_last``: after a restart already."""

    recording: str
    since_ns: int
    is_last: bool
    _tried_ns: int | None = field(default=None)

    def is_due(self, now_ns: int) -> bool:
        """Tell whether to try now, once a second."""
        if self._tried_ns is not None and now_ns - self._tried_ns < _EVERY_NS:
            return False
        self._tried_ns = now_ns
        return True

    def is_over(self, now_ns: int) -> bool:
        """Tell whether it was tried for long enough."""
        return now_ns - self.since_ns > _FOR_NS
