import os
from pathlib import Path

import pytest

from vigbox.model import new_id
from vigbox.recorder.finishing import FinishError, finish
from vigbox.seal.identities import X25519Identity
from vigbox.seal.payload import SEALED_CHUNK_BYTES
from vigbox.seal.sealing import FilmSealer
from vigbox.store.layout import Layout


@pytest.fixture
def film(layout: Layout) -> tuple[str, int]:
    """A cut film of three whole chunks; gives its id and the edge of the last."""
    recording = new_id()
    with layout.film(recording).open("wb") as file:
        sealer = FilmSealer(file, [X25519Identity.generate().recipient])
        sealer.write(bytes(3 * 65_536))
        edge = sealer.sealed_bytes
        file.write(b"half a chunk")
    return recording, edge


def test_what_follows_the_edge_goes(layout: Layout, film: tuple[str, int]) -> None:
    recording, edge = film
    finish(layout, recording, edge, b"f" * 24)
    assert layout.film(recording).stat().st_size == edge + 24
    finish(layout, recording, edge, b"f" * 24)
    assert layout.film(recording).read_bytes()[edge:] == b"f" * 24


@pytest.mark.parametrize("wrong", [1, -1, -SEALED_CHUNK_BYTES * 3, SEALED_CHUNK_BYTES])
def test_a_place_that_is_no_edge_is_refused(
    layout: Layout, film: tuple[str, int], wrong: int
) -> None:
    recording, edge = film
    before = layout.film(recording).read_bytes()
    with pytest.raises(FinishError, match="edge of a chunk"):
        finish(layout, recording, edge + wrong, b"f" * 24)
    assert layout.film(recording).read_bytes() == before


def test_other_than_24_bytes_are_refused(layout: Layout, film: tuple[str, int]) -> None:
    with pytest.raises(FinishError):
        finish(layout, *film, b"f" * 25)


def test_a_large_loss_is_damage_and_changes_nothing(layout: Layout, film: tuple[str, int]) -> None:
    recording, edge = film
    with Path(layout.film(recording)).open("r+b") as file:
        file.truncate(edge + (65 << 20))
    with pytest.raises(FinishError, match="salvage"):
        finish(layout, recording, edge, b"f" * 24)
    assert layout.film(recording).stat().st_size == edge + (65 << 20)


def test_a_cut_while_finishing_leaves_a_tail_and_no_hole(
    layout: Layout, film: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, _ = film
    first = layout.film(recording).stat().st_size - 3 * SEALED_CHUNK_BYTES - len(b"half a chunk")
    offset = first + SEALED_CHUNK_BYTES
    before = layout.film(recording).read_bytes()

    def torn(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:12])
        raise OSError("the plug was pulled")

    with monkeypatch.context() as patched:
        patched.setattr("vigbox.recorder.finishing.write_all", torn)
        with pytest.raises(OSError, match="plug"):
            finish(layout, recording, offset, b"f" * 24)
    assert layout.film(recording).read_bytes() == before[:offset] + b"f" * 12
    finish(layout, recording, offset, b"f" * 24)
    assert layout.film(recording).read_bytes() == before[:offset] + b"f" * 24
