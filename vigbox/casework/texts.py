"""Free text, names and signatures, sealed once more under the case's own key.

Each is one age file, sealed to the case's recipient. So whoever destroys every wrap of the case's
identity takes the words with the films, out of every copy of the database there may be.
"""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.orm import object_session

from vigbox.errors import VigboxError
from vigbox.seal.identities import Identity
from vigbox.seal.opening import open_bytes
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes

INFO: Final = "texts"
"""Where a database session carries its reader."""


def seal_text(recipient: str, text: str) -> bytes:
    """Seal a text to a case's recipient; no text stays no bytes. Raises RecipientError."""
    return seal_bytes(text.encode(), [parse_recipient(recipient)]) if text else b""


class CaseTexts:
    """Reads sealed texts with the identities of an unlocked box."""

    def __init__(self, identities_of: Callable[[str], Sequence[Identity]]) -> None:
        self._identities_of = identities_of

    def read(self, case: str, sealed: bytes) -> str:
        """Give a text, or none when this practitioner may not open the case, or nobody can."""
        if not sealed:
            return ""
        try:
            return open_bytes(sealed, self._identities_of(case)).decode()
        except (VigboxError, OSError):
            return ""


def text_of(row: object, case: str, sealed: bytes) -> str:
    """Give a row's sealed text with the reader of its session; none outside of one."""
    session = object_session(row)
    texts: CaseTexts | None = session.info.get(INFO) if session is not None else None
    return texts.read(case, sealed) if texts is not None else ""
