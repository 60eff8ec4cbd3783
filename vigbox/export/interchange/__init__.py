"""What was noted about a recording, in the formats of the tools that people use.

Numbers, codes, roles and principles only: no name of a clip, no note, none of anybody's words.
"""

from collections.abc import Callable
from typing import Final

from vigbox.export.interchange import annotations, boris, document, elan, losslesscut, webvtt
from vigbox.export.interchange.noted import Noted
from vigbox.export.pieces import Piece, Sink, Step

FORMATS: Final[dict[str, tuple[str, Callable[[Noted], bytes]]]] = {
    "csv": (".csv", losslesscut.to_bytes),
    "webvtt": (".vtt", webvtt.to_bytes),
    "json": (".json", document.to_bytes),
    "elan": (".eaf", elan.to_bytes),
    "boris": (".boris", boris.to_bytes),
    "annotations": (".jsonld", annotations.to_bytes),
}
"""By the word that an export asks for: the ending of the file, and what makes its bytes."""


def piece(noted: Noted, wanted: str) -> Piece:
    """Give what was noted as one file of an export. Raises KeyError for no format of ours."""
    ending, to_bytes = FORMATS[wanted]

    def write(sink: Sink, step: Step) -> None:
        step(0.0)
        sink.write(to_bytes(noted))
        step(1.0)

    return Piece(noted.media.removesuffix(".mp4") + ending, wanted, write)
