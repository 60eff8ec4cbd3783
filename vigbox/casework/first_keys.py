"""The first practitioner's keys and the recovery sheet, in memory, before a box is set up."""

from dataclasses import dataclass, field
from typing import Self

from vigbox.casework.kind import generate
from vigbox.casework.sheet import Sheet, new_sheet
from vigbox.seal.identities import SecretIdentity
from vigbox.seal.passphrases import ScryptRecipient, generate_passphrase
from vigbox.seal.sealing import seal_bytes
from vigbox.store.durable import save
from vigbox.store.layout import Layout


@dataclass(frozen=True, slots=True)
class FirstKeys:
    """What a person is shown, and reads back, before anything of it counts."""

    identity: SecretIdentity = field(repr=False)
    passphrase: str = field(repr=False)
    sheet: Sheet

    @classmethod
    def make(cls, *, post_quantum: bool) -> Self:
        """Draw them; nothing is written."""
        identity = generate(post_quantum=post_quantum)
        return cls(identity, generate_passphrase(), new_sheet(post_quantum=post_quantum))

    def keep(self, layout: Layout, who: str, work_factor: int) -> None:
        """Keep the practitioner's identity under the passphrase. Raises OSError."""
        secret = self.identity.secret_text().encode() + b"\n"
        sealed = seal_bytes(secret, [ScryptRecipient(self.passphrase, work_factor)])
        save(layout.practitioner(who), sealed)
