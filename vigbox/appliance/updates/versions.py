"""The order of Debian's version numbers (deb-version(7)), without Debian's tools."""

import itertools
import re
from typing import Final

_TOKEN: Final = re.compile(r"([^0-9]*)([0-9]*)")
_END: Final = 0


def is_newer(version: str, than: str) -> bool:
    """Tell whether a version comes after another one."""
    return _compare(version, than) > 0


def _compare(one: str, other: str) -> int:
    # ours have no epoch; the part after the last hyphen counts after all before it
    (upstream, _, revision), (upstream_, _, revision_) = (_split(each) for each in (one, other))
    return _order(upstream, upstream_) or _order(revision, revision_)


def _split(version: str) -> tuple[str, str, str]:
    upstream, hyphen, revision = version.rpartition("-")
    return (upstream, hyphen, revision) if hyphen else (version, "", "")


def _order(one: str, other: str) -> int:
    pairs = itertools.zip_longest(_TOKEN.findall(one), _TOKEN.findall(other), fillvalue=("", ""))
    for (letters, number), (letters_, number_) in pairs:
        key, key_ = (_weights(letters), int(number or 0)), (_weights(letters_), int(number_ or 0))
        if key != key_:
            return 1 if key > key_ else -1
    return 0


def _weights(letters: str) -> list[int]:
    """Sort a tilde before the end, the end before letters, letters before all else."""
    return [*(_weight(each) for each in letters), _END]


def _weight(letter: str) -> int:
    if letter == "~":
        return -1
    return ord(letter) if letter.isalpha() else ord(letter) + 256
