"""What a file from elsewhere says it is: enough to force one demuxer, and to refuse the rest.

Only containers that phones, camcorders and video calls write. Playlists and scripts (HLS, DASH,
concat, SDP) are texts and never among them, so nothing is fetched on a file's word.
"""

from typing import Final

from vigbox.errors import VigboxError

HEAD_BYTES: Final = 4096
"""As much of a file's beginning is looked at."""

_ATOMS: Final = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_EBML: Final = b"\x1a\x45\xdf\xa3"
_TS_SYNC: Final = 0x47
_TS_PACKETS: Final = ((0, 188), (4, 192))
_TS_LOOKS: Final = 5


class NotAFilmError(VigboxError):
    """A file from elsewhere is no film of a kind that is read here."""


def demuxer_of(head: bytes) -> str:
    """Name FFmpeg's demuxer for a file that begins like this: mov, matroska, avi or mpegts.

    Raises :class:`NotAFilmError`.
    """
    if head[4:8] in _ATOMS:
        return "mov"
    if head.startswith(_EBML):
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if any(_is_stream(head, first, size) for first, size in _TS_PACKETS):
        return "mpegts"
    if head.lstrip().startswith(b"#EXTM3U"):
        raise NotAFilmError(
            "This is a list of addresses, not a film. Choose the film itself (MP4, MOV, WebM)."
        )
    raise NotAFilmError(
        "This is not a film that can be read here. Choose an MP4, MOV, WebM, MKV, AVI or MTS file."
    )


def _is_stream(head: bytes, first: int, size: int) -> bool:
    syncs = head[first : first + _TS_LOOKS * size : size]
    return len(syncs) == _TS_LOOKS and all(each == _TS_SYNC for each in syncs)
