"""The guesses at passphrases: counted for the whole box, on the card, before a key is derived.

``allowance`` says how many and when; here is what makes it last. A try is written and fsynced
before :meth:`Guesses.take` returns, so pulling the plug while a passphrase is stretched gives no
free one. What a card cannot keep is not allowed; an unlocked page and recording go on.

**Running time.** The wall clock is never asked. The file holds how long the box had run when it
was written, and time since then is CLOCK_BOOTTIME: from that moment in the same boot, else from
the start of this boot. What came between the last writing and a reboot is not believed, so a
power cut neither forgets a try nor shortens a wait: the wait that was left when the file was last
written starts again in full. While somebody has to wait only a grant or a passphrase writes it;
:meth:`Guesses.keep_time` does not. A reboot also ends a grant.

**A new file.** A missing file is a new box. One that cannot be understood is taken for one whose
free tries of the week, and the day's grant, were all used just now, and the log says so: after a
day of running time a held button gives three tries, after six days there are free ones.

**Not defended.** Whoever can write the card can delete this file, or copy the identities and
guess on another machine; then only scrypt and the six words stand in the way. Somebody in the
room can use up the tries, so that practitioners have to wait; recording goes on.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError
from vigbox.model import NS, canonical
from vigbox.store import durable
from vigbox.store.allowance import DAY_NS, GRANT_TRIES, HOUR_NS, MINUTE_NS, Allowance
from vigbox.store.guesses_file import LONGEST_BYTES, DamagedCountError, Kept, locked, parse

_log = logging.getLogger(__name__)

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class TooManyGuessesError(VigboxError):
    """No passphrase may be tried now; the text says how long to wait. ``wait_ns`` is the same."""

    def __init__(self, text: str, wait_ns: int) -> None:
        super().__init__(text)
        self.wait_ns = wait_ns


class GuessNotKeptError(VigboxError):
    """A try could not be counted on the card, so none is allowed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a page may say: both waits in running time, 0 for none.

    ``can_grant``: holding the button now would help; it does not while a try is free anyway.
    """

    wait_ns: int
    grant_wait_ns: int

    @property
    def can_grant(self) -> bool:
        """Whether a held button would give three tries."""
        return self.wait_ns > 0 and self.grant_wait_ns == 0


def this_boot() -> str:
    """Give this boot's id, or an empty text where the system has none.

    Without one every boot counts as the same; then no more than this boot's time is believed.
    """
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def boottime_ns() -> int:
    """Give the nanoseconds since this boot, sleep included."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Guesses:
    """The box's one count of tries. Any thread and any process of the box may use it."""

    def __init__(
        self,
        path: Path,
        *,
        boot: str | None = None,
        boottime_ns: Callable[[], int] = boottime_ns,
    ) -> None:
        self._path = path
        self._boot = this_boot() if boot is None else boot
        self._boottime_ns = boottime_ns

    def take(self) -> int:
        """Count one try, durably; call it before a passphrase is stretched, once for all files.

        Returns the try, for :meth:`succeeded`. Take one at a time: tries that are in flight
        count as wrong. Raises :class:`TooManyGuessesError`, :class:`GuessNotKeptError`.
        """
        with self._held() as kept:
            now_ns, allowance = kept.running_ns, kept.allowance
            wait_ns = allowance.wait_ns(now_ns)
            if wait_ns > 0:
                raise _refusal(Standing(wait_ns, allowance.grant_wait_ns(now_ns)))
            self._save(replace(kept, allowance=allowance.taken(now_ns)))
            return now_ns

    def succeeded(self, taken: int) -> None:
        """Give a try back: its passphrase was right. Never raises; it counts on if it must."""
        try:
            with self._held() as kept:
                self._save(replace(kept, allowance=kept.allowance.given_back(taken)))
        except GuessNotKeptError as error:
            _log.warning("a right passphrase counts as a wrong one: %s", error)

    def grant(self) -> None:
        """Give three tries for a held button; does nothing while a try is free anyway.

        They last ten minutes or until a reboot. Raises :class:`TooManyGuessesError` when a grant
        was given within the day or would go past the totals, :class:`GuessNotKeptError`.
        """
        with self._held() as kept:
            now_ns, allowance = kept.running_ns, kept.allowance
            if allowance.wait_ns(now_ns) == 0:
                return
            wait_ns = allowance.grant_wait_ns(now_ns)
            if wait_ns > 0:
                raise TooManyGuessesError(
                    f"the button gives {GRANT_TRIES} more tries once a day, and this day's were "
                    f"given. Hold it again in {_words(wait_ns)}. Recording goes on as ever.",
                    wait_ns,
                )
            self._save(replace(kept, allowance=allowance.granted(now_ns)))

    def standing(self) -> Standing:
        """Tell how things stand. Raises :class:`GuessNotKeptError`."""
        with self._held() as kept:
            now_ns, allowance = kept.running_ns, kept.allowance
            return Standing(allowance.wait_ns(now_ns), allowance.grant_wait_ns(now_ns))

    def keep_time(self) -> None:
        """Let old tries grow older across a reboot, unless somebody has to wait now.

        Call it every ten minutes or so, else a box that only runs for an hour a day never
        forgets a slip. Writes nothing while nothing counts. Raises :class:`GuessNotKeptError`.
        """
        with self._held() as kept:
            has_tries = bool(kept.allowance.tries_ns)
            if has_tries and kept.allowance.free_wait_ns(kept.running_ns) == 0:
                self._save(kept)

    @contextlib.contextmanager
    def _held(self) -> Iterator[Kept]:
        """Hold the file against every other thread and process; give what it says of now."""
        try:
            with locked(self._path.with_suffix(".lock")):
                yield self._read()
        except OSError as error:
            raise GuessNotKeptError(
                f"no passphrase can be tried: the card cannot keep the count of tries in "
                f"{self._path.name} ({error.strerror}). Make room on the card, or see that it can "
                "be written, then try again. Recording goes on by itself."
            ) from error

    def _read(self) -> Kept:
        now_ns = self._boottime_ns()
        try:
            with self._path.open("rb") as file:
                return self._now(parse(file.read(LONGEST_BYTES)), now_ns)
        except FileNotFoundError:
            return Kept(self._boot, now_ns, now_ns, Allowance())
        except DamagedCountError:
            _log.exception(
                "%s is damaged: every free try of the week is taken as used. Hold the button "
                "after a day to get three.",
                self._path,
            )
            kept = Kept(self._boot, now_ns, now_ns, Allowance.spent(now_ns))
            self._save(kept)  # else "just now" would never pass
            return kept

    def _now(self, kept: Kept, now_ns: int) -> Kept:
        is_same = kept.boot == self._boot
        passed_ns = now_ns - kept.boottime_ns if is_same else now_ns
        if passed_ns < 0:
            raise DamagedCountError("it was written later in this boot than now")
        allowance = kept.allowance if is_same else kept.allowance.without_grant()
        return Kept(self._boot, now_ns, kept.running_ns + passed_ns, allowance)

    def _save(self, kept: Kept) -> None:
        durable.save(self._path, canonical(asdict(kept)) + b"\n")


def _refusal(standing: Standing) -> TooManyGuessesError:
    button = (
        "Or hold the box's button while this page asks for it: that gives three more tries, "
        "once a day. "
        if standing.can_grant
        else ""
    )
    return TooManyGuessesError(
        "too many wrong passphrases were tried on this box. Leave it switched on for "
        f"{_words(standing.wait_ns)}, then try again. {button}Recording goes on as ever.",
        standing.wait_ns,
    )


def _words(wait_ns: int) -> str:
    """Give a time in words, never less than it is."""
    for unit_ns, name in ((DAY_NS, "days"), (HOUR_NS, "hours"), (MINUTE_NS, "minutes")):
        if wait_ns > 2 * unit_ns:
            return f"{-(-wait_ns // unit_ns)} {name}"
    return f"{max(1, -(-wait_ns // NS))} seconds"
