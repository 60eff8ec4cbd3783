"""An export's manifest: the parts, their sizes and their hashes, signed by the box.

It is read as hostile input. It holds no human words: those travel sealed, in the contents.
Each part has the hash of its whole and one of every 8 MiB piece, so that a machine finds what
was spoilt on the way, or on its own disk, and fetches that piece alone again.
"""

import base64
import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from vigbox.errors import VigboxError
from vigbox.model import canonical
from vigbox.seal.signing import SigningKey, VerifyKey

VERSION: Final = 1
MANIFEST: Final = "manifest.json"
LARGEST_BYTES: Final = 1 << 20
"""No signed manifest is larger."""
PIECE_BYTES: Final = 8 << 20
"""What has a hash of its own; the last piece of a part is shorter."""
_MOST_PARTS: Final = 1_000
_LARGEST_PART_BYTES: Final = 1 << 36
"""64 GiB: more than a card holds, and its pieces' hashes fill half a manifest."""
_LABEL: Final = b"vigbox export manifest v1\n"
_ID: Final = re.compile(r"[0-9a-f]{32}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)", re.ASCII)
_PART_NAME: Final = re.compile(r"(?=.{1,64}\Z)[a-z0-9][a-z0-9.-]*\.age")
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.ASCII)


class ManifestError(VigboxError):
    """A manifest is not one, or this box did not sign it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed file of an export.

    ``sha256`` is of its sealed bytes, 64 hexadecimal digits; ``pieces`` are the same of every
    :data:`PIECE_BYTES` of them, in order.
    """

    name: str
    size_bytes: int
    sha256: str
    pieces: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what could not be a part. Raises :class:`ManifestError`."""
        if not is_part_name(self.name):
            raise ManifestError(
                f"a part's name must be small letters, digits, dots and hyphens, at most 64, "
                f"and end in .age, not {self.name!r}"
            )
        if type(self.size_bytes) is not int or not 0 < self.size_bytes <= _LARGEST_PART_BYTES:
            raise ManifestError(f"the size of part {self.name} is out of range")
        if not is_sha256(self.sha256):
            raise ManifestError(f"the hash of part {self.name} is not a SHA-256")
        self._check_pieces()

    def piece_bytes(self, index: int) -> int:
        """Give the size of a piece."""
        return min(PIECE_BYTES, self.size_bytes - index * PIECE_BYTES)

    def _check_pieces(self) -> None:
        count = -(-self.size_bytes // PIECE_BYTES)
        if len(self.pieces) != count or not all(is_sha256(each) for each in self.pieces):
            raise ManifestError(f"part {self.name} must have {count} hashes of its pieces")
        if count == 1 and self.pieces[0] != self.sha256:
            raise ManifestError(f"part {self.name} is one piece, and has two hashes")


@dataclass(frozen=True, slots=True)
class ExportManifest:
    """One export; ids are 32 hexadecimal digits, ``created_at`` is ISO 8601 in UTC."""

    export_id: str
    machine_id: str
    created_at: str
    parts: tuple[Part, ...]
    version: int = VERSION

    def __post_init__(self) -> None:
        """Refuse what could not be an export. Raises :class:`ManifestError`."""
        if type(self.version) is not int or self.version != VERSION:
            raise ManifestError(f"the manifest's version must be {VERSION}, not {self.version!r}")
        if not (is_id(self.export_id) and is_id(self.machine_id)):
            raise ManifestError("the manifest's ids must be 32 hexadecimal digits")
        if not _matches(_TIME, self.created_at):
            raise ManifestError("the manifest's time must be ISO 8601 in UTC")
        if not 0 < len(self.parts) <= _MOST_PARTS:
            raise ManifestError(f"an export must have 1 to {_MOST_PARTS} parts")
        if len({each.name for each in self.parts}) != len(self.parts):
            raise ManifestError("the manifest names a part twice")

    @property
    def size_bytes(self) -> int:
        """All parts together."""
        return sum(each.size_bytes for each in self.parts)

    def part(self, name: str) -> Part | None:
        """Find a part by its name."""
        return next((each for each in self.parts if each.name == name), None)

    def to_bytes(self) -> bytes:
        """Give the one byte form that is signed: canonical JSON."""
        return canonical(asdict(self))

    def sign(self, key: SigningKey) -> bytes:
        """Give the signed manifest: ``{"manifest": TEXT, "signature": BASE64}``.

        Raises :class:`ManifestError` when nobody would read it: it is too large.
        """
        text = self.to_bytes()
        signature = base64.b64encode(key.sign(_LABEL + text)).decode()
        signed = canonical({"manifest": text.decode(), "signature": signature})
        if len(signed) > LARGEST_BYTES:
            raise ManifestError("the export is too large for one manifest; make two of it")
        return signed


def parse_signed(data: bytes, key: VerifyKey) -> ExportManifest:
    """Read a signed manifest: first its signature, then its text.

    Raises :class:`ManifestError` for anything that :meth:`ExportManifest.sign` does not make.
    """
    text, signature = _signed_fields(data)
    try:
        key.verify(_LABEL + text, signature)
    except VigboxError as error:
        raise ManifestError("the manifest is not signed by this box; do not use it") from error
    return _parse(text)


def parse_own(data: bytes) -> ExportManifest:
    """Read a signed manifest from the box's own folder, where the signature adds nothing.

    Raises :class:`ManifestError`.
    """
    return _parse(_signed_fields(data)[0])


def is_id(text: object) -> bool:
    """Tell whether this is an id as :func:`vigbox.model.new_id` makes them."""
    return _matches(_ID, text)


def is_sha256(text: object) -> bool:
    """Tell whether this is a SHA-256 in hexadecimal, in the one spelling we use."""
    return _matches(_HASH, text)


def is_part_name(text: object) -> bool:
    """Tell whether every system can hold a file of this name, and it says it is sealed."""
    return _matches(_PART_NAME, text) and not _matches(_DEVICE, text)


def _matches(pattern: re.Pattern[str], text: object) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _signed_fields(data: bytes) -> tuple[bytes, bytes]:
    fields = _json_object(data)
    match fields:
        case {"manifest": str(text), "signature": str(signature)} if len(fields) == len(
            ("manifest", "signature")
        ):
            pass
        case _:
            raise ManifestError("a signed manifest must have a manifest and a signature, no more")
    try:
        return text.encode(), base64.b64decode(signature, validate=True)
    except ValueError as error:
        raise ManifestError(f"the signed manifest is malformed: {error}") from error


def _parse(text: bytes) -> ExportManifest:
    fields = _json_object(text)
    try:
        parts = tuple(_part(**each) for each in fields.pop("parts"))
        manifest = ExportManifest(parts=parts, **fields)
    except (KeyError, TypeError) as error:
        raise ManifestError(f"the manifest is malformed: {error}") from error
    # One text, one meaning: no key twice, no other spelling of the same values.
    if manifest.to_bytes() != text:
        raise ManifestError("the manifest is not in its canonical form")
    return manifest


def _part(pieces: object, **facts: Any) -> Part:  # noqa: ANN401  # JSON
    if not isinstance(pieces, list):
        raise ManifestError("the pieces of a part must be a list")
    return Part(pieces=tuple(pieces), **facts)


def _json_object(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_BYTES:
        raise ManifestError(f"a manifest must be at most {LARGEST_BYTES} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"the manifest is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ManifestError("the manifest is not a JSON object")
    return found
