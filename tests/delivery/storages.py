"""Real storages on loopback, started for one test: OpenSSH's SFTP, WebDAV by rclone, S3 by moto."""

import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port
from vigbox.delivery.remote import Remote

SSHD = "/usr/sbin/sshd"
_PATIENCE_S = 30


@dataclass(frozen=True)
class Storage:
    """A remote, and, where the test can see it, the folder behind it."""

    remote: Remote
    folder: Path | None


@contextmanager
def webdav(at: Path) -> Iterator[Storage]:
    folder, port = _folder(at), free_port()
    words = [
        "rclone",
        "serve",
        "webdav",
        str(folder),
        f"--addr=127.0.0.1:{port}",
        "--dir-cache-time=0s",
    ]
    with _running([*words, "--config="], port):
        yield _storage(at, folder, "type = webdav", f"url = http://127.0.0.1:{port}")


@contextmanager
def sftp(at: Path, *, may_read: bool = True, may_open: bool = True) -> Iterator[Storage]:
    """OpenSSH's own server, one user with a key; without ``may_read`` they can only write.

    Without ``may_open`` they can be told names and sizes, and that is all.
    """
    folder, port = _folder(at), free_port()
    for name in ("host", "user"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(at / name)]
        subprocess.run(make, check=True)
    shutil.copy(at / "user.pub", at / "authorized")
    words = [] if may_read else ["read,remove,rename,posix-rename"]
    words += [] if may_open else ["open"]
    forbidden = f" -P {','.join(words)}" if words else ""
    (at / "sshd.conf").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {at}/host\nAuthorizedKeysFile {at}/authorized\n"
        f"PidFile {at}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        f"PermitRootLogin yes\nForceCommand internal-sftp -d {folder}{forbidden}\n"
        "Subsystem sftp internal-sftp\nMaxStartups 100\nMaxSessions 100\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    with _running([SSHD, "-D", "-e", "-f", str(at / "sshd.conf")], port):
        known = f"[127.0.0.1]:{port} " + " ".join((at / "host.pub").read_text().split()[:2])
        (at / "known").write_text(known + "\n")
        yield _storage(
            at,
            folder,
            "type = sftp",
            "host = 127.0.0.1",
            f"port = {port}",
            f"user = {os.environ.get('USER') or 'root'}",
            f"key_file = {at}/user",
            f"known_hosts_file = {at}/known",
            "shell_type = none",
            "set_modtime = false",
            where=f"office:{folder}",
        )


@contextmanager
def s3(at: Path) -> Iterator[Storage]:
    port = free_port()
    server = Path(sys.executable).with_name("moto_server")
    with _running([str(server), "-H", "127.0.0.1", "-p", str(port)], port):
        yield _storage(
            at,
            None,
            "type = s3",
            "provider = Other",
            "access_key_id = test",
            "secret_access_key = test",
            f"endpoint = http://127.0.0.1:{port}",
            "force_path_style = true",
            where="office:boxes",
        )


def _storage(at: Path, folder: Path | None, *lines: str, where: str = "office:") -> Storage:
    at.mkdir(parents=True, exist_ok=True)
    config = at / "rclone.conf"
    config.write_text("\n".join(("[office]", *lines)) + "\n")
    remote = Remote(where, config)
    if folder is None:
        words = ["rclone", f"--config={config}", "mkdir", where]
        subprocess.run(words, check=True, env={"PATH": os.environ["PATH"], "HOME": str(at)})
    return Storage(remote, folder)


def _folder(at: Path) -> Path:
    folder = at / "storage"
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _running(words: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        until_s = time.monotonic() + _PATIENCE_S
        while not _answers(port):
            assert process.poll() is None, process.stdout and process.stdout.read()
            assert time.monotonic() < until_s, words
            select.select([], [], [], 0.05)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=_PATIENCE_S)


def _answers(port: int) -> bool:
    with socket.socket() as proof:
        return proof.connect_ex(("127.0.0.1", port)) == 0
