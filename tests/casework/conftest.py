"""A box of its own for each test that changes who may open what."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vigbox.casework.cases import InShot, open_case
from vigbox.casework.desk import Desk
from vigbox.casework.setup import Secrets, set_up
from vigbox.casework.tables import Case
from vigbox.seal.errors import WrongPassphraseError
from vigbox.seal.identities import parse_identity
from vigbox.seal.keyring import Keyring
from vigbox.store.layout import Layout

WORK = 10


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
