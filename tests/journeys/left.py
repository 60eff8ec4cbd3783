"""What keys a box still has: every one that anybody with every secret could find on it."""

import contextlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

from vigbox.casework.setup import Secrets
from vigbox.seal.errors import SealError
from vigbox.seal.opening import open_bytes
from vigbox.seal.passphrases import ScryptIdentity

_AGE = b"age-encryption.org/"
_SECRET = b"AGE-SECRET-KEY-"
_SCRYPT_WORK = 18


def keys_on(folders: Iterable[Path], secrets: Secrets) -> list[str]:
    """Open whatever opens, with the passphrase, the sheet, and each key that is found on the way.

    Gives the identities as age writes them: the sheet's own first.
    """
    sealed = [path for folder in folders for path in folder.rglob("*") if _is_age(path)]
    keys = [secrets.recovery]
    for path in sealed:
        with contextlib.suppress(SealError):
            passphrase = ScryptIdentity(secrets.passphrase, _SCRYPT_WORK)
            keys += _keys_in(open_bytes(path.read_bytes(), [passphrase]))
    while True:
        found = [key for path in sealed for key in _keys_in(opened(path, keys) or b"")]
        new = [key for key in dict.fromkeys(found) if key not in keys]
        if not new:
            return keys
        keys += new


def opened(path: Path, keys: Iterable[str]) -> bytes | None:
    """What stock age makes of a file with these keys; None when it does not open."""
    done = subprocess.run(
        ["age", "-d", "-i", "/dev/stdin", path],
        input="\n".join(keys).encode() + b"\n",
        capture_output=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def _keys_in(plain: bytes) -> list[str]:
    return [line.decode() for line in plain.splitlines() if line.startswith(_SECRET)]


def _is_age(path: Path) -> bool:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return path.is_file() and file.read(len(_AGE)) == _AGE
    return False
