"""What every test may be told on the command line."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hardware",
        action="store_true",
        help="prove the contracts on the real camera and microphone as well",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hardware"):
        # picamera2 has old ways with threads, and leaves a pipe open when the camera is in use
        config.addinivalue_line("filterwarnings", "ignore:setDaemon:DeprecationWarning")
        config.addinivalue_line("filterwarnings", "ignore:unclosed file:ResourceWarning")
