"""Salvages a film from one file into another, and says calmly what came of it."""

import sys
from collections.abc import Sequence
from io import SEEK_END, FileIO
from math import ceil, floor
from pathlib import Path
from typing import Final

from vigbox.cli.files import check_apart, reading
from vigbox.cli.keys import opening_identities
from vigbox.cli.outputs import writing
from vigbox.cli.passphrase import PassphraseSource
from vigbox.export.account import Account, Span
from vigbox.export.holes import HoledFilm
from vigbox.export.salvage import (
    FilmHeader,
    HeaderLostError,
    SalvageError,
    header_in_index,
    header_of,
    salvage,
)
from vigbox.seal.errors import HeaderError, HeaderMacError
from vigbox.seal.identities import Identity
from vigbox.seal.opening import open_stream

_FILM: Final = ".mp4.age"
_INDEX: Final = ".index.age"
_HEADER_BYTES: Final = 1 << 16
_TENTHS_NS: Final = 100_000_000


def run(
    film_path: Path,
    output_path: Path,
    keys: Sequence[Path],
    index_path: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Salvage a film. Raises SalvageError, SealError, BoxError, FileUseError, OSError."""
    inputs = [film_path, *keys, *(each for each in (index_path, passphrase_file) if each)]
    check_apart(output_path, inputs)
    source = PassphraseSource(passphrase_file)
    identities = opening_identities(keys, source, str(film_path))
    with film_path.open("rb", buffering=0) as file:
        film = _holed(file, film_path, identities)
        header = _header(film, film_path, index_path, identities)
        with writing(output_path) as output:
            account = salvage(film, header, output.write)
    told = [account_told(account), *broken_told(account), *_holes_told(film)]
    sys.stderr.writelines(f"{line}\n" for line in told)


def _holed(file: FileIO, path: Path, identities: Sequence[Identity]) -> HoledFilm:
    def pread(offset: int, size: int) -> bytes:
        file.seek(offset)
        return file.read(size)

    try:
        return HoledFilm(pread, file.seek(0, SEEK_END), identities)
    except (HeaderError, HeaderMacError) as error:
        raise SalvageError(
            f"cannot salvage {path}: the start of the file, which holds the key to all of it, is "
            f"damaged ({error})"
        ) from error
    except OSError as error:
        raise SalvageError(
            f"cannot salvage {path}: the start of the file, which holds the key to all of it, "
            f"cannot be read ({error.strerror or error})"
        ) from error


def _header(
    film: HoledFilm, path: Path, index_path: Path | None, identities: Sequence[Identity]
) -> FilmHeader:
    try:
        return header_of(film)
    except HeaderLostError:
        beside = path.with_name(path.name.removesuffix(_FILM) + _INDEX)
        index_path = index_path or (beside if path.name.endswith(_FILM) else None)
        if index_path is None or not index_path.is_file():
            raise
    with reading(index_path) as file:
        return header_in_index(open_stream(file, identities).read(_HEADER_BYTES))


def account_told(account: Account) -> str:
    """Say in one line what there is of a film, and which seconds are missing."""
    found = f"recovered {_tenths(account.recovered_ns)} s"
    if account.length_ns is not None:
        found += f" of {_tenths(account.length_ns)} s"
    gaps = _joined(account.missing)
    if account.missing_from_ns is not None:
        gaps.append(f"from {_tenths(account.missing_from_ns)} s on")
    return f"{found}; {'missing ' + _listed(gaps) if gaps else 'nothing is missing'}"


def broken_told(account: Account) -> list[str]:
    """Say where pictures are there, and cannot be seen well."""
    spans = _joined(account.broken)
    if not spans:
        return []
    return [f"the picture is broken {_listed(spans)}: it leans on pictures that are lost"]


def _holes_told(film: HoledFilm) -> list[str]:
    told = [
        (len(film.damaged), "damaged or cut off"),
        (len(film.unreadable), "not readable on the disk"),
    ]
    return [f"parts of 64 KiB that are {what}: {count}" for count, what in told if count]


def _joined(spans: Sequence[Span]) -> list[str]:
    """Give spans as text, to the tenth of a second around them, those that touch as one."""
    tenths: list[list[int]] = []
    for start, end in spans:
        first, last = floor(start / _TENTHS_NS), ceil(end / _TENTHS_NS)
        if tenths and first <= tenths[-1][1]:
            tenths[-1][1] = last
        else:
            tenths.append([first, last])
    return [f"{first / 10:.1f}\N{EN DASH}{last / 10:.1f} s" for first, last in tenths]


def _listed(spans: Sequence[str]) -> str:
    return " and ".join([*filter(None, [", ".join(spans[:-1])]), spans[-1]])


def _tenths(time_ns: int) -> str:
    return f"{time_ns / 1e9:.1f}"
