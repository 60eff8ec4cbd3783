"""The one kind of key that a box has: X25519, or hybrid post-quantum, chosen at set-up.

The two never share a file, since the weaker one would open it: so every practitioner, case and
sheet of a box is of the kind of its recovery sheet.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.tables import Recipient
from vigbox.seal.hybrid import is_hybrid_text
from vigbox.seal.hybrid_identities import HybridIdentity
from vigbox.seal.identities import SecretIdentity, X25519Identity


def generate(*, post_quantum: bool) -> SecretIdentity:
    """Make an identity. Raises RecipientError where this computer has no ML-KEM."""
    return HybridIdentity.generate() if post_quantum else X25519Identity.generate()


def is_post_quantum(session: Session) -> bool:
    """Tell which kind the box has."""
    found = select(Recipient.text).where(Recipient.kind == "recovery", Recipient.left_at == "")
    return is_hybrid_text(session.scalars(found).one())
