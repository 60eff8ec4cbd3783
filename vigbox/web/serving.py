"""Runs the app: one gunicorn process with many threads, so that the keys lie in one place."""

import errno
import resource
import socket
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication

from vigbox.errors import InUseError
from vigbox.web.memory import keep_from_disk

_THREADS: Final = 24


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    def __init__(self, app: Flask, address: str) -> None:
        self._app = app
        self._address = address
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": self._address,
            "workers": 1,
            "worker_class": "gthread",
            "threads": _THREADS,
            "keepalive": 15,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "proc_name": "vigbox-web",
            "control_socket_disable": True,
            "post_fork": _keep_from_disk,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def _keep_from_disk(server: object, worker: object) -> None:  # noqa: ARG001  # gunicorn's names
    """Gunicorn calls it in its worker, where the keys will be: page locks do not outlive a fork."""
    keep_from_disk()


def serve(app: Flask, host: str, port: int) -> None:
    """Serve until SIGTERM; waits a few seconds for a port that a killed web still holds."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _Server(app, f"{host}:{port}").run()


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
