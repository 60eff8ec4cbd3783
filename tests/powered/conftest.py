"""These run on a whole computer, which ``script/appliance qemu`` builds and QEMU makes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.powered.box import Box, Film, Secrets
from tests.powered.disk import Disk
from tests.powered.machine import Machine

TONE = "speaker-test -D hw:Loopback,1 -c 1 -r 48000 -F S16_LE -t sine -f 1000"
CUTS, SOAK_CUTS = 2, 20


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cut" in metafunc.fixturenames:
        cuts = SOAK_CUTS if metafunc.config.getoption("--soak") else CUTS
        metafunc.parametrize("cut", range(cuts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes longest, beside which the others find their place."""
    items.sort(key=lambda each: each.path.name != "test_updates.py")


@dataclass(frozen=True, slots=True)
class Kept:
    """A box in the middle of all it does, to go on from any number of times."""

    home: Path
    state: Path
    disk: Disk
    secrets: Secrets

    @classmethod
    def of(cls, box: Box, home: Path, state: Path) -> "Kept":
        return cls(home, state, box.machine.keep(state), box.secrets)

    def go_on(self) -> Box:
        return Box(Machine(self.home, self.disk.copy(), self.state), self.secrets)

    def boot(self, disk: Disk) -> Box:
        """Switch a box on, and wait until a press is answered."""
        box = Box(Machine(self.home, disk), self.secrets)
        box.await_ready()
        box.follow()
        return box


@pytest.fixture(scope="session")
def home(pytestconfig: pytest.Config) -> Path:
    built = pytestconfig.getoption("--machine")
    if not built:
        pytest.fail("these need a computer of their own: sh script/appliance qemu", pytrace=False)
    return Path(built)


@pytest.fixture(scope="session")
def secrets(home: Path) -> Secrets:
    return Secrets(**json.loads((home / "box.json").read_text("ascii")))


@pytest.fixture(scope="session")
def first(
    home: Path, secrets: Secrets, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Box, Kept]]:
    """A box that was switched on and armed for its case; and what it was then."""
    disk = Disk(home / "box.img")
    with Machine(home, disk) as machine:
        box = Box(machine, secrets)
        box.await_ready()
        box.arm()
        box.follow()
        machine.sh("sync")
        state = tmp_path_factory.mktemp("kept") / "armed"
        kept = Kept.of(box, home, state)
        machine.pause()
        yield box, kept
        state.unlink()
    disk.close()


@pytest.fixture(scope="module")
def box(first: tuple[Box, Kept]) -> Iterator[Box]:
    """The box that the tests share which only look or film; it stands still for the others."""
    box, _ = first
    box.machine.go_on()
    yield box
    box.machine.pause()


@pytest.fixture(scope="session")
def armed(first: tuple[Box, Kept]) -> Kept:
    """The same box before anybody filmed."""
    return first[1]


@pytest.fixture(scope="module")
def filmed(box: Box, tmp_path_factory: pytest.TempPathFactory) -> tuple[Film, list[set[str]]]:
    """Ten seconds of film by the button, while a tone plays; and what the lamp showed."""
    lamps = [box.lamp]
    box.machine.sh(f"systemd-run --quiet --unit=tone {TONE}")
    told = box.film(10, lambda: lamps.append(box.lamp))
    box.machine.sh("systemctl stop tone")
    lamps.append(box.lamp)
    sealed = box.sealed(told["recording"])
    return Film.of(sealed, box.secrets, tmp_path_factory.mktemp("key")), lamps


Opened = Callable[[Box, str], Film]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Open a film that lies on a box's card."""
    return lambda box, recording: Film.of(box.sealed(recording), box.secrets, tmp_path)
