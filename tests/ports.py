"""Ports that stay free until they are used.

A port that the kernel chose and that was closed again may be anybody's a moment later: of the tests
beside these, or the near end of a connection. So these lie below what it chooses from
(``ip_local_port_range``), and each process of the tests has its own thousand.
"""

import contextlib
import itertools
import os
import socket

_EACH = 1_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_next = itertools.count(0, 2)


def free_ports() -> int:
    """Give a port that is free like the next one."""
    while True:
        port = 20_000 + _WORKER % 12 * _EACH + next(_next) % _EACH
        with (
            contextlib.suppress(OSError),
            socket.create_server(("127.0.0.1", port)),
            socket.create_server(("127.0.0.1", port + 1)),
        ):
            return port


def free_port() -> int:
    """Give one port that is free."""
    return free_ports()
