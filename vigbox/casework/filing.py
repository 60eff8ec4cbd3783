"""Filing a film that was made without an armed case: with consent it becomes a film of a case.

The case adopts the film's own identity: from then on the case's key alone opens it, so that whoever
opens the case opens the film, and a withdrawal that destroys that key destroys this one as well.
What shall be is kept in the tables first; a cut on the way is taken up after the next unlock.
"""

import contextlib
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final, Protocol

from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.arming import KINDS, Shot, activity_of, cycle_for, today
from vigbox.casework.cases import CaseError
from vigbox.casework.cycles import reach
from vigbox.casework.desk import Desk
from vigbox.casework.gates import require
from vigbox.casework.tables import Adopted, Case, Filmed, Recipient, Unfiled
from vigbox.casework.texts import seal_text
from vigbox.casework.wraps import OPENED, own_recipients, sealed_for
from vigbox.model import Life, TimeSource, now_at
from vigbox.seal.errors import NoMatchError
from vigbox.seal.identities import parse_identities
from vigbox.seal.opening import open_bytes
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.store.manifests import Manifest

_SURE: Final = (TimeSource.NETWORK, TimeSource.CHIP, TimeSource.TABLET)


class FilingError(CaseError):
    """A film cannot be filed like that; nothing was changed."""


class Keeper(Protocol):
    """Who keeps the films: the recorder, asked with a grant."""

    def file(self, recording: str, identity: bytes, case: str | None) -> None:
        """Keep a film's identity as it is sealed now; with a case, the film is of that case.

        Raises VigboxError.
        """


def days_judged(film: Manifest, now: datetime) -> tuple[date, ...]:
    """Give the days on which consent must hold: the film's; with an unsure clock today's as well.

    A clock that is not sure is never late, so the film was made between the two. Raises
    :class:`FilingError` for a manifest that tells no time.
    """
    try:
        made_at = datetime.fromisoformat(film.started_at)
    except ValueError:
        raise FilingError("This film does not say when it was made. It cannot be filed.") from None
    if film.clock in _SURE:
        return (today(made_at),)
    return tuple(dict.fromkeys((today(made_at), today(now))))


def file_press(
    desk: Desk,
    films: Sequence[Manifest],
    case: str,
    shot: Shot,
    keeper: Keeper,
    now: datetime | None = None,
) -> None:
    """File what one press filmed under a case, with the consent of everybody in shot.

    Raises :class:`FilingError`, GateShutError with whose consent is missing, NotSharedError,
    SealError; what the recorder refuses, which :func:`go_on` takes up; OSError.
    """
    desk.case_identities(case)  # who cannot open the case files nothing under it
    secrets = {film.recording: _opened(desk, film, case) for film in films}
    with desk.session() as session:
        found = _check(session, films, case, shot)
        days = {day for film in films for day in days_judged(film, now or datetime.now(UTC))}
        for day in sorted(days):
            to = f"file this film under {found.code}"
            require(session, found, "filming", shot.in_shot, to=to, on=day)
        cycle = cycle_for(session, found, shot.cycle)
        if cycle is not None and shot.kind == KINDS[0]:
            reach(cycle, "filmed")
        for film in films:
            _note(session, film, found, shot, cycle.id if cycle else "")
        recipient = found.recipient
    for film in films:
        keeper.file(film.recording, _sealed(secrets[film.recording], recipient), case)


def go_on(desk: Desk, films: Iterable[Manifest], keeper: Keeper) -> None:
    """Hand over what a cut or a failure left half filed; what only others open waits for them.

    Raises what the recorder refuses, SealError, OSError.
    """
    for film in [each for each in films if each.is_unfiled]:
        with desk.session() as session:
            row = session.get(Adopted, film.recording)
            case = session.get(Case, row.case_id) if row else None
            to = (case.id, case.recipient) if case and case.state in OPENED else None
        if to is not None:
            with contextlib.suppress(FilingError, NoMatchError):
                keeper.file(film.recording, _sealed(_opened(desk, film, to[0]), to[1]), to[0])


