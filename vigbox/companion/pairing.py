"""Pair this machine with a box: both prove the code, neither sends it."""

import ssl
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from vigbox.companion import home as homes
from vigbox.companion.home import HomeError, PairedBox
from vigbox.companion.link import AddressError, BoxUnreachableError, Link, normal_address
from vigbox.companion.trust import SeenTls
from vigbox.delivery import handshake
from vigbox.delivery.certificates import (
    CertificateError,
    fingerprint,
    key_of_certificate,
    key_of_request,
    new_key,
    request_for,
)
from vigbox.delivery.handshake import (
    Answer,
    Confirmation,
    Hello,
    MachineSide,
    Proof,
    Reply,
    WrongCodeError,
)
from vigbox.delivery.manifest import is_id
from vigbox.errors import VigboxError
from vigbox.seal.errors import SealError
from vigbox.seal.signing import VerifyKey

_PATIENCE_S: Final = 10.0
_PORT: Final = 443


class FalseBoxError(VigboxError):
    """What answered does not know the code: it is not the box that shows it."""


def pair(address: str, code: str, name: str, home: Path) -> PairedBox:
    """Pair and keep what the box answered, in place of an earlier pairing; then prove the link.

    ``code`` is as the box shows it, ``name`` is how the box will list this machine. Raises
    CodeError, AddressError, BoxUnreachableError (WrongTimeError: it is paired, and a clock is
    wrong), BoxRefusedError (a wrong code, a closed window), :class:`FalseBoxError`,
    HandshakeError, HomeError.
    """
    recipient = str(homes.identity(home).recipient)
    key = new_key()
    request = request_for(key)
    seen = _shown_at(address)
    side = MachineSide(code, key_of_request(request), key_of_certificate(seen))
    with Link(address, SeenTls(ssl.PEM_cert_to_DER_cert(seen))) as link:
        hello = handshake.to_bytes(Hello(side.element, request))
        reply = handshake.parse(link.post("/api/pair/begin", hello), Reply)
        proven = side.finish(reply.element)
        proof = proven.sign(Proof(reply.run, name, recipient))
        told = link.post("/api/pair/prove", handshake.to_bytes(proof))
        answer = handshake.parse(told, Answer)
    _check(proven, answer, key_of_request(request))
    box = PairedBox(
        link.address,
        answer.box_id,
        answer.box_name,
        answer.box_verify_key,
        answer.authority,
        answer.machine_id,
    )
    homes.save_box(home, box, answer.certificate + key)
    with Link(box.address, homes.tls(home, box)) as link:
        link.get("/api/exports")
    return box


def _shown_at(address: str) -> str:
    """Give the certificate that an address shows, PEM: nothing is believed of it yet."""
    parts = urlsplit(normal_address(address))
    if parts.scheme != "https":
        raise AddressError("a machine is paired over https alone; give the address as it is shown")
    where = (parts.hostname or "", parts.port or _PORT)
    try:
        return ssl.get_server_certificate(where, timeout=_PATIENCE_S)
    except OSError as error:
        raise BoxUnreachableError(
            f"cannot reach a box at {parts.netloc} ({type(error).__name__}); "
            "switch the box on and join its Wi-Fi"
        ) from error


def _check(proven: Confirmation, answer: Answer, key: bytes) -> None:
    try:
        proven.check(answer)
    except WrongCodeError as error:
        raise FalseBoxError(
            "what answers at this address does not know the code; nothing was kept. Check that "
            "you are on the box's own Wi-Fi"
        ) from error
    try:
        VerifyKey.from_text(answer.box_verify_key)
        fingerprint(answer.authority)
        is_good = is_id(answer.machine_id) and key_of_certificate(answer.certificate) == key
    except (SealError, CertificateError):
        is_good = False
    if not is_good:
        raise HomeError("the box answered without keys that can be used; update it")
