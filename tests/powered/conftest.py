"""These run on a whole computer, which ``script/appliance qemu`` builds and QEMU makes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.powered.box import Box, Film
from tests.powered.keep import Kept

TONE = "speaker-test -D hw:Loopback,1 -c 1 -r 48000 -F S16_LE -t sine -f 1000"
CUTS, SOAK_CUTS = 2, 20


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cut" in metafunc.fixturenames:
        cuts = SOAK_CUTS if metafunc.config.getoption("--soak") else CUTS
        metafunc.parametrize("cut", range(cuts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes longest, beside which the others find their place."""
    items.sort(key=lambda each: each.path.name != "test_updates.py")


@pytest.fixture(scope="session")
def home(pytestconfig: pytest.Config) -> Path:
    built = pytestconfig.getoption("--machine")
    if not built:
        pytest.fail("these need a computer of their own: sh script/appliance qemu", pytrace=False)
    return Path(built)


@pytest.fixture(scope="session")
def armed(home: Path) -> Iterator[Kept]:
    """A box that was switched on and armed for its case, before anybody films."""
    kept = Kept.load(home, home / "armed")
    yield kept
    kept.disk.close()


@pytest.fixture(scope="module")
def box(armed: Kept) -> Iterator[Box]:
    """The box that the tests of a file share which only look or film."""
    going = armed.go_on()
    with going.machine:
        yield going


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
