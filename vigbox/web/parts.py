"""Recordings of one press, shown as one with its gap: a stall or a crash had cut it in parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vigbox.model import NS
from vigbox.store.manifests import Manifest


@dataclass(frozen=True, slots=True)
class Parts:
    """The recordings of one press, in order; nearly always one."""

    manifests: tuple[Manifest, ...]

    @property
    def first(self) -> Manifest:
        """The one that the press began."""
        return self.manifests[0]

    @property
    def gaps_ns(self) -> tuple[int, ...]:
        """How long nothing was filmed before each further part, by the wall clock, to a second.

        0 where it is not known: after a power cut until the film is finished.
        """
        pairs = zip(self.manifests, self.manifests[1:], strict=False)
        return tuple(_gap_ns(before, after) for before, after in pairs)


def joined(manifests: Iterable[Manifest]) -> list[Parts]:
    """Put together what belongs together; the order is that of each press's first part."""
    chains: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        # a part whose first was erased stands alone
        chain = chains.get(manifest.follows, []) if manifest.follows else []
        chain.append(manifest)
        chains[manifest.recording] = chain
    return [Parts(tuple(chain)) for name, chain in chains.items() if chain[0].recording == name]


def _gap_ns(before: Manifest, after: Manifest) -> int:
    if not before.length_ns:
        return 0
    try:
        began, next_began = (datetime.fromisoformat(each.started_at) for each in (before, after))
    except ValueError:
        return 0
    return max(0, round((next_began - began).total_seconds()) * NS - before.length_ns)
