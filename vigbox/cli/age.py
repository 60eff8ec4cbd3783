"""``keygen``, ``seal`` and ``open``: like age."""

import argparse
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from vigbox.model import now_at

_PIECE_BYTES: Final = 1 << 20


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the parser."""
    keygen = commands.add_parser("keygen", help="make an identity")
    keygen.add_argument("-o", "--output", type=Path)
    keygen.set_defaults(command=_run_keygen)
    for name, flag, told, command in (
        ("seal", "-r", "RECIPIENT", _run_seal),
        ("open", "-i", "IDENTITYFILE", _run_open),
    ):
        each = commands.add_parser(name, help=f"{name} an age file")
        each.add_argument(flag, dest="keys", metavar=told, action="append", required=True)
        each.add_argument("-o", "--output", type=Path, help="default: standard output")
        each.add_argument("input", nargs="?", type=Path, help="default: standard input")
        each.set_defaults(command=command)


def _run_keygen(given: argparse.Namespace) -> None:
    from vigbox.seal.identities import X25519Identity

    identity = X25519Identity.generate()
    text = f"# created: {now_at()}\n# public key: {identity.recipient}\n{identity.secret_text()}\n"
    with _output(given.output) as out:
        out.write(text.encode())
    sys.stderr.write(f"Public key: {identity.recipient}\n")


def _run_seal(given: argparse.Namespace) -> None:
    from vigbox.seal.recipients import parse_recipient
    from vigbox.seal.sealing import SealingWriter

    recipients = [parse_recipient(each) for each in given.keys]
    with _input(given.input) as source, _output(given.output) as out:
        writer = SealingWriter(out, recipients)
        while piece := source.read(_PIECE_BYTES):
            writer.write(piece)
        writer.close()


def _run_open(given: argparse.Namespace) -> None:
    from vigbox.seal.identities import parse_identities
    from vigbox.seal.opening import open_stream

    identities = [
        each for path in given.keys for each in parse_identities(Path(path).read_text("ascii"))
    ]
    with _input(given.input) as source, _output(given.output) as out:
        reader = open_stream(source, identities)
        while piece := reader.read(_PIECE_BYTES):
            out.write(piece)


@contextmanager
def _input(path: Path | None) -> Iterator[BinaryIO]:
    if path is None or str(path) == "-":
        yield sys.stdin.buffer
    else:
        with path.open("rb") as file:
            yield file


@contextmanager
def _output(path: Path | None) -> Iterator[io.BufferedIOBase | BinaryIO]:
    """Give a file that takes its name only when it is whole; no part is left after a failure."""
    if path is None or str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    making = path.with_name(path.name + ".tmp")
    try:
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)
