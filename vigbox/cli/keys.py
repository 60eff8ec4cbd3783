"""Whom a command seals to and whom it opens as: from its words, and from files of keys."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vigbox.cli.files import decode_text, read_text, reading
from vigbox.cli.passphrase import AskedIdentity, PassphraseSource
from vigbox.seal.armor import BEGIN
from vigbox.seal.errors import RecipientError, SealError
from vigbox.seal.header import VERSION_LINE
from vigbox.seal.identities import Identity, SecretIdentity, parse_identities
from vigbox.seal.opening import open_bytes
from vigbox.seal.recipients import Recipient, parse_recipient

_LARGEST_BYTES: Final = 1 << 20


def named_recipients(texts: Sequence[str]) -> list[Recipient]:
    """Read recipients as a command names them. Raises RecipientError."""
    # the text itself is not told: it may be a secret, given by mistake
    return [
        _parsed(parse_recipient, text, f"recipient {number} of -r")
        for number, text in enumerate(texts, 1)
    ]


def listed_recipients(path: Path) -> list[Recipient]:
    """Read a file of recipients: one a line, ``#`` comments and empty lines between.

    Raises RecipientError that names the line, FileUseError, OSError.
    """
    lines = enumerate(read_text(path).splitlines(), 1)
    found = [
        _parsed(parse_recipient, line, f"line {number} of {path}")
        for number, line in lines
        if line.strip() and not line.startswith("#")
    ]
    if not found:
        raise RecipientError(f"cannot seal to {path}: it holds no recipient (age1…)")
    return found


def read_identities(path: Path, source: PassphraseSource) -> list[SecretIdentity]:
    """Read a file of identities, which may itself be sealed to a passphrase.

    Raises SealError that names the file, FileUseError, OSError, and what asking raises.
    """
    with reading(path) as file:
        data = file.read(_LARGEST_BYTES + 1)
    with _about(path):
        if data.startswith((VERSION_LINE, BEGIN)):
            data = open_bytes(data, [AskedIdentity(source, str(path), is_alone=True)])
        return parse_identities(decode_text(data, path))


def opening_identities(
    paths: Sequence[Path], source: PassphraseSource, what: str
) -> list[Identity]:
    """Give all that ``what`` may be opened with: the files' identities, or a passphrase.

    Raises as :func:`read_identities`.
    """
    found: list[Identity] = [each for path in paths for each in read_identities(path, source)]
    if not paths or source.is_file:
        found.append(AskedIdentity(source, what, is_alone=not paths))
    return found


def _parsed(parse: Callable[[str], Recipient], text: str, where: str) -> Recipient:
    try:
        return parse(text)
    except RecipientError as error:
        raise RecipientError(f"{where}: {error}") from None


@contextmanager
def _about(path: Path) -> Iterator[None]:
    try:
        yield
    except SealError as error:
        raise type(error)(f"{path}: {error}") from None
