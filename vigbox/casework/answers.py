"""What a form brings: one participant's answers to its parts, kept together or not at all."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.consent import ConsentError, Told, note_answer
from vigbox.casework.tables import Case, Consent, Participant
from vigbox.model import now_at


def note_form(
    session: Session, case: Case, participant: Participant, told: Sequence[Told]
) -> list[Consent]:
    """Keep the answers of one form in the caller's transaction, with one time for all.

    The signature or photo stands for the whole form: it is kept with the first answer. Raises
    :class:`~vigbox.casework.consent.ConsentError`, also for a form without any answer; then the
    caller's transaction must not be kept.
    """
    if not told:
        raise ConsentError("nothing was answered. Choose yes or no for at least one part.")
    at = told[0].given_at or now_at()
    first, *others = (replace(each, given_at=at) for each in told)
    rest = (replace(each, evidence=b"") for each in others)
    return [note_answer(session, case, participant, each) for each in (first, *rest)]


def sealed_evidence(session: Session, consent: Consent) -> bytes:
    """Give the sealed signature or photo of the form that an answer stands on; none if spoken."""
    of_the_form = select(Consent).where(
        Consent.case_id == consent.case_id,
        Consent.participant_id == consent.participant_id,
        Consent.answered_by == consent.answered_by,
        Consent.form == consent.form,
        Consent.how == consent.how,
        Consent.given_at == consent.given_at,
        Consent.id <= consent.id,
    )
    rows = session.scalars(of_the_form.order_by(Consent.id.desc()))
    return next((each.sealed_evidence for each in rows if each.sealed_evidence), b"")
