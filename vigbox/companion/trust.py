"""How this machine knows its box: by the one authority that pairing proved, and by nothing else."""

import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigbox.errors import VigboxError


class TrustError(VigboxError):
    """The certificates that pairing left cannot be used."""


@dataclass(frozen=True, slots=True)
class PairedTls:
    """TLS with the paired box alone: its authority, its own name, this machine's certificate.

    The name is checked and not the address, so that the box may be reached at any.
    """

    authority: str
    box_name: str
    certificate: Path

    def pool(self) -> dict[str, Any]:
        """Give urllib3's words for it. Raises :class:`TrustError`."""
        context = _context()
        try:
            context.load_verify_locations(cadata=self.authority)
            context.load_cert_chain(self.certificate)
        except (OSError, ValueError) as error:
            raise TrustError(
                f"cannot use this machine's certificate {self.certificate}: {error}. Pair again "
                "with vigbox pair."
            ) from error
        return {"ssl_context": context, "server_hostname": self.box_name}


@dataclass(frozen=True, slots=True)
class SeenTls:
    """TLS with whoever showed this certificate (DER), before it is proved whose that is."""

    certificate: bytes

    def pool(self) -> dict[str, Any]:
        """Give urllib3's words for it."""
        context = _context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        seen = hashlib.sha256(self.certificate).hexdigest()
        return {"ssl_context": context, "assert_fingerprint": seen}


def _context() -> ssl.SSLContext:
    # checks the name and demands a certificate; no system's authorities are in it
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
