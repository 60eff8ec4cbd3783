"""The peers of ``bench.sync``: curl from the same server; rclone and rsync over ssh.

rclone and rsync are started again after a cut, as a person or a timer would, each with the
options its own manual gives for going on: rclone ``copyto`` with its retries, rsync
``--partial --append-verify``.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.cuts import Server
from bench.sync_box import MadeBox
from bench.wire import BOX, Place, Wire, wait_until

_PORT = 2_222
_NEEDED = {
    "curl": "curl",
    "rclone": "rclone",
    "rsync": "rsync",
    "ssh": "openssh-client",
    "sshd": "openssh-server",
}


def missing() -> dict[str, str]:
    """Give what is not here, and what to do about it."""
    return {
        name: f"apt-get install {package}"
        for name, package in _NEEDED.items()
        if not shutil.which(name)
    }


def curl(wire: Wire, box: MadeBox, output: Path) -> float:
    """Fetch the sealed film; gives curl's own time in seconds."""
    told = wire.machine.run(
        "curl", "--silent", "--show-error", "--fail", "--output", output,
        "--cacert", box.authority, "--cert", box.certificate, "--key", box.certificate,
        "--write-out", "%{time_total}", box.part_url,
    )  # fmt: skip
    return float(told)


class SshServer:
    """OpenSSH's own server in the box's namespace, with keys of this run alone."""

    def __init__(self, place: Place, folder: Path) -> None:
        self._place = place
        self.key = folder / "key"
        self._host_key = folder / "host"
        self._config = folder / "sshd_config"
        for each in (self.key, self._host_key):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(each)], check=True
            )
        Path("/run/sshd").mkdir(exist_ok=True)
        lines = (
            f"ListenAddress {BOX}:{_PORT}",
            f"HostKey {self._host_key}",
            f"AuthorizedKeysFile {self.key}.pub",
            "PermitRootLogin prohibit-password",
            "StrictModes no",
            "PidFile none",
            "Subsystem sftp internal-sftp",
            "ClientAliveInterval 5",
        )
        self._config.write_text("\n".join(lines) + "\n")

    @property
    def server(self) -> Server:
        """How it is killed and started."""
        return Server(self._place.kill_all, self.start)

    def start(self) -> None:
        """Start, and wait until it listens."""
        log = subprocess.DEVNULL
        sshd = shutil.which("sshd") or "sshd"
        self._place.start(sshd, "-D", "-e", "-f", self._config, stderr=log)
        listening = ("ss", "-Hltn", "sport", "=", f":{_PORT}")
        wait_until(lambda: self._place.run(*listening), "the ssh server")


def rclone(
    wire: Wire, ssh: SshServer, source: Path, output: Path
) -> Callable[[], "subprocess.Popen[str]"]:
    """Give the starting of rclone."""
    remote = f":sftp,host={BOX},port={_PORT},user=root,key_file={ssh.key}:{source}"
    patience = ("--timeout", "10s", "--contimeout", "5s", "--low-level-retries", "20")
    alone = ("--config", "/dev/null", "--quiet")
    return lambda: wire.machine.start(
        "rclone", "copyto", *alone, *patience, remote, output, **_QUIET
    )


def rsync(
    wire: Wire, ssh: SshServer, source: Path, output: Path
) -> Callable[[], "subprocess.Popen[str]"]:
    """Give the starting of rsync."""
    shell = (
        f"ssh -p {_PORT} -i {ssh.key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
        "-o ConnectTimeout=5 -o ServerAliveInterval=5 -o LogLevel=ERROR"
    )
    going_on = ("--partial", "--append-verify", "--timeout=10")
    return lambda: wire.machine.start(
        "rsync", *going_on, "-e", shell, f"root@{BOX}:{source}", output, **_QUIET
    )


_QUIET = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
