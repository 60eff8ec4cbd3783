"""CSV as LosslessCut reads it: ``start,end,label`` in seconds, no header, in UTF-8.

https://github.com/mifi/lossless-cut/blob/master/docs/import-export.md
"""

import csv
import io
from typing import Final

from vigbox.export.interchange.noted import Noted, seconds

_MARK_S: Final = 1.0


def to_bytes(noted: Noted) -> bytes:
    """Give a row for each clip, then one of a second for each mark."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for each in noted.spans:
        rows.writerow((f"{each.start_s:.6f}", f"{each.end_s:.6f}", noted.label(each)))
    for number, ticks in enumerate(noted.marks_ticks, 1):
        end_s = min(seconds(ticks) + _MARK_S, noted.length_s)
        rows.writerow((f"{seconds(ticks):.6f}", f"{end_s:.6f}", f"Mark {number}"))
    return text.getvalue().encode()
