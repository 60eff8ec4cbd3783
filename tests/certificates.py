"""An authority as a box has one, and certificates of it, for tests that need no set-up box."""

import functools
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from vigbox.appliance.authority import Authority, pem_of_key
from vigbox.appliance.certificates import BoxIssuer
from vigbox.delivery.certificates import key_of_request, new_key, request_for

NAME = "vb-test.home.arpa"
ADDRESS = "127.0.0.1"


@functools.cache
def authority() -> Authority:
    return Authority.make(NAME, [ADDRESS])


def issue(machine_id: str) -> str:
    """Give a machine's certificate whose key nobody keeps."""
    return authority().machine_certificate(key_of_request(request_for(new_key())), machine_id)


def keep(
    folder: Path, by: Authority | None = None, now: datetime | None = None, name: str = NAME
) -> BoxIssuer:
    """Put a box's certificate (``box.pem``) and its authority's into a folder."""
    by = by or authority()
    key = ec.generate_private_key(ec.SECP256R1())
    signed = by.box_certificate(key.public_key(), name, [ADDRESS], now or datetime.now(UTC))
    (folder / "box.pem").write_bytes(signed.encode() + pem_of_key(key))
    (folder / "authority.pem").write_text(by.certificate_pem())
    box_key = key_of_request(request_for(pem_of_key(key).decode()))
    return BoxIssuer(by, box_key, NAME)
