"""What somebody wishes to leave the box: made of which clips, for whom and what for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from vigbox.casework.tables import ExportOrder
from vigbox.errors import VigboxError

WHOLE: Final = "recordings"
"""What is made where an order shows its recordings whole."""

THIS_BROWSER: Final = "this browser"
"""Whom an order is for that is not for a machine; written into its disclosure."""


class OrderError(VigboxError):
    """An export cannot be ordered or changed like that; nothing was."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Ids of clips in the order of the export, and keys of what is made of them.

    ``masks`` are the versions of the masks that cover faces in it, by clip; :func:`place` says it.
    """

    clips: tuple[str, ...]
    made: tuple[str, ...]
    masks: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, order: ExportOrder) -> "Wish":
        """Read what an order is for. Raises :class:`OrderError` for who may not open its case."""
        try:
            found = json.loads(order.wish)
        except ValueError:
            raise OrderError("only who may open this case can make its exports.") from None
        return cls(tuple(found["clips"]), tuple(found["made"]), found.get("masks", {}))

    @property
    def covered(self) -> int:
        """How many clips have their faces covered; none where whole recordings show them."""
        return 0 if WHOLE in self.made else len(self.masks)

    @property
    def what(self) -> str:
        """What leaves, in a few words that name nobody."""
        told = f"{', '.join(self.made)} (of clips: {len(self.clips)})"
        if self.made == ("clips",):
            told = "clip" if len(self.clips) == 1 else f"clips: {len(self.clips)}"
        if not self.covered:
            return told
        some = f" in {self.covered}" if self.covered < len(self.clips) else ""
        return f"{told}, faces masked{some}"


@dataclass(frozen=True, slots=True)
class ForWhom:
    """Who gets it: a machine's id, none for this browser, and its name; and the purpose."""

    machine: str
    name: str
    purpose: str
