"""Opens a box's case identities from outside the product's processes, to hand them to age."""

from pathlib import Path

from vigbox.casework.desk import Desk
from vigbox.seal.keyring import Keyring
from vigbox.store import manifests
from vigbox.store.layout import Layout


def case_identity(data: Path, passphrase: str, recording: str, folder: Path) -> Path:
    """Write an age identity file that opens a recording; gives its path."""
    layout = Layout(data)
    keyring = Keyring()
    (practitioner,) = layout.practitioners.glob("*.age")
    keyring.unlock(practitioner.read_bytes(), passphrase)
    desk = Desk(layout, keyring)
    case = manifests.read(layout.manifest(recording)).case
    (identity,) = desk.case_identities(case)
    path = folder / "identity.txt"
    path.write_text(identity.secret_text() + "\n")
    desk.close()
    return path
