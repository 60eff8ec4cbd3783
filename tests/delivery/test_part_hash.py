import hashlib
import random

from vigbox.delivery.manifest import PIECE_BYTES
from vigbox.delivery.part_hash import PartHash


def test_pieces_are_hashed_however_the_bytes_come() -> None:
    data = random.Random(5).randbytes(2 * PIECE_BYTES + 100)
    for step in (1 << 16, 5_000_011, PIECE_BYTES, len(data)):
        found = PartHash()
        for start in range(0, len(data), step):
            found.update(data[start : start + step])
        part = found.part("a.age")
        assert part.sha256 == hashlib.sha256(data).hexdigest()
        starts = range(0, len(data), PIECE_BYTES)
        pieces = [hashlib.sha256(data[at : at + PIECE_BYTES]).hexdigest() for at in starts]
        assert list(part.pieces) == pieces
        assert [part.piece_bytes(n) for n in range(3)] == [PIECE_BYTES, PIECE_BYTES, 100]


def test_a_part_that_ends_with_a_piece_has_no_empty_one_behind_it() -> None:
    found = PartHash()
    found.update(bytes(PIECE_BYTES))
    assert found.part("a.age").pieces == (hashlib.sha256(bytes(PIECE_BYTES)).hexdigest(),)
