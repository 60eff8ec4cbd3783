"""Whether a text reads like a name where a code or initials belong; a hint, never a refusal."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_SHORTEST: Final = 3


def name_like(text: str) -> list[str]:
    """Give the words of a code or of initials that read like names: ``Anna``, not ``AB-7``."""
    words = _WORD.findall(text)
    return [each for each in words if len(each) >= _SHORTEST and any(map(str.islower, each))]
