"""The pages of a service with 500 cases and 10,000 clips, beside those of one with one case.

``cases_ms``       the list of cases; ``find_ms`` the same, searched by a code
``case_ms``        the page of one case, another one each time
``recordings_ms``  the list of recordings
``review_ms``      marks and clips of a recording, as the page to watch asks for them
``worst_ms``       the slowest of all answers, the first ones left out
``..._growth``     the same page beside that of a box with one case and 20 clips (time)

Each is asked of gunicorn over one kept connection, unlocked, as a tablet does. ``first_cases_ms``
is the list right after an unlock, when no case's key is open yet.
"""

import argparse
import itertools
import sys
import tempfile
from pathlib import Path

from bench.casework_rig import Work, fill
from bench.review import timed_ms
from bench.review_rig import Box, Client, box_web
from bench.rounds import Rounds, median, ratio, report, rounds, show, show_ratios

CASES = 500
CLIPS = 10_000
PAGES = ("cases", "find", "case", "recordings", "review")


class Pages:
    """The pages of one box, asked one after the other."""

    def __init__(self, client: Client, work: Work) -> None:
        self._client = client
        self._cases = itertools.cycle(work.cases)
        self._reviewed = work.reviewed

    def address(self, page: str) -> str:
        """Give where a page is; the next case's each time."""
        return {
            "cases": "/cases",
            "find": "/cases?code=9",
            "case": f"/cases/{next(self._cases)}",
            "recordings": "/",
            "review": f"/recordings/{self._reviewed}/review",
        }[page]

    def ask(self, page: str) -> float:
        """Measure one answer, in milliseconds."""
        address = self.address(page)
        return timed_ms(lambda: self._client.get(address))


def measure(
    folder: Path, cases: int, clips: int, count: int
) -> tuple[Rounds, dict[str, float]]:  # fmt: skip
    """Fill two boxes and ask each for every page in turn."""
    large, small = Box.make(folder / "large"), Box.make(folder / "small")
    works = {"": fill(large, cases, clips), "small ": fill(small, 1, 20)}
    for each in ("run", "small-run"):
        (folder / each).mkdir()
    with box_web(large, folder / "run") as port, box_web(small, folder / "small-run") as other:
        clients = {
            "": Client(port, large.secrets.passphrase),
            "small ": Client(other, small.secrets.passphrase),
        }
        pages = {name: Pages(clients[name], works[name]) for name in clients}
        first = pages[""].ask("cases")
        for page, opened in itertools.product(PAGES, pages.values()):
            opened.ask(page)
        found = rounds(
            {
                name + page: lambda each=pages[name], page=page: each.ask(page)  # type: ignore[misc]
                for page, name in itertools.product(PAGES, pages)
            },
            count,
        )
    figures = {f"{page}_ms": round(median(found, page), 1) for page in PAGES}
    figures["worst_ms"] = round(max(max(found[page]) for page in PAGES), 1)
    figures["first_cases_ms"] = round(first, 1)
    return found, figures


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.casework", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found, figures = measure(Path(folder), CASES, CLIPS, 5 if given.quick else 30)
    pairs = {f"{page}_growth": (page, f"small {page}") for page in PAGES}
    if not given.json:
        print(f"milliseconds; {CASES} cases, {CLIPS} clips, {CASES * 3} recordings")
        show(found, "ms")
        show_ratios(found, pairs)
    figures |= {name: ratio(found, *pair) for name, pair in pairs.items()}
    report(figures, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
