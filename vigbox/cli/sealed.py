"""Seals a stream as ``vigbox seal`` does."""

from collections.abc import Sequence
from io import BufferedReader
from typing import Final

from vigbox.cli.files import is_regular
from vigbox.cli.outputs import Gathering, Output
from vigbox.seal.armor import ArmorWriter
from vigbox.seal.recipients import Recipient
from vigbox.seal.sealing import SealingWriter

_PIECE_BYTES: Final = 1 << 20


def seal(
    source: BufferedReader, output: Output, recipients: Sequence[Recipient], *, is_armored: bool
) -> None:
    """Seal a stream to its end. Raises SealError, OSError."""
    if not is_armored:
        with SealingWriter(output.write, recipients) as writer:
            _copy(source, output, writer)
        return
    # an armor comes line by line
    gathering = Gathering(output)
    armor = ArmorWriter(gathering)
    with SealingWriter(armor, recipients) as writer:
        _copy(source, output, writer)
    armor.close()
    gathering.close()


def _copy(source: BufferedReader, output: Output, writer: SealingWriter) -> None:
    if is_regular(source.fileno()) and output.is_regular:
        writer.write_from(source)
        return
    # a second thread that waits for a pipe or a person could not be interrupted, nor a read that
    # goes on within the library until it has all: a signal between two of its calls is not seen
    while piece := source.read1(_PIECE_BYTES):
        writer.write(piece)
