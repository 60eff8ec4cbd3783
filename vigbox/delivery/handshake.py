"""What box and machine say to each other when they are paired: SPAKE2 over a short code.

``Hello{element, request}`` from the machine, ``Reply{run, element}`` from the box; both now have a
key, the same one if both know the code and see the same two public keys. ``Proof{run, name,
recipient, mac}`` from the machine, ``Answer{…, mac}`` from the box with the machine's certificate
and the box's certificate authority.

* The identities in SPAKE2 are the SHA-256 of the key that the machine asks a certificate for, and
  of the key in the box's TLS certificate, as each side sees them: who relays with a certificate of
  their own gives the two sides different keys.
* The machine proves itself first. Whoever does not know the code gets one guess for each try that
  the box counts, and nothing to try codes against afterwards: six digits are enough.
* Each mac is HMAC-SHA256 over the whole message, under a key of its own that HKDF makes from
  SPAKE2's (RFC 9382, section 4). Nothing in it is secret: certificates and public keys.

``spake2`` 0.9 is what magic-wormhole 0.24 (2026) pins. It leaves key confirmation to its caller:
that is the two macs. It is not constant in time, and need not be: a code lives two minutes, for
three tries.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from spake2 import SPAKE2_A, SPAKE2_B, SPAKEError
from spake2.ed25519_basic import NotOnCurve

from vigbox.errors import VigboxError
from vigbox.model import canonical

CODE_DIGITS: Final = 6
LARGEST_BYTES: Final = 8_192
_ELEMENT_BYTES: Final = 33
_LONGEST_WORD: Final = 4_096
_LABEL: Final = b"vigbox pairing 2 "


class CodeError(VigboxError):
    """What was typed cannot be a pairing code."""


class WrongCodeError(VigboxError):
    """The other side does not know the code, or somebody stands between."""


class HandshakeError(VigboxError):
    """A pairing message is malformed."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The machine's element of SPAKE2 in hexadecimal, and its request for a certificate in PEM."""

    element: str
    request: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The box's element; ``run`` names this try."""

    run: str
    element: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The machine's proof; ``name`` is for the list, exports are sealed to ``recipient``."""

    run: str
    name: str
    recipient: str
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The box's proof: certificates as PEM, the verify key is that of the exports' manifests."""

    machine_id: str
    certificate: str
    authority: str
    box_name: str
    box_id: str
    box_verify_key: str
    mac: str = ""


Message = Hello | Reply | Proof | Answer
_Kind = TypeVar("_Kind", Hello, Reply, Proof, Answer)
_Proven = TypeVar("_Proven", Proof, Answer)


class Confirmation:
    """What a side may say and believe once SPAKE2 gave it a key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, message: _Proven) -> _Proven:
        """Give the message with its mac."""
        return type(message)(**asdict(message) | {"mac": self._mac(message)})

    def check(self, message: Proof | Answer) -> None:
        """Prove that the sender has the same key. Raises :class:`WrongCodeError`."""
        if not hmac.compare_digest(self._mac(message).encode(), message.mac.encode()):
            raise WrongCodeError(
                "the pairing code is wrong, or something stands between the box and this machine; "
                "look at the code and type it again"
            )

    def _mac(self, message: Proof | Answer) -> str:
        label = _LABEL + type(message).__name__.lower().encode()
        key = HKDF(hashes.SHA256(), 32, None, label).derive(self._key)
        return hmac.digest(key, canonical(asdict(message) | {"mac": ""}), "sha256").hex()


class MachineSide:
    """One try of the machine; ``key`` is its own public key, ``box_key`` the one it sees."""

    def __init__(self, code: str, key: bytes, box_key: bytes) -> None:
        """Make the element. Raises :class:`CodeError`."""
        self._spake = SPAKE2_A(normal(code).encode(), *_identities(key, box_key))
        self.element: str = self._spake.start().hex()

    def finish(self, element: str) -> Confirmation:
        """Take the box's element. Raises :class:`HandshakeError`."""
        return _finished(self._spake, element)


class BoxSide:
    """One try at the box; ``machine_key`` is the key in the machine's request."""

    def __init__(self, code: str, machine_key: bytes, key: bytes) -> None:
        self._spake = SPAKE2_B(normal(code).encode(), *_identities(machine_key, key))
        self.element: str = self._spake.start().hex()

    def finish(self, element: str) -> Confirmation:
        """Take the machine's element. Raises :class:`HandshakeError`."""
        return _finished(self._spake, element)


def new_code() -> str:
    """Make a code of six random digits in two groups, as it is shown: ``482 915``."""
    text = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    return f"{text[:3]} {text[3:]}"


def normal(code: str) -> str:
    """Give a typed code without spaces and hyphens. Raises :class:`CodeError`."""
    text = "".join(code.replace("-", "").split())
    if len(text) != CODE_DIGITS or not (text.isascii() and text.isdigit()):
        raise CodeError(f"a pairing code must be {CODE_DIGITS} digits; type it as the box shows it")
    return text


def parse(data: bytes, kind: type[_Kind]) -> _Kind:
    """Read a message. Raises :class:`HandshakeError`."""
    try:
        found = json.loads(data) if len(data) <= LARGEST_BYTES else None
    except (ValueError, RecursionError):
        found = None
    names = {each.name for each in fields(kind)}
    if not isinstance(found, Mapping) or set(found) != names:
        raise HandshakeError(f"a pairing message must have {', '.join(sorted(names))}")
    if not all(isinstance(each, str) and 0 < len(each) <= _LONGEST_WORD for each in found.values()):
        raise HandshakeError("a pairing message has a value that is no text or too long")
    return kind(**found)


def to_bytes(message: Message) -> bytes:
    """Give a message as JSON."""
    return canonical(asdict(message))


def _identities(machine_key: bytes, box_key: bytes) -> tuple[bytes, bytes]:
    return (
        _LABEL + b"machine" + hashlib.sha256(machine_key).digest(),
        _LABEL + b"box" + hashlib.sha256(box_key).digest(),
    )


def _finished(spake: Any, element: str) -> Confirmation:  # noqa: ANN401  # spake2 is untyped
    try:
        told = bytes.fromhex(element)
        if len(told) != _ELEMENT_BYTES:
            raise HandshakeError("an element of SPAKE2 must be 33 bytes in hexadecimal")
        return Confirmation(spake.finish(told))
    except (SPAKEError, ValueError, NotOnCurve) as error:
        raise HandshakeError("what the other side sent is no element of SPAKE2") from error
