"""Drives the product as a user does: ``vigbox demo`` in a process, and a real browser."""

import atexit
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.ports import free_ports

VIGBOX = (sys.executable, "-m", "vigbox")
PATIENCE_S = 60.0

STOP_MS = 2_600
PAIR_MS = 6_500
"""Holds that stop a film and let a machine in, a second longer than they need be: the recorder
counts from when it hears of each edge, and a longer hold does nothing else."""

REFUSAL_MS = 3_000
"""Longer than the lamp refuses, so that a press that comes again is a press of its own."""


class Demo:
    """A running demonstration: its page, its passphrase, its processes, what it printed."""

    def __init__(self, data: Path, *options: str, environ: dict[str, str] | None = None) -> None:
        self.data = data
        self.port = free_ports()
        self.passphrase = ""
        self.lines: list[str] = []
        # kept by the test, so that every file the demo makes anywhere can be searched
        self.temporary = Path(tempfile.mkdtemp(prefix="vigbox-test-"))
        atexit.register(shutil.rmtree, self.temporary, ignore_errors=True)
        self.process = subprocess.Popen(
            [*VIGBOX, "demo", "--data", str(data), "--port", str(self.port), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "TMPDIR": str(self.temporary), **(environ or {})},
        )
        self._welcomed = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        if not self._welcomed.wait(PATIENCE_S) or self.process.poll() is not None:
            raise AssertionError("the demo did not start:\n" + "".join(self.lines))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def machines(self) -> str:
        """What `vigbox pair` takes."""
        return f"127.0.0.1:{self.port + 1}"

    @property
    def run(self) -> Path:
        """The folder of its sockets and logs."""
        (found,) = self.temporary.glob("vigbox-run-*")
        return found

    def children(self, name: str) -> list[int]:
        """The ids of the processes of one kind, the first the oldest."""
        return [
            pid
            for pid in descendants(self.process.pid)
            if b"vigbox.demo\0" + name.encode() in _words(pid)
        ]

    def kill(self, name: str) -> None:
        """SIGKILL to every process of one kind, as a machine under pressure does."""
        for pid in self.children(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self._listener.join()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                self.lines.append(line)
                if found := re.match(r"\s+Unlock\s+([a-z-]+)", line):
                    self.passphrase = found[1]
                if "Ctrl-C" in line:
                    self._welcomed.set()
        self._welcomed.set()


def until(told: str, is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait for something the product does; says what it was when it does not come."""
    over = threading.Event()
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if is_so():
            return
        over.wait(0.05)
    raise AssertionError(f"after {patience_s:.0f} s still not: {told}")


def after(seconds: float) -> Callable[[], bool]:
    """Tell whether some time has passed, for :func:`until`."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


@contextlib.contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--autoplay-policy=no-user-gesture-required",
            "--mute-audio",
        ],
    )
    _make_patient(browser, "new_context", "new_page")
    try:
        yield browser
    finally:
        browser.close()


def _make_patient(maker: Any, *names: str) -> None:
    for name in names:
        setattr(maker, name, _patient(getattr(maker, name)))


def _patient(make: Callable[..., Any]) -> Callable[..., Any]:
    """Let pages wait for longer than Playwright's own 30 s, and arrive before anything is asked."""

    def patient(**options: Any) -> Any:  # a page or a context, as it was
        made = make(**options)
        made.set_default_timeout(PATIENCE_S * 1000)
        if hasattr(made, "new_page"):
            _make_patient(made, "new_page")
        else:
            made.goto, made.reload = _arriving(made.goto), _arriving(made.reload)
            made.click = _arrived(made, made.click)
        return made

    return patient


def _arriving(go: Callable[..., Any]) -> Callable[..., Any]:
    """Go again where the page itself just began to load anew, as the list of films does."""

    def again(*given: Any, **options: Any) -> Any:
        try:
            return go(*given, **options)
        except PlaywrightError as error:
            if not any(each in str(error) for each in ("interrupted by another", "ERR_ABORTED")):
                raise
            return go(*given, **options)

    return again


def _arrived(page: Page, click: Callable[..., Any]) -> Callable[..., Any]:
    """Click, and wait until the page that it led to is read and its scripts have begun."""

    def clicked(*given: Any, **options: Any) -> None:
        click(*given, **options)
        page.wait_for_load_state("domcontentloaded")

    return clicked


def unlock(page: Page, demo: Demo) -> None:
    page.goto(demo.address)
    page.fill("#passphrase", demo.passphrase)
    page.click("#unlock")
    page.wait_for_selector("h1:has-text('First steps'), h1:has-text('Recordings')")
    if page.locator("h1:has-text('First steps')").count():  # there is no case yet
        page.goto(demo.address)
    page.wait_for_selector("h1:has-text('Recordings')")


def press(page: Page, for_ms: int) -> None:
    """Press the drawn button with the mouse, as long as that."""
    page.wait_for_load_state("domcontentloaded")
    page.locator("#drawn-button").hover()
    page.mouse.down()
    page.wait_for_timeout(for_ms)
    page.mouse.up()


def refused(page: Page) -> None:
    """Press until the lamp refuses: it does so for 1.5 s, and a page that looks may be late.

    A press that is refused changes nothing; one that is not films, and then no other is refused.
    """
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        press(page, 200)
        with contextlib.suppress(PlaywrightTimeout):
            page.wait_for_selector(".lamp[data-lamp=refused]", timeout=REFUSAL_MS)
            return
    raise AssertionError(f"after {PATIENCE_S:.0f} s no press was refused")


def begin(page: Page) -> None:
    """Press, until the lamp is red and a list of films has loaded itself anew."""
    lamp(page, "ready")
    if page.locator("[data-page=recordings]").count():
        page.evaluate("() => { window.isBefore = true }")
    press(page, 200)
    lamp(page, "recording")
    page.wait_for_function("() => !window.isBefore")


def lamp(page: Page, word: str) -> None:
    page.wait_for_selector(f".lamp[data-lamp={word}]", timeout=PATIENCE_S * 1000)


def descendants(pid: int) -> list[int]:
    """Give the ids of all processes that a process started, and those that they started."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def _words(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
