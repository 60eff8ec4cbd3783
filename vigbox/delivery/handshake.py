"""What box and machine say to each other when they are paired, and how each proves the code.

The machine asks ``{name, recipient, nonce, mac}``, the box answers ``{machine_id, token, box_id,
box_verify_key, mac}``. Each mac is HMAC-SHA256 under a key that scrypt (2^14, 8, 1) makes from
the code and the machine's nonce, over a label and all the other fields. The code never travels.

What this does not give: it is no PAKE. Who listens without TLS reads the token, and may try
codes against the mac afterwards: 2^40 of them, at one scrypt each, for a window that is closed
by then. A PAKE comes with a later issue.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from vigbox.delivery.manifest import is_id
from vigbox.errors import VigboxError
from vigbox.model import canonical

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters, so 5 bits each; no 0, 1, I or O."""
CODE_CHARACTERS: Final = 8
LARGEST_BYTES: Final = 4_096
_NONCE_CHARACTERS: Final = 64
_LONGEST_WORD: Final = 400


class CodeError(VigboxError):
    """What was typed cannot be a pairing code."""


class WrongCodeError(VigboxError):
    """The other side does not know the code."""


class HandshakeError(VigboxError):
    """A pairing message is malformed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the machine sends; ``nonce`` is 32 random bytes, it and ``mac`` in hexadecimal."""

    name: str
    recipient: str
    nonce: str
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the box answers; the verify key is that of the exports' manifests, as text."""

    machine_id: str
    token: str
    box_id: str
    box_verify_key: str
    mac: str = ""


class Handshake:
    """One pairing, on either side: a code as it was typed or shown, and the machine's nonce."""

    def __init__(self, code: str, nonce: str) -> None:
        """Derive the key, some 30 ms of work. Raises :class:`CodeError`."""
        salt = b"vigbox pairing v1\0" + nonce.encode()
        self._key = hashlib.scrypt(normal(code).encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=32)

    def mac(self, message: Ask | Answer) -> str:
        """Give a message's mac; the label keeps one from passing for the other."""
        facts = asdict(message) | {"mac": type(message).__name__.lower()}
        return hmac.new(self._key, canonical(facts), hashlib.sha256).hexdigest()

    def check(self, message: Ask | Answer) -> None:
        """Prove that the sender knows the code. Raises :class:`WrongCodeError`."""
        if not hmac.compare_digest(self.mac(message).encode(), message.mac.encode()):
            raise WrongCodeError(
                "the pairing code is wrong; open the box's pairing window again and type the "
                "code it shows"
            )


def new_code() -> str:
    """Make a code of 40 random bits in two groups, as it is shown: ``ABCD-2345``."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS))
    return f"{text[:4]}-{text[4:]}"


def new_nonce() -> str:
    """Make a machine's nonce."""
    return secrets.token_hex(_NONCE_CHARACTERS // 2)


def normal(code: str) -> str:
    """Give a typed code without case, spaces and hyphens. Raises :class:`CodeError`."""
    text = "".join(code.upper().replace("-", "").split())
    if len(text) != CODE_CHARACTERS or not set(text) <= set(ALPHABET):
        raise CodeError(
            "a pairing code must be 8 letters and digits, without 0, 1, I and O; "
            "type it as the box shows it"
        )
    return text


def parse_ask(data: bytes) -> Ask:
    """Read what a machine sent. Raises :class:`HandshakeError`."""
    words = _words(data, Ask)
    nonce = words["nonce"]
    if len(nonce) != _NONCE_CHARACTERS or not set(nonce) <= set("0123456789abcdef"):
        raise HandshakeError("a pairing nonce must be 32 bytes in hexadecimal")
    return Ask(**words)


def parse_answer(data: bytes) -> Answer:
    """Read what a box answered. Raises :class:`HandshakeError`."""
    answer = Answer(**_words(data, Answer))
    if not is_id(answer.machine_id):
        raise HandshakeError("the box's pairing answer names no machine")
    return answer


def to_bytes(message: Ask | Answer) -> bytes:
    """Give a message as JSON."""
    return canonical(asdict(message))


def _words(data: bytes, kind: type[Ask | Answer]) -> dict[str, str]:
    try:
        found = json.loads(data) if len(data) <= LARGEST_BYTES else None
    except (ValueError, RecursionError):
        found = None
    names = {each.name for each in fields(kind)}
    if not isinstance(found, Mapping) or set(found) != names:
        raise HandshakeError(f"a pairing message must have {', '.join(sorted(names))}")
    if not all(isinstance(each, str) and 0 < len(each) <= _LONGEST_WORD for each in found.values()):
        raise HandshakeError("a pairing message has a value that is no text or too long")
    return dict(found)
