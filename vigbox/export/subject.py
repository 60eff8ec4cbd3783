"""One person's data as a ZIP in memory: everything as JSON, each table as CSV, the pictures."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any, Final

from vigbox.casework.subject import Gathered

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_READ_ME: Final = """What this is

Everything that the box holds about one person of the case {case}: the {role}.
data.json has all of it; the tables are the same for a spreadsheet; pictures are the
signatures and papers that the person gave. Other people are named by their role alone.

Films are not in here, because others are in shot as well. recordings.csv lists them. Ask
to watch them together on the box, or for clips as a keepsake where the others agree.
"""


def archive(found: Gathered) -> bytes:
    """Give the ZIP. Nothing is written to a disk."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("read-me.txt", _READ_ME.format(**found.facts))
        made.writestr("data.json", json.dumps(found.facts, indent=1, ensure_ascii=False))
        for name, rows in found.tables.items():
            if rows:
                made.writestr(f"{name}.csv", _csv(rows))
        for name, picture in found.pictures.items():
            made.writestr(f"pictures/{name}", picture)
    return whole.getvalue()


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(rows[0])
    table.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    # a spreadsheet would run it
    text = str(value)
    return "'" + text if text.startswith(_FORMULA) else text
