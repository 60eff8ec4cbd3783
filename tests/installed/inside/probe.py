"""Tries, as a job of the media worker, what it must not reach; says what it could, or nothing.

It stands in the unit where the porter is, with the same walls.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from vigbox.media.alone import reached

SECRETS = (
    "/var/lib/vigbox",
    "/etc/vigbox",
    "/etc/shadow",
    "/run/vigbox",
    "/run/vigbox-web",
    "/home",
)
FOLDERS = "/ /tmp /var /var/tmp /run /dev /dev/shm /opt/vigbox /etc"


def could(what: str, tried: Callable[[], object]) -> None:
    """Say so if something works."""
    try:
        tried()
    except (OSError, subprocess.SubprocessError):
        return
    sys.stdout.write(f"could: {what}\n")


could("find the network", lambda: socket.create_connection(("10.0.0.1", 80), timeout=2))
could("make a socket", lambda: socket.socket(socket.AF_UNIX))
could("unshare", lambda: subprocess.run(["/usr/bin/unshare", "--user", "true"], check=True))
could("mount", lambda: subprocess.run(["/usr/bin/mount", "-t", "tmpfs", "x", "/mnt"], check=True))
could("trace", lambda: Path("/proc/1/environ").read_bytes())
could("see others", lambda: Path("/proc/1").stat())
for each in SECRETS:
    could(f"list {each}", lambda each=each: list(Path(each).iterdir()))  # type: ignore[misc]
for each in FOLDERS.split():
    could(f"write {each}", lambda each=each: Path(each, "proof").touch())  # type: ignore[misc]
status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
facts = {key: status[key].strip() for key in ("CapEff", "NoNewPrivs", "Seccomp")}
sys.stdout.write(f"user: {os.getuid()}\nfacts: {facts}\nreached: {reached() or 'nothing'}\nover\n")
