"""Makes identities and shows their recipients, in the format of age-keygen."""

import sys
from pathlib import Path

from vigbox.cli.files import check_apart, is_standard, is_terminal
from vigbox.cli.keys import read_identities
from vigbox.cli.outputs import writing
from vigbox.cli.passphrase import PassphraseSource
from vigbox.model import now_at
from vigbox.seal.hybrid_identities import HybridIdentity
from vigbox.seal.identities import SecretIdentity, X25519Identity


def make(path: Path | None, *, is_post_quantum: bool) -> None:
    """Make an identity; its recipient is told on standard error unless it was on a terminal.

    Raises RecipientError without ML-KEM, FileUseError when the file exists, OSError.
    """
    kind = HybridIdentity if is_post_quantum else X25519Identity
    identity: SecretIdentity = kind.generate()
    text = f"# created: {now_at()}\n# public key: {identity.recipient}\n{identity.secret_text()}\n"
    with writing(path, must_be_new=True) as output:
        output.write(text.encode())
    if not (is_standard(path) and is_terminal()):
        sys.stderr.write(f"Public key: {identity.recipient}\n")


def show_recipients(
    path: Path | None, output_path: Path | None, passphrase_file: Path | None
) -> None:
    """Write the recipients of a file of identities, one a line; raises as reading it does."""
    path = path or Path("-")
    check_apart(output_path, [path])
    identities = read_identities(path, PassphraseSource(passphrase_file))
    with writing(output_path) as output:
        output.write("".join(f"{each.recipient}\n" for each in identities).encode())
