"""Gets every whole fragment out of a film that was cut or damaged, as a film that plays.

What was lost stays lost in time: the fragments keep their own times, and nothing moves up.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vigbox.errors import VigboxError
from vigbox.export.account import Account, FilmAccount
from vigbox.export.found import FoundEvent, FragmentFinder, box_at, read_box
from vigbox.export.holes import HoledFilm
from vigbox.media.boxes import HEADER_BYTES, BoxError, iter_boxes
from vigbox.media.events import parse_event
from vigbox.media.moov import PICTURE_TRACK, SOUND_TRACK
from vigbox.media.tables import tracks_of

_HEADER_KINDS: Final = frozenset({b"ftyp", b"uuid", b"moov", b"free"})
_RECORD: Final = struct.Struct(">QI")


class SalvageError(VigboxError):
    """Nothing of the film can be brought back."""


class HeaderLostError(SalvageError):
    """The film's own beginning, which tells how its pictures are to be read, is lost."""


@dataclass(frozen=True, slots=True)
class FilmHeader:
    """The beginning of a film: its bytes, where its fragments begin, the rate of each track."""

    data: bytes
    end: int
    rates: dict[int, int]


def salvage(film: HoledFilm, header: FilmHeader, write: Callable[[bytes], object]) -> Account:
    """Write the header and every whole fragment and event; tell what is there and what is not.

    Raises :class:`SalvageError` when there is no fragment, OSError, and what ``write`` raises.
    """
    finder = FragmentFinder(film, frozenset(header.rates))
    account = FilmAccount(header.rates)
    write(header.data)
    for piece in finder.walk(header.end):
        write(piece.data)
        if isinstance(piece, FoundEvent):
            _take_event(account, piece)
        else:
            account.add(piece.number, piece.runs)
    film.see_rest()
    if account.is_empty:
        raise SalvageError("cannot salvage the film: no whole fragment of it is left")
    return account.settle(is_finished=film.is_finished, has_lost=finder.has_lost)


def header_of(film: HoledFilm) -> FilmHeader:
    """Read a film's own beginning.

    Raises :class:`HeaderLostError`; SalvageError and BoxError when the file is no film; OSError.
    """
    if film.chunk(0) is None:
        raise HeaderLostError(
            "cannot salvage the film: its first 64 KiB are lost, and with them what every picture "
            "is read with. Give --index FILE, the film's .index.age, which holds a copy."
        )
    data, at = b"", 0
    while (here := box_at(film, at)) and here.kind in _HEADER_KINDS:
        box = read_box(film, here)
        at = here.end
        if box is None:
            break
        data += box
        if here.kind == b"moov":
            return FilmHeader(data, at, _rates(box[HEADER_BYTES:]))
    raise SalvageError("cannot salvage the file: it can be opened, but is no film of a box")


def header_in_index(index: bytes) -> FilmHeader:
    """Take a film's beginning from the start of the index beside it.

    Raises :class:`HeaderLostError` when it is not there.
    """
    if len(index) >= _RECORD.size:
        offset, size = _RECORD.unpack_from(index)
        data = index[_RECORD.size :][:size]
        boxes = iter_boxes(lambda at, count: data[at : at + count], 0, len(data))
        for each in boxes if offset == 0 else ():
            if each.kind == b"moov":
                # the film is searched from its first byte on: that this is its header is not known
                return FilmHeader(data, 0, _rates(data[each.body : each.end]))
    raise HeaderLostError("cannot salvage the film: the index given does not begin like one")


def _rates(moov: bytes) -> dict[int, int]:
    known = (PICTURE_TRACK, SOUND_TRACK)
    return {each.number: each.rate for each in tracks_of(moov) if each.number in known}


def _take_event(account: FilmAccount, found: FoundEvent) -> None:
    try:
        event = parse_event(found.payload)
    except BoxError:
        return
    if event and event.kind == "stop":
        account.stop(event.time_ns)
