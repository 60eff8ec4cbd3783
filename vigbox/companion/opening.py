"""Open a verified part into its case's folder: elsewhere until every byte of it is right."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from vigbox.companion.names import folded, numbered, safe_name
from vigbox.companion.verify import VerifyError, sha256_of
from vigbox.delivery import contents
from vigbox.delivery.contents import ContentFile, Contents, ContentsError
from vigbox.seal.errors import SealError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import StreamReader
from vigbox.store import durable

SEALED: Final = ".age"
ABOUT: Final = "about.json"
"""What the files of an export are, and what they rest on, beside them."""
_PIECE_BYTES: Final = 256 * 1024


def read_contents(sealed: Path, identity: X25519Identity) -> Contents:
    """Open an export's contents. Raises :class:`VerifyError`, ContentsError, OSError."""
    data = bytearray()
    for piece in _plain(sealed, identity):
        data += piece
        if len(data) > contents.LARGEST_BYTES:
            raise ContentsError("the export's contents are far too long; make the export again")
    return contents.parse(bytes(data))


def case_folder(dest: Path, case: str) -> Path:
    """Give a case's own folder in DEST, made when missing. Raises OSError.

    Cases whose codes differ in large and small letters alone stay apart on every system.
    """
    name = safe_name(case, "case")
    taken = {folded(each.name): each for each in dest.iterdir()}
    number = 1
    while (there := taken.get(folded(numbered(name, number)))) is not None:
        if there.name == numbered(name, number) and there.is_dir():
            return there
        number += 1
    folder = dest / numbered(name, number)
    folder.mkdir(mode=0o700)
    return folder


def open_part(sealed: Path, file: ContentFile, identity: X25519Identity, folder: Path) -> Path:
    """Open a part into ``folder`` and give the opened file, durable.

    It lies beside the sealed part until every byte is right. A file that is the same already is
    left and given; a different one of that name is kept, and ours becomes ``NAME (2)``. Raises
    :class:`VerifyError` (nothing is left), OSError.
    """
    name = safe_name(file.name, sealed.name.removesuffix(SEALED))
    target, is_there = _place(folder, name, "", lambda: file.sha256)
    if not is_there:
        temporary = sealed.with_name(sealed.name.removesuffix(SEALED) + durable.TEMPORARY)
        try:
            _write(temporary, _checked(_plain(sealed, identity), file))
            temporary.rename(target)
        finally:
            temporary.unlink(missing_ok=True)
        durable.sync_folder(folder)
    return target


def keep_part(sealed: Path, file: ContentFile, folder: Path) -> Path:
    """Keep a part sealed in ``folder``, under its person's name with ``.age``; as open_part."""
    return _keep(sealed, safe_name(file.name, sealed.name.removesuffix(SEALED)), folder)


def _keep(sealed: Path, name: str, folder: Path) -> Path:
    target, is_there = _place(folder, name, SEALED, lambda: sha256_of(sealed))
    if not is_there:
        _give(sealed, target)
        durable.sync_folder(folder)
    return target


def put_about(contents: Contents, files: list[str], sealed: Path, folder: Path) -> Path:
    """Put what an export says of itself beside its files, in codes alone, and give it, durable.

    It names the ``files`` that it is about; ``sealed`` is the part it was read from. As
    :func:`open_part`, with a number where there is another already. Raises OSError.
    """
    about = contents.about
    facts = {
        "case": contents.case,
        "files": files,
        "what": about.what,
        "purpose": about.purpose,
        "made_at": about.made_at,
        "rests_on": [asdict(each) for each in about.rests_on],
    }
    data = (json.dumps(facts, indent=2) + "\n").encode()
    target, is_there = _place(folder, ABOUT, "", lambda: hashlib.sha256(data).hexdigest())
    if not is_there:
        temporary = sealed.with_name(ABOUT + durable.TEMPORARY)
        _write(temporary, iter([data]))
        temporary.rename(target)
        durable.sync_folder(folder)
    return target


def keep_about(sealed: Path, folder: Path) -> Path:
    """Keep an export's contents sealed beside its files, as ``about.json.age``; as keep_part."""
    return _keep(sealed, ABOUT, folder)


def _place(folder: Path, name: str, ending: str, sha256: Callable[[], str]) -> tuple[Path, bool]:
    """Give where a file belongs, and whether this very file is there already.

    No two names are used that some system takes for one.
    """
    taken = {folded(each.name): each for each in folder.iterdir()}
    number = 1
    while True:
        target = folder / (numbered(name, number) + ending)
        there = taken.get(folded(target.name))
        if there is None:
            return target, False
        if there.is_file() and sha256_of(there) == sha256():
            return there, True
        number += 1


def _give(sealed: Path, target: Path) -> None:
    """Let the part be found under the other name too, so that a cut does not have it fetched again.

    On a disk that knows no second name, it is under the other name alone.
    """
    try:
        target.hardlink_to(sealed)
    except OSError:
        sealed.rename(target)


def _plain(sealed: Path, identity: X25519Identity) -> Iterator[bytes]:
    try:
        with sealed.open("rb") as source:
            reader = StreamReader(source, [identity])
            while piece := reader.read(_PIECE_BYTES):
                yield piece
    except SealError as error:
        raise VerifyError(
            f"{sealed.name} cannot be opened by this machine ({error}); pair again, and make the "
            "export again on the box"
        ) from error


def _checked(pieces: Iterator[bytes], file: ContentFile) -> Iterator[bytes]:
    """Pass the pieces on; raises :class:`VerifyError` before too much, or at a wrong end."""
    found = hashlib.sha256()
    size_bytes = 0
    for piece in pieces:
        found.update(piece)
        size_bytes += len(piece)
        if size_bytes > file.size_bytes:
            break
        yield piece
    if (size_bytes, found.hexdigest()) != (file.size_bytes, file.sha256):
        raise VerifyError(
            f"{file.name!r} is not what the export's contents say; make the export again on the box"
        )


def _write(path: Path, pieces: Iterator[bytes]) -> None:
    path.unlink(missing_ok=True)

    def private(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    with open(path, "xb", opener=private) as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
