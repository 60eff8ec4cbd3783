"""All the boxes this machine is paired with, each in its turn; one that fails holds up no other.

A box on its own Wi-Fi has the same address as the next one on its own: where a paired box answers
in the place of another, that other one is away, and nothing is wrong.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from vigbox.companion.destination import DestinationError
from vigbox.companion.home import PairedBox
from vigbox.companion.link import (
    BoxRefusedError,
    BoxUnreachableError,
    OtherBoxError,
    WrongTimeError,
)
from vigbox.companion.progress import Progress
from vigbox.companion.rounds import Rounds, SyncSummary
from vigbox.errors import InUseError, VigboxError


@dataclass(slots=True)
class Tour:
    """One round with every box, in the making and made."""

    done: list[SyncSummary] = field(default_factory=list)
    reached: list[PairedBox] = field(default_factory=list)
    failed: list[tuple[PairedBox, VigboxError]] = field(default_factory=list)

    @classmethod
    def make(
        cls,
        rounds: Iterable[Rounds],
        progress: Progress,
        when_cut: Callable[[SyncSummary], None],
    ) -> "Tour":
        """Visit every box; ``when_cut`` is told what was done before one of these errors.

        Raises DestinationError, InUseError: nothing more can be fetched from any box.
        """
        made = cls()
        for each in rounds:
            try:
                made._visit(each, progress)
            except (DestinationError, InUseError):
                when_cut(made.summary())
                raise
        return made

    @property
    def is_refused(self) -> bool:
        """Whether no box knows this machine any more: waiting changes nothing."""
        return not self.reached and all(
            isinstance(error, BoxRefusedError) and error.status == HTTPStatus.UNAUTHORIZED
            for _, error in self.failed
        )

    def check(self, when_cut: Callable[[SyncSummary], None]) -> SyncSummary:
        """Give the summary; when every box failed, tell what was done and raise the first error."""
        if self.reached or not self.failed:
            return self.summary()
        (_, first), *self.failed = self.failed
        when_cut(self.summary())
        raise first

    def summary(self) -> SyncSummary:
        """Give all of it as one."""
        told = [
            (f"{box.box_name}: {error}", self._is_away(box, error)) for box, error in self.failed
        ]
        return SyncSummary(
            sum(each.exports for each in self.done),
            tuple(path for each in self.done for path in each.files),
            sum(each.fetched_bytes for each in self.done),
            (
                *(problem for each in self.done for problem in each.problems),
                *(sentence for sentence, is_away in told if not is_away),
            ),
            tuple(sentence for sentence, is_away in told if is_away),
        )

    def _visit(self, rounds: Rounds, progress: Progress) -> None:
        try:
            self.done.append(rounds.run(progress, self.done.append))
        except (DestinationError, InUseError):
            raise
        except VigboxError as error:
            self.failed.append((rounds.box, error))
        else:
            self.reached.append(rounds.box)

    def _is_away(self, box: PairedBox, error: VigboxError) -> bool:
        if isinstance(error, OtherBoxError):
            return box.address in {each.address for each in self.reached}
        return isinstance(error, BoxUnreachableError) and not isinstance(error, WrongTimeError)
