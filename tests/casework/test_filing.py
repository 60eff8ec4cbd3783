"""A film without a case is nobody's to see; filed with consent it goes where its case goes."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.casework.conftest import Box, nobody_waits
from tests.unfiled import MADE_AT, Hand, pressed, read
from vigbox.casework import unfiled
from vigbox.casework.arming import Shot
from vigbox.casework.cases import InShot, Turn, open_case
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.desk import CaseGoneError, Desk
from vigbox.casework.erasure import erasures, facts_of
from vigbox.casework.filing import FilingError, file_press, follow_wraps, go_on
from vigbox.casework.gates import GateShutError
from vigbox.casework.pins import alarms
from vigbox.casework.practitioners import add_practitioner, renew_practitioner
from vigbox.casework.recording_erasure import NOT_FILED, erase_recording
from vigbox.casework.tables import Adopted, Case, Filmed, Unfiled
from vigbox.casework.unarmed import is_wished, recipients_wished, say
from vigbox.casework.withdrawal import withdraw
from vigbox.casework.wraps import own_recipients
from vigbox.errors import VigboxError
from vigbox.model import Life, TimeSource
from vigbox.seal.errors import NoMatchError
from vigbox.seal.identities import parse_identities
from vigbox.seal.opening import open_bytes
from vigbox.store.identity import read_box
from vigbox.store.manifests import FILED, Manifest
from vigbox.store.statements import signed_facts
from vigbox.store.unarmed import unarmed_from

NOW = MADE_AT + timedelta(days=3)


@pytest.fixture
def desk(box: Box) -> Desk:
    return box.desk


@pytest.fixture
def hand(box: Box) -> Iterator[Hand]:
    hand = Hand(box.layout)
    yield hand
    hand.scribe.close()


def a_family(desk: Desk, code: str = "VIG-1", until: date | None = None) -> tuple[Case, int]:
    """A case with one mother; with ``until`` she agreed to be filmed, up to that day."""
    with desk.session() as session:
        case = open_case(session, desk.layout, code, "", [InShot("mother", "M")])
        (mother,) = case.participants
        if until:
            told = Told("filming", "yes", "spoken", "v1", until_on=until)
            note_answer(session, case, mother, told)
        return case, mother.id


def to_all(desk: Desk) -> list[str]:
    with desk.session() as session:
        return [each.text for each in own_recipients(session)]


def seen(desk: Desk, *films: Manifest, on: date | None = None, days: int = 7) -> None:
    with desk.session() as session:
        unfiled.see(session, films, days, on)


def stock_age(identity: str, sealed: Path, folder: Path) -> str | bytes:
    key = folder / "key.txt"
    key.write_text(identity)
    done = subprocess.run(["age", "-d", "-i", key, sealed], capture_output=True, check=True)
    return done.stdout


def secrets_of(desk: Desk, case: str) -> str:
    return "\n".join(each.secret_text() for each in desk.case_identities(case))


def test_nothing_opens_it_as_long_as_it_is_of_no_case(desk: Desk) -> None:
    film = pressed(desk.layout, to_all(desk))
    with pytest.raises(CaseGoneError):
        desk.film_identities(film)


def test_filed_with_consent_it_is_opened_through_its_case_alone(
    box: Box, desk: Desk, hand: Hand, tmp_path: Path
) -> None:
    case, mother = a_family(desk, until=MADE_AT.date())
    film = pressed(desk.layout, to_all(desk), b"baby" * 16384)
    seen(desk, film)
    file_press(desk, [film], case.id, Shot((mother,), activity="bath"), hand, NOW)
    filed = read(desk.layout, film.recording)
    assert (filed.kind, filed.case, filed.recipients) == (FILED, case.id, film.recipients)
    own = desk.layout.film_identity(film.recording)
    # another program than ours: the case's key opens the film's own, and that opens the film
    opened = stock_age(secrets_of(desk, case.id), own, tmp_path)
    assert isinstance(opened, bytes)
    assert stock_age(opened.decode(), desk.layout.film(film.recording), tmp_path)[:4] == b"baby"
    with pytest.raises(NoMatchError):
        desk.keyring.open(own.read_bytes())
    with pytest.raises(subprocess.CalledProcessError):
        stock_age(box.secrets.recovery, own, tmp_path)
    assert desk.film_identities(filed) is desk.film_identities(filed)
    with desk.session() as session:
        row = session.get_one(Filmed, film.recording)
        assert (row.in_shot, row.activity, row.kind) == (str(mother), "bath", "interaction")
        assert session.get(Unfiled, film.recording) is None
        assert alarms(session, read_box(desk.layout), [filed]) == []


@pytest.mark.parametrize(
    ("until", "clock", "is_filed"),
    [
        (None, TimeSource.NETWORK, False),  # nobody was asked
        (MADE_AT.date() - timedelta(days=1), TimeSource.NETWORK, False),
        (MADE_AT.date(), TimeSource.NETWORK, True),  # it ended since: the film was agreed to
        (MADE_AT.date(), TimeSource.UNSURE, False),  # it may have been made any day up to today
        (NOW.date(), TimeSource.UNSURE, True),
    ],
)
def test_consent_is_judged_by_the_films_time(
    desk: Desk, hand: Hand, until: date | None, clock: TimeSource, *, is_filed: bool
) -> None:
    case, mother = a_family(desk, until=until)
    film = pressed(desk.layout, to_all(desk), clock=clock)
    if is_filed:
        file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)
        return
    with pytest.raises(GateShutError, match="consent to filming is missing from mother M"):
        file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)
    assert hand.asked == []
    with desk.session() as session:
        assert session.get(Adopted, film.recording) is None


def test_consent_that_is_asked_after_the_film_counts(desk: Desk, hand: Hand) -> None:
    case, mother = a_family(desk, until=date(2099, 1, 1))
    film = pressed(desk.layout, to_all(desk), made_at=datetime(2026, 1, 2, tzinfo=UTC))
    file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)
    assert read(desk.layout, film.recording).case == case.id


def test_it_is_filed_once_and_under_an_open_case(desk: Desk, hand: Hand) -> None:
    case, mother = a_family(desk, until=date(2099, 1, 1))
    film = pressed(desk.layout, to_all(desk))
    with desk.session() as session:
        session.get_one(Case, case.id).state = "paused"
    with pytest.raises(FilingError, match="open case"):
        file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)
    with desk.session() as session:
        session.get_one(Case, case.id).state = "open"
    file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)
    for again in (film, read(desk.layout, film.recording)):
        with pytest.raises(FilingError, match="filed already"):
            file_press(desk, [again], case.id, Shot((mother,)), hand, NOW)


def test_a_key_that_is_not_the_films_is_refused(desk: Desk, hand: Hand) -> None:
    case, mother = a_family(desk, until=date(2099, 1, 1))
    film, other = (pressed(desk.layout, to_all(desk)) for _ in range(2))
    swapped = desk.layout.film_identity(other.recording).read_bytes()
    desk.layout.film_identity(film.recording).write_bytes(swapped)
    with pytest.raises(FilingError, match="not the one that it is sealed to"):
        file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)


def test_a_film_that_is_sealed_to_somebody_else_than_before_is_shouted(desk: Desk) -> None:
    film = pressed(desk.layout, to_all(desk))
    seen(desk, film)
    with desk.session() as session:
        session.get_one(Unfiled, film.recording).recipient = "age1another"
        assert "somebody else" in alarms(session, read_box(desk.layout), [film])[0]


class PulledError(VigboxError):
    pass


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_a_filing_that_was_cut_is_taken_up(desk: Desk, hand: Hand, *, is_wrapped: bool) -> None:
    """The plug is pulled before the recorder did anything, or between the wrap and the manifest."""
    case, mother = a_family(desk, until=date(2099, 1, 1))
    film = pressed(desk.layout, to_all(desk))
    seen(desk, film)

    class Pulled(Hand):
        def file(self, recording: str, identity: bytes, case: str | None) -> None:
            if is_wrapped:
                super().file(recording, identity, None)
            raise PulledError(f"the plug was pulled at {case}")

    pulled = Pulled(desk.layout)
    with pytest.raises(PulledError):
        file_press(desk, [film], case.id, Shot((mother,)), pulled, NOW)
    pulled.scribe.close()
    seen(desk, film)
    with desk.session() as session:
        assert session.get(Unfiled, film.recording) is None, "it waits no more"
    assert follow_wraps(desk, [film], hand) == []
    go_on(desk, [film], hand)
    filed = read(desk.layout, film.recording)
    assert (filed.kind, filed.case) == (FILED, case.id)
    assert desk.film_identities(filed)


@pytest.mark.parametrize("is_half_filed", [False, True])
def test_a_withdrawal_leaves_no_key_that_opens_it(
    box: Box, desk: Desk, hand: Hand, tmp_path: Path, *, is_half_filed: bool
) -> None:
    case, mother = a_family(desk, until=date(2099, 1, 1))
    other, other_mother = a_family(desk, "STAYS-1", until=date(2099, 1, 1))
    film, stays = (pressed(desk.layout, to_all(desk)) for _ in range(2))
    file_press(desk, [stays], other.id, Shot((other_mother,)), hand, NOW)
    if is_half_filed:

        def pull() -> None:
            raise PulledError("the plug was pulled")

        hand.before = pull
        with pytest.raises(PulledError):
            file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)
        hand.before = lambda: None
    else:
        file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)
    filed = read(desk.layout, film.recording)
    if not is_half_filed:
        desk.film_identities(filed)  # held in memory as well
    copy = tmp_path / "film.age"  # somebody took the film itself away before
    copy.write_bytes(desk.layout.film(film.recording).read_bytes())
    withdraw(desk, case.id, hand)
    assert not desk.layout.film(film.recording).exists()
    assert not desk.layout.film_identity(film.recording).exists()
    with pytest.raises(CaseGoneError):
        desk.film_identities(filed)
    keys = [each.secret_text() for each in desk.keyring.identities] + [box.secrets.recovery]
    for path in desk.layout.data.rglob("*.age"):  # every key that is left on the box
        for key in list(keys):
            try:
                found = open_bytes(path.read_bytes(), parse_identities(key))
                keys += [each.secret_text() for each in parse_identities(found.decode())]
            except (VigboxError, UnicodeDecodeError):
                continue
    assert len(keys) > len(desk.keyring.identities) + 1, "other cases' keys are there"
    for key in keys:
        with pytest.raises(subprocess.CalledProcessError):
            stock_age(key, copy, tmp_path)
    assert desk.film_identities(read(desk.layout, stays.recording)), "others are untouched"
    with desk.session() as session:
        (erased,) = erasures(session, case.code)
        assert [each["recording"] for each in facts_of(erased)["films"]] == [film.recording]


def test_it_is_erased_with_a_certificate_and_its_key_goes_first(desk: Desk, hand: Hand) -> None:
    film = pressed(desk.layout, to_all(desk))
    seen(desk, film)
    erase_recording(desk, film, hand, NOT_FILED)
    assert not list(desk.layout.recordings.glob(f"{film.recording}*"))
    with desk.session() as session:
        (erased,) = erasures(session)
        assert (erased.case_code, erased.why) == ("unfiled", NOT_FILED)
        assert erased.finished_at
        assert session.get(Unfiled, film.recording) is None


def test_its_days_begin_with_the_first_unlock_on_a_day_that_is_sure(desk: Desk) -> None:
    film, first = pressed(desk.layout, to_all(desk)), date(2026, 11, 23)
    seen(desk, film)
    with desk.session() as session:
        assert unfiled.days_left(session, 7) == {film.recording: None}
    for on in (first, first + timedelta(days=5)):
        seen(desk, film, on=on)
        with desk.session() as session:
            assert unfiled.days_left(session, 7) == {film.recording: date(2026, 11, 30)}


def test_a_day_that_was_told_never_comes_sooner(desk: Desk) -> None:
    film, first = pressed(desk.layout, to_all(desk)), date(2026, 11, 23)
    seen(desk, film, on=first)
    with desk.session() as session:
        assert unfiled.days_left(session, 1) == {film.recording: date(2026, 11, 30)}
        assert unfiled.days_left(session, 30) == {film.recording: date(2026, 12, 23)}
    seen(desk, film, on=first, days=30)
    with desk.session() as session:
        assert unfiled.days_left(session, 7) == {film.recording: date(2026, 12, 23)}


def test_a_colleague_who_comes_can_file_it_and_so_can_a_new_passphrase(
    box: Box, desk: Desk, hand: Hand
) -> None:
    film = pressed(desk.layout, to_all(desk))
    seen(desk, film)
    passphrase = add_practitioner(desk, "Berta", cases=False, work_factor=10)
    assert follow_wraps(desk, [film], hand) == []
    asked = len(hand.asked)
    assert follow_wraps(desk, [film], hand) == []
    assert len(hand.asked) == asked, "what is as it shall be is left alone"
    colleague = box.unlock(passphrase)
    assert colleague.keyring.open(desk.layout.film_identity(film.recording).read_bytes())
    renewed = renew_practitioner(desk, desk.me.id, nobody_waits, work_factor=10).passphrase
    assert follow_wraps(desk, [film], hand) == []
    sealed = desk.layout.film_identity(film.recording).read_bytes()
    assert box.unlock(renewed).keyring.open(sealed)


def test_one_that_is_erased_meanwhile_keeps_no_other_from_being_followed(
    desk: Desk, hand: Hand
) -> None:
    gone, stays = (pressed(desk.layout, to_all(desk)) for _ in range(2))
    seen(desk, gone, stays)
    add_practitioner(desk, "Berta", cases=False, work_factor=10)

    def erase() -> None:
        hand.before = lambda: None
        with desk.session() as session:
            session.delete(session.get_one(Unfiled, gone.recording))

    hand.before = erase
    assert follow_wraps(desk, [gone, stays], hand) == []
    with desk.session() as session:
        ids = " ".join(each.id for each in own_recipients(session))
        assert session.get_one(Unfiled, stays.recording).sealed_to == ids


def test_one_that_is_still_being_made_is_left_alone(desk: Desk, hand: Hand) -> None:
    film = replace(pressed(desk.layout, to_all(desk)), life=Life.RECORDING)
    seen(desk, film)
    assert follow_wraps(desk, [film], hand) == []
    assert hand.asked == []
    case, mother = a_family(desk, until=date(2099, 1, 1))
    with pytest.raises(FilingError, match="still being made"):
        file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)


def test_what_nobody_here_opens_waits_for_who_can(box: Box, hand: Hand) -> None:
    desk = box.desk
    film = pressed(desk.layout, [box.secrets.sheet.recipient])
    seen(desk, film)
    assert follow_wraps(desk, [film], hand) == [film.recording]
    assert hand.asked == []
    case, mother = a_family(desk, until=date(2099, 1, 1))
    with pytest.raises(FilingError, match="recovery sheet can file it"):
        file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)
    assert follow_wraps(box.recover(), [film], hand) == []
    file_press(desk, [film], case.id, Shot((mother,)), hand, NOW)


def test_the_recorder_is_told_whom_to_wrap_to_and_when_to_refuse_again(desk: Desk) -> None:
    public, key = read_box(desk.layout), desk.arming_key()
    with desk.session() as session:
        everybody = recipients_wished(session, "ask before review")
        assert is_wished(None, ())
        assert not is_wished(None, everybody)
        request = say(session, everybody, box=public.box, turn=Turn("n"), key=key)
        kept = unarmed_from(signed_facts(request, public.arming)["unarmed"])
        assert set(kept.recipients) == {each.text for each in own_recipients(session)}
        assert is_wished(kept, everybody)
        assert recipients_wished(session, "before filming") == ()
        later = say(session, (), box=public.box, turn=Turn("n"), key=key)
        refused = unarmed_from(signed_facts(later, public.arming)["unarmed"])
        assert (refused.recipients, refused.counter) == ((), kept.counter + 1)
