"""One ``vigbox sync --once`` that keeps count of the body bytes, also of those before a kill.

``python -m bench.sync_machine DEST HOME COUNT [--keep-sealed]``
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vigbox.companion.sync import sync
from vigbox.errors import VigboxError


def main() -> int:
    """Sync; print how long it took, and what was wrong."""
    dest, home, count = (Path(each) for each in sys.argv[1:4])

    @contextmanager
    def counting(_total: int, _here: int) -> Iterator[Callable[[int], None]]:
        with count.open("a", encoding="ascii") as file:

            def advance(size_bytes: int) -> None:
                if size_bytes > 0:
                    file.write(f"{size_bytes}\n")
                    file.flush()

            yield advance

    began = time.perf_counter()
    try:
        keep_sealed = "--keep-sealed" in sys.argv
        summary = sync(dest, home, once=True, keep_sealed=keep_sealed, progress=counting)
    except VigboxError as error:
        sys.stderr.write(f"sync: {error}\n")
        return 1
    for each in summary.problems:
        sys.stderr.write(f"sync: {each}\n")
    print(json.dumps({"seconds": time.perf_counter() - began}))
    return 1 if summary.problems else 0


if __name__ == "__main__":
    sys.exit(main())
