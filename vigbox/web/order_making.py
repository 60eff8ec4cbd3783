"""One export order is made: judged, planned, written piece by piece into sealed parts, handed over.

The papers are written before the export appears: what a machine can see is in the case's books.
Whatever goes wrong leaves no file; a lock or a cut leaves the parts that are sealed whole, and what
is made next goes on with them while the plan is the same.
"""

import errno
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework import audit, order_grounds, orders
from vigbox.casework.clips import exported
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclose
from vigbox.casework.order_wish import THIS_BROWSER, OrderError, Wish
from vigbox.casework.tables import Case, Clip, Consent, Disclosure, ExportOrder
from vigbox.delivery.begun import SealedPart
from vigbox.delivery.draft import Draft
from vigbox.delivery.machines import Machine
from vigbox.delivery.manifest import ExportManifest
from vigbox.delivery.outbox import BROWSER
from vigbox.errors import VigboxError
from vigbox.export.clips import OpenedFilm
from vigbox.export.pieces import CancelledError, Piece, Sink, Step
from vigbox.model import now_at
from vigbox.store.layout import room_bytes
from vigbox.store.manifests import Manifest
from vigbox.web.departure import Departure, about
from vigbox.web.order_begun import keep_sealed, plan_of, sealed_of
from vigbox.web.producers import PRODUCERS, Material, Producer
from vigbox.web.services import Services
from vigbox.web.shelf import Shelf
from vigbox.web.tablet import today

_LOOK_BYTES: Final = 4 << 20
_NO_ROOM: Final = (
    "There is too little room on the card to make this export beside the next recording. Erase "
    "what was fetched, or older recordings, then try again."
)


class CardFullError(VigboxError):
    """An export does not fit on the card beside the next recording; nothing of it is left."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Pieces of clips for a machine, the hash of all they are made of, what is sealed of them."""

    machine: Machine
    pieces: Sequence[Piece]
    clips: Sequence[Clip]
    digest: str
    sealed: Sequence[SealedPart]


@dataclass(frozen=True, slots=True)
class Making:
    """Makes one order at a desk. ``step`` is told how far all of it is, and may end it."""

    at: Services
    desk: Desk
    order: str
    step: Step
    producers: Sequence[Producer] = PRODUCERS

    def make(self) -> None:
        """Make it, from the first part that is not sealed whole by the same plan.

        Raises CancelledError, GateShutError, OrderError, :class:`CardFullError`, NotSharedError,
        MachineError, LockedError, and what its pieces raise. Nothing is left then but, after a
        lock, what is sealed whole.
        """
        check_room(self.at)
        at, plan = self.at, self._plan()
        if at.outbox.has(self.order):
            at.outbox.erase(self.order)  # it appeared, and its papers were taken back
        try:
            Departure(at, self.desk, self.order, plan.machine, plan.sealed).make(
                lambda draft: self._write(draft, plan),
                lambda casework, draft: self._settle(casework, draft, plan.clips),
            )
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise CardFullError(_NO_ROOM) from error
            raise

    def _plan(self) -> _Plan:
        on = today(self.at)
        with self.desk.session() as casework:
            order = self._order(casework)
            order_grounds.judged(casework, order, on)
            machine = self._machine(casework, order)
            recordings = order.recordings.split()
        films = self._films(recordings)
        with self.desk.session() as casework:
            order = self._order(casework)
            of = self._material(casework, order, films)
            wanted = Wish.of(order).made
            pieces = [one for each in self._wanted(wanted) for one in each.pieces(of)]
            digest = plan_of(order, machine, of, pieces)
            return _Plan(machine, pieces, list(of.clips), digest, sealed_of(order, digest))

    def _material(
        self, casework: Session, order: ExportOrder, films: dict[str, OpenedFilm]
    ) -> Material:
        return Material(
            casework,
            casework.get_one(Case, order.case_id),
            order_grounds.clips_of_order(casework, order),
            films,
            started_at={each: self._manifest(each).started_at for each in films},
            vocabulary=self.at.vocabulary,
            language=self.at.service.languages()[0],
            purpose=order.purpose,
            masks=order_grounds.covered_as_ordered(casework, order).masks,
            walls=self.at.walls,
        )

    def _wanted(self, keys: Sequence[str]) -> list[Producer]:
        known = {each.key: each for each in self.producers}
        if not set(keys) <= set(known):
            raise OrderError("this box does not know how to make this export. Order it again.")
        return [known[each] for each in keys]

    def _films(self, recordings: Sequence[str]) -> dict[str, OpenedFilm]:
        shelf = Shelf(self.at.layout)  # its own: what is watched stays on the other
        return {each: shelf.film(self.desk, self._manifest(each)) for each in recordings}

    def _manifest(self, recording: str) -> Manifest:
        try:
            if recording not in self.at.binned:
                return self.at.manifests.read(recording)
        except FileNotFoundError:
            pass
        raise OrderError("its recording is in the bin, or was erased. Nothing is exported of it.")

    def _machine(self, casework: Session, order: ExportOrder) -> Machine:
        if order.machine:
            return self.at.machines.get(order.machine)
        recipient = casework.get_one(Case, order.case_id).recipient
        return Machine(BROWSER, THIS_BROWSER, recipient, "", order.asked_at)

    def _order(self, casework: Session) -> ExportOrder:
        order = casework.get(ExportOrder, self.order)
        if order is None or order.state != orders.WAITING:
            raise CancelledError("the making of this export was cancelled; nothing of it is kept")
        return order

    def _write(self, draft: Draft, plan: _Plan) -> None:
        if not plan.pieces:
            raise OrderError("there is nothing to make of these clips. Choose something else.")
        done, count = len(draft.sealed), len(plan.pieces)
        for number, piece in enumerate(plan.pieces[done:], done + 1):
            step = _share(self.step, number - 1, count)
            step(0.0)
            with draft.part(_part_name(number, piece), piece.name, piece.kind) as sink:
                piece.write(_Watched(sink, self.at), step)
            with self.desk.session() as casework:
                keep_sealed(self._order(casework), plan.digest, draft.sealed)
        self.step(1.0)

    def _settle(self, casework: Session, draft: Draft, planned: Sequence[Clip]) -> None:
        order = self._order(casework)
        consents = order_grounds.judged(casework, order, today(self.at))
        order_grounds.covered_as_ordered(casework, order)
        case = casework.get_one(Case, order.case_id)
        clips = order_grounds.clips_of_order(casework, order)
        order_grounds.refuse_moved(planned, clips)
        order.state, order.made_at = orders.MADE, now_at()
        told = about(order_what(order), order.machine_name, order.purpose, consents)
        manifest = draft.seal(self.at.device_key, case.code, told)
        whom = order.machine, order.machine_name
        casework.add_all(exported(clip, order.id, *whom) for clip in clips)
        if order.machine:
            disclose_order(casework, order, manifest, consents)
        else:
            audit.note(casework, "export made for this browser", order.id, case.id)


