"""An export comes whole over a link that is cut, from a box that is killed, to a lid that closes.

5 runs of 12 MiB with 4 cuts each, by a seed of their own; ``VIGBOX_SOAK=1`` takes 100 runs of
24 MiB with 6. VIGBOX_SEED brings a run's cuts back. The real web process, real TCP over a link of
75 Mbit/s between two network namespaces (``bench/wire.py``).
"""

import logging
import os
import time
from pathlib import Path

import pytest

from bench.sync import through_cuts
from bench.wire import why_not

SOAK = os.environ.get("VIGBOX_SOAK") == "1"
SEED = int(os.environ.get("VIGBOX_SEED", time.time_ns() % 1_000_000))
RUNS, MIB, CUTS = (100, 24, 6) if SOAK else (5, 12, 4)

_log = logging.getLogger(__name__)

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def test_every_byte_comes_once_and_right(tmp_path: Path) -> None:
    _log.info("VIGBOX_SEED=%d", SEED)
    runs = through_cuts(tmp_path, MIB << 20, [SEED + each for each in range(RUNS)], CUTS)
    worst = max(each.body_ratio for each in runs)
    longest = max(each.seconds for each in runs)
    _log.info("%d runs: body bytes at most %.4f x, %.0f s the longest", RUNS, worst, longest)
    assert [each.is_right for each in runs] == [True] * RUNS, f"VIGBOX_SEED={SEED}"
    assert worst <= 1.01, f"VIGBOX_SEED={SEED}"
