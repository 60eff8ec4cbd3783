"""These run in a booted Debian, which ``script/appliance nspawn`` builds and names."""

import contextlib
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.installed.machine import Booted, booted, memory

BUILD = Path(__file__).parents[2] / "build"


@dataclass(frozen=True, slots=True)
class Installed:
    """A machine with the release before installed and set up, switched off; and what it told."""

    layer: Path
    passphrase: str
    page: str
    told: dict[str, str]


@pytest.fixture(scope="session")
def root(pytestconfig: pytest.Config) -> Path:
    built = pytestconfig.getoption("--appliance")
    if not built:
        pytest.fail("these need a booted machine: sh script/appliance nspawn", pytrace=False)
    return Path(built)


@pytest.fixture(scope="session")
def installed(root: Path) -> Iterator[Installed]:
    with tempfile.TemporaryDirectory(prefix="vigbox-box-") as folder, memory(Path(folder)):
        layer = Path(folder, "installed")
        with booted([root], layer) as machine:
            machine.install("0.0.9")
            told = {
                "failed": machine.sh("systemctl --failed --no-legend --plain"),
                "path": machine.sh("systemctl is-active vigbox.path"),
                "recorder": machine.state("vigbox-recorder"),
                "web": machine.state("vigbox-web"),
            }
            machine.use_twins()
            said = machine.sh("vigbox setup --practitioner Anna")
            passphrase = said.split("Passphrase:", 1)[1].split()[0]
            page = said.split("Page:", 1)[1].split()[0]
            machine.until_active("vigbox-recorder", "vigbox-web", "vigbox-lamp")
            machine.sh(
                f"runuser -u vigbox-web -- /opt/vigbox/bin/python /inside/arm.py {passphrase}"
            )
        yield Installed(layer, passphrase, page, told)


@contextlib.contextmanager
def started(root: Path, installed: Installed) -> Iterator[Booted]:
    # a folder of ours: what pytest keeps of other runs is not to hold a mount
    with (
        tempfile.TemporaryDirectory(prefix="vigbox-box-") as folder,
        memory(Path(folder)),
        booted([installed.layer, root], Path(folder, "box")) as machine,
    ):
        machine.until_active("vigbox-recorder", "vigbox-web", "vigbox-lamp")
        yield machine


@pytest.fixture
def box(root: Path, installed: Installed) -> Iterator[Booted]:
    """A box of its own for each test: booted, set up, armed, on twins of camera and button."""
    with started(root, installed) as machine:
        yield machine


@pytest.fixture(scope="module")
def shared(root: Path, installed: Installed) -> Iterator[Booted]:
    """One box for the tests that only look."""
    with started(root, installed) as machine:
        yield machine


@pytest.fixture(scope="session")
def newest() -> str:
    project = tomllib.loads((BUILD.parent / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])
