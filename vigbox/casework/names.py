"""Whether a text reads like a name where a code or initials belong; a hint, never a refusal.

The one rule for all pages: a word of more than three letters is no initials, nor is one of three
that is written as a name is.
"""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_SHORTEST_NAME: Final = 3
_LONGEST_INITIALS: Final = 3


def name_like(text: str) -> list[str]:
    """Give the words of initials that read like names: ``Anna``, ``ANNA``, ``Jan``; not ``JvD``."""
    return [each for each in _WORD.findall(text) if _is_name(each)]


def code_looks_like_name(code: str) -> bool:
    """Tell whether a case's code may be a name: letters alone, and more than two of them."""
    return len(code) >= _SHORTEST_NAME and not re.search(r"\d", code)


def _is_name(word: str) -> bool:
    is_written_so = len(word) == _SHORTEST_NAME and word[1:].islower()
    return len(word) > _LONGEST_INITIALS or is_written_so
