"""How many passphrases may be tried, and when: pure figures, no clock and no file.

Time here is *running time*: nanoseconds that the box is known to have run, which never go faster
than real ones (see ``guesses``). A try counts from when it is taken until it is given back.

**The limits.** Of the tries that count, fewer than 15 may lie in the hour before another one,
fewer than 40 in the day, fewer than 200 in the week: ``TOTALS``. Nothing goes past them, a grant
neither. Each window slides, so they hold for *any* hour, day and week, the first ones too: were
16 tries ever to lie within one hour, the last of them was taken with 15 in the hour before it,
and that is refused. Since running time is never ahead of real time, two tries that are an hour
apart here are at least an hour apart for the person who guesses.

**Free tries.** Without a grant the limits are 12, 37 and 179 (``FREE``), counted over all tries.
So the three tries of a grant always fit inside the totals: 12 + 3 and 37 + 3, and for the week
179 at the last free one, then at most 7 grants of 3, since grants lie more than a day apart.

**Growing waits.** After five wrong ones in a row each further one costs a wait: 1, 2, 4 … 32
minutes, then an hour: 10 free tries in the first hour, 33 in the first day, 177 in a week. A right
passphrase ends the row, and so does a day of running time.

**What a right passphrase gives back** is its own try, and the row ends; no earlier wrong try is
forgotten. So a practitioner with the right words uses nothing up, however often a day; and
somebody who knows one passphrase and guesses at another's is rid of the growing waits, but stays
inside the limits, as every wrong try counts until its hour, day and week are over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from vigbox.model import NS

MINUTE_NS: Final = 60 * NS
HOUR_NS: Final = 60 * MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS
WEEK_NS: Final = 7 * DAY_NS

TOTALS: Final = ((15, HOUR_NS), (40, DAY_NS), (200, WEEK_NS))
FREE: Final = ((12, HOUR_NS), (37, DAY_NS), (179, WEEK_NS))
GRANT_TRIES: Final = 3
GRANT_NS: Final = 10 * MINUTE_NS
"""What is left of a grant after this time is lost."""

_AT_ONCE: Final = 5


@dataclass(frozen=True, slots=True)
class Allowance:
    """What was used up: the tries of the last week by running time, oldest first.

    ``row``: wrong ones since the last right one. ``granted_ns``: when the last grant was given.
    """

    tries_ns: tuple[int, ...] = ()
    row: int = 0
    granted_ns: int | None = None
    granted_left: int = 0

    @classmethod
    def spent(cls, now_ns: int) -> Self:
        """Give a cautious allowance: each window's free tries and the day's grant are gone.

        A grant can be had again after a day, free tries after six; the tries may lie before running
        time began.
        """
        ages_ns: list[int] = []
        for (most, _), age_ns in zip(FREE, (0, HOUR_NS, DAY_NS), strict=True):
            ages_ns += [age_ns] * (most - len(ages_ns))
        return cls(tuple(now_ns - each for each in reversed(ages_ns)), 0, now_ns)

    def wait_ns(self, now_ns: int) -> int:
        """Tell how long until another try, 0 for none; a grant in hand spares the free wait."""
        wait_ns = self._wait_ns(TOTALS, now_ns)
        if self._left(now_ns):
            return wait_ns
        return max(wait_ns, self.free_wait_ns(now_ns))

    def free_wait_ns(self, now_ns: int) -> int:
        """Tell how long until a try that needs no grant."""
        wait_ns = self._wait_ns(FREE, now_ns)
        row = min(self.row, self._count(DAY_NS, now_ns))
        if row >= _AT_ONCE:
            growing_ns = min(HOUR_NS, MINUTE_NS << min(row - _AT_ONCE, 6))
            wait_ns = max(wait_ns, self.tries_ns[-1] + growing_ns - now_ns)
        return wait_ns

    def grant_wait_ns(self, now_ns: int) -> int:
        """Tell how long until a held button may give another grant."""
        wait_ns = self._wait_ns(TOTALS, now_ns)
        if self.granted_ns is None:
            return wait_ns
        return max(wait_ns, self.granted_ns + GRANT_NS + DAY_NS - now_ns)

    def taken(self, now_ns: int) -> Self:
        """Count a try; what it costs was asked before, with ``wait_ns``."""
        used = int(self.free_wait_ns(now_ns) > 0)
        recent = tuple(each for each in self.tries_ns if now_ns - each < WEEK_NS)
        left = max(0, self._left(now_ns) - used)
        return replace(self, tries_ns=(*recent, now_ns), row=self.row + 1, granted_left=left)

    def given_back(self, try_ns: int) -> Self:
        """Forget one try, which was right, and end the row; one that is not there does nothing."""
        if try_ns not in self.tries_ns:
            return self
        kept = list(self.tries_ns)
        kept.remove(try_ns)
        return replace(self, tries_ns=tuple(kept), row=0)

    def granted(self, now_ns: int) -> Self:
        """Give three tries; whether that may be was asked before, with ``grant_wait_ns``."""
        return replace(self, granted_ns=now_ns, granted_left=GRANT_TRIES)

    def without_grant(self) -> Self:
        """Lose what is left of a grant."""
        return replace(self, granted_left=0)

    def _left(self, now_ns: int) -> int:
        if self.granted_ns is None or now_ns - self.granted_ns >= GRANT_NS:
            return 0
        return self.granted_left

    def _count(self, window_ns: int, now_ns: int) -> int:
        return sum(1 for each in self.tries_ns if now_ns - each < window_ns)

    def _wait_ns(self, limits: Sequence[tuple[int, int]], now_ns: int) -> int:
        tries_ns = self.tries_ns
        full = [tries_ns[-most] + window_ns for most, window_ns in limits if len(tries_ns) >= most]
        return max([0, *(each - now_ns for each in full)])
