"""Runs the app: one gunicorn process with many threads, so that the keys lie in one place."""

import errno
import logging
import resource
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication

from vigbox.errors import InUseError
from vigbox.store.guesses import Guesses, GuessNotKeptError
from vigbox.store.known import KnownHoldings
from vigbox.web.memory import keep_from_disk
from vigbox.web.services import Services

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_log = logging.getLogger(__name__)

_THREADS: Final = 24
_KEEP_TIME_S: Final = 600.0
_UMASK: Final = 0o007
"""A socket's own group may connect: nginx's."""


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    def __init__(
        self,
        app: "WSGIApplication",
        address: str,
        services: Services | None,
        when_begun: Callable[[], None],
    ) -> None:
        self._app = app
        self._when_begun = when_begun
        self._services = services
        self._address = address
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": self._address,
            "umask": _UMASK,
            "workers": 1,
            "worker_class": "gthread",
            "threads": _THREADS,
            "keepalive": 15,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "proc_name": "vigbox-web",
            "control_socket_disable": True,
            "post_fork": self._begin,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> "WSGIApplication":
        return self._app

    def _begin(self, server: object, worker: object) -> None:  # noqa: ARG002  # gunicorn's names
        """Prepare the worker, where the keys will be: page locks do not outlive a fork."""
        keep_from_disk()
        self._when_begun()
        if self._services is not None:
            at = self._services
            threading.Thread(target=_look_through, args=(at.manifests,), daemon=True).start()
            at.sending.begin()
            threading.Thread(target=make_pages_ready, args=(self._app,), daemon=True).start()
            threading.Thread(target=_keep_time, args=(at.door.guesses,), daemon=True).start()


def _look_through(manifests: KnownHoldings) -> None:
    """Verify what is on the card before somebody asks: ten thousand manifests take seconds."""
    try:
        manifests.listed()
    except OSError as error:
        _log.warning("cannot list the recordings yet: %s", error)


def make_pages_ready(app: Flask) -> None:
    """Compile the pages before somebody asks: the first list after an unlock is as fast as any."""
    for name in app.jinja_env.list_templates(["html"]):
        app.jinja_env.get_template(name)


def _keep_time(guesses: Guesses) -> None:
    """Let old guesses grow older across reboots."""
    over = threading.Event()
    while not over.wait(_KEEP_TIME_S):
        try:
            guesses.keep_time()
        except GuessNotKeptError as error:
            _log.warning("%s", error)


def serve(
    app: "WSGIApplication",
    address: str,
    services: Services | None = None,
    when_begun: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM at ``host:port`` or ``unix:PATH``.

    Waits a few seconds for an address that a killed web still holds. Of the ``services`` the
    guesses grow older meanwhile, and the manifests are verified; ``when_begun`` is called in the
    process that serves.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _Server(app, address, services, when_begun).run()


def check_port(host: str, port: int) -> None:
    """Find out whether a port can be had. Raises :class:`InUseError`."""
    with socket.socket() as proof:
        proof.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            proof.bind((host, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise InUseError(
                f"cannot listen on {host}:{port}: {error.strerror}. "
                f"Choose another port with --port, for example --port {port + 1}."
            ) from error
