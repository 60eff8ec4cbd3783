"""These run on a whole computer, which ``script/appliance qemu`` builds and QEMU makes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from tests.powered.box import Box, Film
from tests.powered.keep import Kept

TONE = "speaker-test -D hw:Loopback,1 -c 1 -r 48000 -F S16_LE -t sine -f 1000"
CUTS, SOAK_CUTS = 2, 20
_TURNS: Final = (
    "test_updates", "test_radio", "test_power[0]", "test_press", "test_power[1]",
    "test_recorder_first", "cut_off[0]", "test_disk", "cut_off[1]",
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cut" in metafunc.fixturenames:
        cuts = SOAK_CUTS if metafunc.config.getoption("--soak") else CUTS
        metafunc.parametrize("cut", range(cuts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what others wait for, and end with the cut updates, which wait for it."""
    items.sort(key=lambda each: _TURNS.index(_turn(each)) if _turn(each) in _TURNS else len(_TURNS))


def _turn(item: pytest.Item) -> str:
    what = "cut_off" if "cut_off" in item.name else item.path.stem
    return what + "".join(item.name.partition("[")[1:])


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """A file's tests share a box and stay together. Each cut has a box of its own."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if "[" in nodeid else nodeid.split("::", maxsplit=1)[0]

    def _reschedule(self, node: WorkerController) -> None:
        # xdist gives out the next when two are left, of which one may take minutes here
        if not self.workqueue or self._pending_of(self.assigned_work[node]) <= 1:
            super()._reschedule(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Say which tests go to one process."""
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def home(pytestconfig: pytest.Config) -> Path:
    built = pytestconfig.getoption("--machine")
    if not built:
        pytest.fail("these need a computer of their own: sh script/appliance qemu", pytrace=False)
    return Path(built)


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run see."""
    mine = tmp_path_factory.getbasetemp()
    return (mine.parent if hasattr(pytestconfig, "workerinput") else mine) / "shared"


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
