"""Pins: whether the box's keys and each film's recipient are still what they were.

Whoever can write the card can swap a public key, so that films are sealed to a stranger or
commands taken from one. The sealed database remembers; what differs is said aloud.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.tables import Case, Fact
from vigbox.casework.unfiled import own_recipients_of
from vigbox.store.identity import PublicBox
from vigbox.store.manifests import Manifest


def pin(session: Session, public: PublicBox) -> None:
    """Remember the box's public keys."""
    for name, text in _named(public).items():
        session.merge(Fact(name=name, text=text))


def alarms(
    session: Session, public: PublicBox, films: Iterable[Manifest], armed: tuple[str, ...] = ()
) -> list[str]:
    """Say what is not as it was: a sentence each; none is as it should be.

    ``films`` are the recordings' manifests, ``armed`` the case that the next press films for and
    its recipients, nothing when the box is not armed.
    """
    return [*_keys(session, public), *_films(session, films), *_armed(session, armed)]


def _keys(session: Session, public: PublicBox) -> Iterator[str]:
    if session.get(Fact, "box") is None:  # a box of before pins: from now on
        pin(session, public)
    for name, text in _named(public).items():
        pinned = session.get(Fact, name)
        if pinned is None or pinned.text != text:
            yield (
                f"The {name} key of this box is not the one of its set-up: somebody changed "
                "box.json. Record nothing with it, and tell your data-protection officer."
            )


def _films(session: Session, films: Iterable[Manifest]) -> Iterator[str]:
    # all at once: a session forgets a case as soon as nobody holds it
    cases = {each.id: each for each in session.scalars(select(Case))}
    own = own_recipients_of(session)
    for film in films:
        case = cases.get(film.case)
        if film.has_own_identity:
            if film.recipients != (own.get(film.recording, film.recipients[0]),):
                yield (
                    f"The film of {film.started_at} that was made without a case is sealed to "
                    "somebody else than before. Keep the card, and tell your data-protection "
                    "officer."
                )
        elif case is not None and film.recipients != (case.recipient,):
            yield (
                f"The film of {film.started_at} for {case.code} is sealed to somebody else than "
                "that case. Keep the card, and tell your data-protection officer."
            )


def _armed(session: Session, armed: tuple[str, ...]) -> Iterator[str]:
    if not armed:
        return
    case = session.get(Case, armed[0])
    if case is None or armed[1:] != (case.recipient,):
        yield "The box is armed for a case or recipient that it does not know. Arm it again."


def _named(public: PublicBox) -> dict[str, str]:
    keys = {"arming": public.arming, "recorder": public.recorder, "device": public.device}
    return {"box": public.box} | {name: key.to_text() for name, key in keys.items()}
