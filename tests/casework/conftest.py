"""A box of its own for each test that changes who may open what."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.casework.reviewed import TODAY, agree, choose
from vigbox.casework import consent, cycles, shared_reviews
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.desk import Desk
from vigbox.casework.setup import Secrets, set_up
from vigbox.casework.tables import Case, Cycle, Recipient, SharedReview
from vigbox.model import now_at
from vigbox.seal.errors import WrongPassphraseError
from vigbox.seal.identities import parse_identity
from vigbox.seal.keyring import Keyring
from vigbox.store.layout import Layout

WORK = 10
BEGAN = now_at()


@pytest.fixture(autouse=True)
def the_day_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that holds until today is noted today, also by a run that passes midnight."""
    monkeypatch.setattr(consent, "now_at", lambda: BEGAN)


@dataclass
class Box:
    """A box that was set up; its desks close when the test ends."""

    layout: Layout
    secrets: Secrets
    desks: list[Desk] = field(default_factory=list)

    def unlock(self, passphrase: str) -> Desk:
        """Unlock as the door does. Raises WrongPassphraseError."""
        keyring = Keyring()
        for path in sorted(self.layout.practitioners.glob("*.age")):
            try:
                keyring.unlock(path.read_bytes(), passphrase)
            except WrongPassphraseError:
                continue
            return self.sit_down(keyring)
        raise WrongPassphraseError("no file opens")

    def recover(self, secret: str = "") -> Desk:
        keyring = Keyring()
        keyring.hold(parse_identity(secret or self.secrets.recovery))
        return self.sit_down(keyring)

    def sit_down(self, keyring: Keyring) -> Desk:
        desk = Desk(self.layout, keyring)
        self.desks.append(desk)
        return desk

    @property
    def desk(self) -> Desk:
        """The first practitioner's."""
        return self.unlock(self.secrets.passphrase)


def nobody_waits(_newcomer: Recipient) -> None:
    """Welcome a new identity to a box where no film waits to be filed."""


def a_case(desk: Desk, code: str, with_whom: list[str] | None = None) -> Case:
    in_shot = [InShot("child", "C")]
    with desk.session() as casework:
        return open_case(casework, desk.layout, code, "Why does he cry?", in_shot, with_whom)


@pytest.fixture(scope="session")
def new_box(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Box]:
    def make() -> Box:
        layout = Layout(tmp_path_factory.mktemp("box"))
        return Box(layout, set_up(layout, name="Anna", work_factor=WORK))

    return make


@pytest.fixture
def box(new_box: Callable[[], Box]) -> Iterator[Box]:
    made = new_box()
    yield made
    for desk in made.desks:
        desk.close()


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a function fail as when the plug is pulled; ``undo`` of monkeypatch heals it."""

    def at(name: str) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError("the plug was pulled")

        monkeypatch.setattr(name, fail)

    return at


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def session(box: Box) -> Iterator[Session]:
    """The first practitioner's desk, in the middle of a session."""
    with box.desk.session() as session:
        yield session


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    """A case of one child, in that session."""
    return open_case(session, box.layout, "VIG-7", "Why does he cry?", [InShot("child", "C")])


@pytest.fixture
def cycle(session: Session, case: Case) -> Cycle:
    return cycles.plan_cycle(session, case)


@pytest.fixture
def review(session: Session, case: Case, cycle: Cycle) -> SharedReview:
    agree(session, case)
    choose(session, case, 2, 0)
    choose(session, case, 1, 100)
    return shared_reviews.prepare(session, case, cycle, TODAY)


@pytest.fixture
def running(session: Session, review: SharedReview) -> SharedReview:
    shared_reviews.begin(session, review, TODAY)
    return review


def answer(session: Session, case: Case, who: int, purpose: str, word: str, by: int = 0) -> int:
    """Note what a participant answered, ``until`` for a yes that ends today; gives its id."""
    until = TODAY if word == "until" else None
    told = Told(purpose, "yes" if until else word, "spoken", "form-1", until_on=until)
    if by:
        told = Told(purpose, told.answer, "spoken", "form-1", answered_by=by)
    return note_answer(session, case, case.participants[who], told).id
