"""What dpkg knows: of the installed package, and of a file that should be one."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vigbox.appliance.updates.judge import Installed
from vigbox.appliance.updates.release import Release, UpdateRefusedError

NAME: Final = "vigbox"


class NotInstalledError(UpdateRefusedError):
    """vigbox is not installed as a Debian package on this machine."""


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """The package as it is installed, see :class:`~vigbox.appliance.updates.repack.Packages`."""

    def stanza(self) -> str:
        """Give its paragraph of the status file."""
        return _asked("dpkg-query", "-s", NAME)

    def files(self) -> Sequence[str]:
        """Give every path it brought."""
        return _asked("dpkg-query", "-L", NAME).splitlines()

    def scripts(self) -> dict[str, Path]:
        """Give its maintainer's scripts and lists, by name."""
        paths = [Path(each) for each in _asked("dpkg-query", "--control-path", NAME).splitlines()]
        return {each.suffix[1:]: each for each in paths}

    def facts(self, schema: str) -> Installed:
        """Give version and architecture. Raises :class:`NotInstalledError`."""
        told = _asked("dpkg-query", "-W", "-f", "${Status}|${Version}|${Architecture}", NAME)
        status, _, rest = told.partition("|")
        version, _, arch = rest.partition("|")
        if status != "install ok installed":
            raise NotInstalledError(
                f"The installation of vigbox is not whole ({status}). Run: dpkg --configure -a"
            )
        return Installed(version, arch, schema)


def check_package(path: Path, release: Release) -> None:
    """Raise :class:`UpdateRefusedError` unless a package is the one that its header names."""
    told = []
    for name in ("Package", "Version", "Architecture"):
        done = _run("dpkg-deb", "--field", str(path), name)
        told.append(done.stdout.strip())
    if told != [NAME, release.version, release.arch]:
        raise UpdateRefusedError("The update holds another package than it says. Get it again.")


def _asked(*words: str) -> str:
    done = _run(*words)
    if done.returncode != 0:
        raise NotInstalledError(
            "vigbox is not installed as a Debian package on this machine, so there is nothing to "
            "update. Install the package with apt."
        )
    return done.stdout


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    environ = dict(os.environ, LC_ALL="C.UTF-8")
    try:
        return subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NotInstalledError(f"this machine has no {words[0]}: it is no box") from error
