"""What is made already of an order that a lock or a restart ended, and whether it still fits.

It fits when the plan is the same to the letter: the order, its clips as they are now, their masks,
what was noted, the films, the words and the program that makes it. Whatever differs is made anew.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import vigbox
from vigbox.casework.tables import Base, Clip, ExportOrder
from vigbox.delivery import begun
from vigbox.delivery.begun import SealedPart
from vigbox.delivery.machines import Machine
from vigbox.errors import VigboxError
from vigbox.export.pieces import Piece
from vigbox.web.producers import Material, noted


def plan_of(order: ExportOrder, machine: Machine, of: Material, pieces: Sequence[Piece]) -> str:
    """Give the hash of all that an order's parts are made of."""
    films = [[name, film.index.end, film.index.picture_count] for name, film in of.films.items()]
    facts: list[Any] = [
        vigbox.__version__,
        [order.id, order.wish, order.purpose, order.masked, machine.id, machine.recipient],
        [of.case.code, of.language],
        [[each.name, each.kind] for each in pieces],
        [_columns(Clip, each) for each in of.clips],
        films,
        [repr(noted(of, n, each)) for n, each in enumerate(of.films, 1)],
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def sealed_of(order: ExportOrder, plan: str) -> list[SealedPart]:
    """Give what was sealed by this very plan; nothing by any other."""
    try:
        facts = json.loads(order.begun)
        return begun.heard(facts["parts"]) if facts["plan"] == plan else []
    except (ValueError, KeyError, TypeError, VigboxError):
        return []


def keep_sealed(order: ExportOrder, plan: str, sealed: Sequence[SealedPart]) -> None:
    """Keep what is sealed of an order by now."""
    order.begun = json.dumps({"plan": plan, "parts": begun.told(sealed)})


def _columns(table: type[Base], row: Base) -> list[str]:
    return [f"{each.key} {getattr(row, each.key)!r}" for each in table.__table__.columns]
