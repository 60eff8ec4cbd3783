"""The card's own state: whether it can be written, and holds what is written."""

import os
from concurrent.futures import Future
from typing import Final

from vigbox.model import NS
from vigbox.recorder.scribe import Scribe
from vigbox.store import durable
from vigbox.store.layout import Layout

_FAILED: Final = "The card failed. What is on it is kept; replace it if this stays."
_SILENT: Final = "The card does not answer. Wait a moment; replace it if this stays."
_READ_ONLY: Final = "The card can only be read. Replace it; what is on it is kept."


class Card:
    """Doubted after a failure, until it is proved to hold a small file."""

    def __init__(self, layout: Layout, scribe: Scribe) -> None:
        self._layout = layout
        self._scribe = scribe
        self._is_doubtful = False
        self._asked_ns = 0
        self._proof: Future[None] | None = None

    def doubt(self) -> None:
        """Take the card for failing; a proof that is under way already counts for nothing."""
        self._is_doubtful, self._proof = True, None

    def problem(self, now_ns: int) -> str:
        """Say what is wrong with the card, or nothing; a doubtful one is tried once a second."""
        if os.statvfs(self._layout.recordings).f_flag & os.ST_RDONLY:
            return _READ_ONLY
        if self._scribe.is_stuck(now_ns):
            return _SILENT
        if self._is_doubtful:
            self._look(now_ns)
        return _FAILED if self._is_doubtful else ""

    def _look(self, now_ns: int) -> None:
        proof = self._proof
        if proof is not None and proof.done() and proof.exception() is None:
            self._is_doubtful, self._proof = False, None
        elif proof is None or (proof.done() and now_ns - self._asked_ns > NS):
            self._asked_ns = now_ns
            self._proof = self._scribe.do(self._prove)

    def _prove(self) -> None:
        proof = self._layout.recordings / ("proof" + durable.TEMPORARY)
        durable.save(proof, b"proof")
        proof.unlink()
