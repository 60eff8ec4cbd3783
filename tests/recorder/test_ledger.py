"""A film that did not begin leaves nothing: neither a manifest nor half a film."""

import pytest

from tests.recorder.conftest import Bench
from vigbox.model import Life, new_id
from vigbox.recorder.ledger import Ledger
from vigbox.recorder.recording import Recording
from vigbox.store import durable
from vigbox.store.manifests import Manifest


def manifest() -> Manifest:
    return Manifest(new_id(), new_id(), ("age1",), "b", "2026-11-21", 0, Life.RECORDING)


def test_a_device_that_breaks_in_any_way_leaves_nothing(bench: Bench) -> None:
    def breaks() -> Recording:
        raise LookupError("no such stream")

    begun = Ledger(bench.layout, bench.key, bench.scribe).begin(manifest(), breaks)
    with pytest.raises(LookupError):
        begun.result(10)
    assert not list(bench.layout.recordings.iterdir())


def test_a_manifest_that_may_not_be_durable_is_taken_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    def never() -> Recording:
        raise AssertionError("no film begins before its manifest is durable")

    with monkeypatch.context() as cut:
        cut.setattr(durable, "sync_folder", fails)
        begun = Ledger(bench.layout, bench.key, bench.scribe).begin(manifest(), never)
        with pytest.raises(OSError, match="Input/output"):
            begun.result(10)
    assert not list(bench.layout.recordings.iterdir())