def follow_wraps(
    desk: Desk, films: Iterable[Manifest], keeper: Keeper, newcomers: Sequence[Recipient] = ()
) -> list[str]:
    """Seal the identities of films that wait to whoever opens the box's keys now.

    ``newcomers`` shall open them too, and are not in the tables yet. Gives the recordings that this
    desk cannot open: they wait for somebody who can, or for the recovery sheet. Raises VigboxError,
    OSError when the recorder cannot take one.
    """
    waits = []
    # one that is still being made is followed once it is over
    over = (each for each in films if each.is_unfiled and each.life is not Life.RECORDING)
    for film in over:
        with desk.session() as session:
            row = session.get(Unfiled, film.recording)
            before = row.sealed_to if row else None
            to = [*own_recipients(session), *newcomers]
        ids = " ".join(each.id for each in to)
        if before in (None, ids):
            continue
        try:
            secret = desk.keyring.open(_sealed_identity(desk, film))
        except (NoMatchError, FilingError):
            waits.append(film.recording)
            continue
        keeper.file(film.recording, sealed_for(to, secret), None)
        with desk.session() as session:
            row = session.get(Unfiled, film.recording)
            # erased meanwhile on the page, there is nothing left to follow
            if row is not None:
                row.sealed_to = ids
    return waits


def _check(session: Session, films: Collection[Manifest], case: str, shot: Shot) -> Case:
    found = session.get(Case, case)
    if found is None or found.state != "open":
        raise FilingError("A film can only be filed under an open case. Choose one.")
    if shot.kind not in KINDS:
        raise FilingError(f"what was filmed must be one of {', '.join(KINDS)}, not {shot.kind!r}")
    for film in films:
        if film.life is Life.RECORDING:
            raise FilingError("This recording is still being made. Stop it first.")
        if not film.is_unfiled or session.get(Adopted, film.recording) is not None:
            raise FilingError("This film is filed already. Look for it in the list.")
    return found


def _note(session: Session, film: Manifest, case: Case, shot: Shot, cycle: str) -> None:
    row = session.get(Unfiled, film.recording)
    if row is not None:
        session.delete(row)
    session.add_all(
        [
            Adopted(
                recording=film.recording,
                case_id=case.id,
                recipient=film.recipients[0],
                adopted_at=now_at(),
            ),
            Filmed(
                recording=film.recording,
                case_id=case.id,
                kind=shot.kind,
                cycle_id=cycle,
                in_shot=" ".join(str(each) for each in sorted(set(shot.in_shot))),
                sealed_activity=seal_text(case.recipient, activity_of(shot)),
            ),
        ]
    )
    told = "filed" if film.clock in _SURE else "filed, with a clock that was not sure"
    audit.note(session, told, film.recording, case.id)


def _opened(desk: Desk, film: Manifest, case: str) -> bytes:
    """Open a film's identity: as it waits, or as a cut left it, sealed to the case already."""
    sealed = _sealed_identity(desk, film)
    try:
        secret = desk.keyring.open(sealed)
    except NoMatchError:
        secret = _of_case(desk, sealed, case)
    texts = [str(each.recipient) for each in parse_identities(secret.decode())]
    if texts != list(film.recipients):
        raise FilingError(
            "The key beside this film is not the one that it is sealed to. Keep the card, and "
            "tell your data-protection officer."
        )
    return secret


def _of_case(desk: Desk, sealed: bytes, case: str) -> bytes:
    try:
        return open_bytes(sealed, desk.case_identities(case))
    except NoMatchError:
        raise FilingError(
            "You cannot open this film: it was made before you were let in, or your passphrase "
            "was changed since. A colleague or the recovery sheet can file it."
        ) from None


def _sealed_identity(desk: Desk, film: Manifest) -> bytes:
    try:
        return desk.layout.film_identity(film.recording).read_bytes()
    except FileNotFoundError:
        raise FilingError(
            "The key of this film is not on the card any more: nobody can open it. Erase it."
        ) from None


def _sealed(secret: bytes, recipient: str) -> bytes:
    return seal_bytes(secret, [parse_recipient(recipient)])
