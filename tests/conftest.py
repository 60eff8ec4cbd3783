"""What every test may be told on the command line, and what a skip means."""

import os
from pathlib import Path

import pytest

INSTALLED = Path(__file__).parent / "installed"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hardware",
        action="store_true",
        help="prove the contracts on the real camera and microphone as well",
    )
    parser.addoption("--appliance", metavar="ROOT", help="the Debian that script/appliance built")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what needs a booted machine; script/test --all has one."""
    return True if collection_path == INSTALLED and not config.getoption("--appliance") else None


def pytest_report_header(config: pytest.Config) -> str:
    if config.getoption("--appliance"):
        return "appliance: the installed package, in a booted Debian"
    return "appliance: tests/installed is left out; sh script/appliance nspawn runs it"


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hardware"):
        # picamera2 has old ways with threads, and leaves a pipe open when the camera is in use
        config.addinivalue_line("filterwarnings", "ignore:setDaemon:DeprecationWarning")
        config.addinivalue_line("filterwarnings", "ignore:unclosed file:ResourceWarning")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``script/test --all`` what was skipped has failed: -ra says each and why."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("VIGBOX_ALL") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
