"""Pair this machine with a box: both prove the code, neither sends it."""

from pathlib import Path

from vigbox.companion.home import HomeError, PairedBox, ca_file, identity, save_box
from vigbox.companion.link import Link
from vigbox.delivery import handshake
from vigbox.delivery.handshake import Answer, Ask, Handshake, WrongCodeError
from vigbox.errors import VigboxError
from vigbox.seal.errors import SealError
from vigbox.seal.signing import VerifyKey


class FalseBoxError(VigboxError):
    """What answered does not know the code: it is not the box that shows it."""


def pair(address: str, code: str, name: str, home: Path) -> PairedBox:
    """Pair and keep what the box answered, durably, in place of an earlier box.

    ``code`` is as the box shows it, ``name`` is how the box will list this machine. Raises
    CodeError, AddressError, BoxUnreachableError, BoxRefusedError (a wrong code, a closed
    window), :class:`FalseBoxError`, HandshakeError, HomeError.
    """
    ask = Ask(name, str(identity(home).recipient), handshake.new_nonce())
    proof = Handshake(code, ask.nonce)
    signed = Ask(ask.name, ask.recipient, ask.nonce, proof.mac(ask))
    with Link(address, ca=ca_file(home)) as link:
        answer = handshake.parse_answer(link.post("/api/pair", handshake.to_bytes(signed)))
    _check(proof, answer)
    box = PairedBox(
        link.address, answer.box_id, answer.box_verify_key, answer.machine_id, answer.token
    )
    save_box(home, box)
    return box


def _check(proof: Handshake, answer: Answer) -> None:
    try:
        proof.check(answer)
    except WrongCodeError as error:
        raise FalseBoxError(
            "what answers at this address does not know the code; nothing was kept. Check that "
            "you are on the box's own Wi-Fi"
        ) from error
    try:
        VerifyKey.from_text(answer.box_verify_key)
    except SealError as error:
        raise HomeError("the box answered without a key that can be used; update it") from error
