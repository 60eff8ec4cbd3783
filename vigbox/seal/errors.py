"""What can go wrong when sealing or opening; each text is one clear sentence."""

from vigbox.errors import VigboxError


class SealError(VigboxError):
    """Base of everything the seal package raises of its own."""


class HeaderError(SealError):
    """A header that is not age v1, or a stanza in it that is malformed."""


class CutHeaderError(HeaderError, EOFError):
    """The file ends before its payload begins: nothing of it was ever readable."""


class HeaderMacError(SealError):
    """The header was changed after it was sealed."""


class NoMatchError(SealError):
    """None of the identities given opens the file."""


class WrongPassphraseError(NoMatchError):
    """The passphrase is not the one the file was sealed with."""


class PayloadError(SealError):
    """A chunk is damaged, or the file ends early or late."""


class ArmorError(SealError):
    """The text is not age's armor."""


class RecipientError(SealError):
    """The text of a recipient or identity is not one, or cannot be used like that."""


class SealerError(SealError):
    """A sealer cannot go on: it ended, or its sink failed."""


class SignatureError(SealError):
    """A signature is not by this key, or the text of a key is not one."""


class LockedError(SealError):
    """The keyring is locked; its identities are wiped."""
