"""Which LEDs are there: the one setting the lamp reads, by itself and without the settings' module.

The lamp stays small and lights up whatever else in the file is wrong; the recorder and the web
refuse that, and `vigbox check` names it.
"""

import tomllib
from pathlib import Path
from typing import Final

from vigbox.errors import SettingError

TWO: Final = "two_lamps"


def has_two(path: Path) -> bool:
    """Tell whether a green and a red LED are there instead of an RGB one; no file means RGB.

    Raises :class:`~vigbox.errors.SettingError` when the file cannot be read, or says neither.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8")).get(TWO, False)
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"cannot read the settings in {path}: {error}") from error
    if not isinstance(found, bool):
        raise SettingError(f"{TWO} must be true or false, not {found!r}")
    return found
