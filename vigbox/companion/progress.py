"""The progress bar of a sync: bytes, speed, time left. Silent where nobody looks at a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tqdm import tqdm

Progress = Callable[[int, int], AbstractContextManager[Callable[[int], None]]]
"""``progress(total_bytes, here_bytes)``: a context that gives ``advance(bytes)``."""


@contextmanager
def bar(total_bytes: int, here_bytes: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr when that is a terminal; speed counts only what is fetched now."""
    with tqdm(
        total=total_bytes,
        initial=here_bytes,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        desc="sync",
        dynamic_ncols=True,
        disable=None,
    ) as shown:
        _keep_steady(shown)

        def advance(size_bytes: int) -> None:
            shown.update(size_bytes)

        yield advance


def _keep_steady(shown: tqdm) -> None:
    """Measure speed by a clock that nobody sets: a computer that wakes up corrects its own."""
    shown._time = time.monotonic  # noqa: SLF001  # tqdm has no other way in
    shown.start_t = shown.last_print_t = time.monotonic()


@contextmanager
def quiet(total_bytes: int, here_bytes: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG001
    """Show nothing."""
    yield lambda _size_bytes: None
