"""Which LEDs are there: the one setting the lamp reads, by itself and without the settings' module.

The lamp stays small and lights up whatever is wrong in the file; recorder, page and `vigbox check`
name it. Where the file leaves it open, the patterns of two LEDs are shown: they mean the same on an
RGB one, but an RGB LED's white would be, on a green one that is covered, the red of a film.
"""

import re
import tomllib
from pathlib import Path
from typing import Final

TWO: Final = "two_lamps"
_LINE: Final = re.compile(rb"\s*two_lamps\s*=\s*([^\s#]*)")


def has_two(path: Path) -> bool:
    """Tell whether a green and a red LED are there instead of an RGB one; no file means RGB."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        found = tomllib.loads(data.decode("utf-8-sig")).get(TWO, False)
    except (ValueError, RecursionError):
        return _is_said(data)
    return found if isinstance(found, bool) else True


def _is_said(data: bytes) -> bool:
    """Look for the one line in a file that is no TOML."""
    lines = [match[1] for each in data.splitlines() if (match := _LINE.match(each))]
    return lines[0] != b"false" if lines else False