def disclose_order(
    casework: Session, order: ExportOrder, manifest: ExportManifest, consents: list[Consent]
) -> Disclosure:
    """Write into the case's books that an order leaves the box: it waits, or is downloaded now."""
    row = Disclosure(what=order_what(order), to_whom=order.machine_name, purpose=order.purpose)
    row.export_id = order.id if order.machine else ""
    row.recordings, row.masked = order.recordings, order.masked
    row.sha256 = hashlib.sha256(manifest.to_bytes()).hexdigest()
    disclose(casework, casework.get_one(Case, order.case_id), row, consents)
    return row


def order_what(order: ExportOrder) -> str:
    """Give what an order is, in a few words that name nobody."""
    return Wish.of(order).what


def check_room(at: Services) -> None:
    """Leave the recorder what it needs to begin. Raises :class:`CardFullError`."""
    if room_bytes(at.layout.exports) < at.settings.room_to_start_bytes:
        raise CardFullError(_NO_ROOM)


class _Watched:
    """A sink that leaves the recorder its room, however large a piece turns out."""

    def __init__(self, sink: Sink, at: Services) -> None:
        self._sink = sink
        self._at = at
        self._unlooked_bytes = 0

    def write(self, data: bytes, /) -> object:
        """Pass it on. Raises :class:`CardFullError`, and what the other sink raises."""
        self._unlooked_bytes += len(data)
        if self._unlooked_bytes >= _LOOK_BYTES:
            self._unlooked_bytes = 0
            check_room(self._at)
        return self._sink.write(data)


def _share(step: Step, number: int, of: int) -> Callable[[float], None]:
    return lambda part: step((number + min(1.0, max(0.0, part))) / of)


def _part_name(number: int, piece: Piece) -> str:
    """Give an opaque name: a kind, a number and an ending, no word of anybody."""
    kind = re.sub(r"[^a-z0-9-]+", "", piece.kind.lower())[:20] or "part"
    ending = re.sub(r"[^a-z0-9]+", "", piece.name.rpartition(".")[2].lower())[:8]
    return f"{kind}-{number}.{ending or 'bin'}.age"
