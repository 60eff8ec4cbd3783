"""Makes the signed update of a package: ``script/package --sign KEY`` (see docs/updates.md)."""

import hashlib
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

TREE = Path(__file__).resolve().parents[1]
_LOWEST = "0.0.9"
"""What a release may replace, unless it says otherwise here."""


def make(package: Path, version: str, arch: str, room_bytes: int, key: Path) -> Path:
    """Write the update beside its package; needs the library cryptography. Gives its path."""
    if str(TREE) not in sys.path:
        sys.path.insert(0, str(TREE))
    from vigbox.appliance.updates.release import MOST_CHANGES, Release, signed
    from vigbox.appliance.updates.trusted import secret_key

    data = package.read_bytes()
    release = Release(
        version,
        arch,
        hashlib.sha256(data).hexdigest(),
        len(data),
        room_bytes,
        _LOWEST,
        _schema(),
        datetime.now(UTC).isoformat(timespec="seconds"),
        changes_of(version)[:MOST_CHANGES],
    )
    path = package.with_suffix(".update")
    path.write_bytes(signed(release, secret_key(key)) + data)
    return path


def changes_of(version: str) -> str:
    """Give what CHANGELOG.md says of a version: what the page shows before it is installed."""
    text = (TREE / "CHANGELOG.md").read_text("utf-8")
    found = re.search(
        rf"^## {re.escape(version)}\b.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    return found[1].strip() if found else ""


def _schema() -> str:
    text = (TREE / "vigbox/casework/schema.py").read_text("utf-8")
    found = re.search(r'^HEAD: Final = "(\d{4})"', text, re.MULTILINE)
    if not found:
        raise SystemExit("vigbox/casework/schema.py names no HEAD any more")
    return found[1]
