"""What every test may be told on the command line, and what a skip means."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

INSTALLED = Path(__file__).parent / "installed"
POWERED = Path(__file__).parent / "powered"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hardware",
        action="store_true",
        help="prove the contracts on the real camera and microphone as well",
    )
    parser.addoption("--appliance", metavar="ROOT", help="the Debian that script/appliance built")
    parser.addoption("--machine", metavar="HOME", help="the computer that script/appliance built")
    parser.addoption("--soak", action="store_true", help="cut the computer's power many times")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what needs a booted machine; script/test --all has one."""
    needed = {INSTALLED: "--appliance", POWERED: "--machine"}.get(collection_path)
    return True if needed and not config.getoption(needed) else None


def pytest_report_header(config: pytest.Config) -> str:
    if config.getoption("--appliance") or config.getoption("--machine"):
        return "appliance: the installed package, in a booted Debian"
    return "appliance: tests/installed and tests/powered are left out; sh script/appliance all"


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hardware"):
        # picamera2 has old ways with threads, and leaves a pipe open when the camera is in use
        config.addinivalue_line("filterwarnings", "ignore:setDaemon:DeprecationWarning")
        config.addinivalue_line("filterwarnings", "ignore:unclosed file:ResourceWarning")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what tests measured, which decides none of them: ``record_property("figure", …)``."""
    for each in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if getattr(each, "when", "") == "teardown":
            for figure in (value for name, value in each.user_properties if name == "figure"):
                terminalreporter.write_line(str(figure))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``script/test --all`` what was skipped has failed: -ra says each and why."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("VIGBOX_ALL") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A real browser, for the tests of one file."""
    from playwright.sync_api import sync_playwright  # most tests need none

    from tests.journeys.demo import chromium

    with sync_playwright() as playwright, chromium(playwright) as found:
        yield found
