"""Bech32, the text form of age's keys (BIP 173, without its limit on length)."""

from collections.abc import Iterable
from typing import Final

from vigbox.seal.errors import RecipientError

_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LETTERS: Final = 6


def encode(prefix: str, data: bytes | bytearray) -> str:
    """Give ``data`` as lowercase text under a lowercase prefix."""
    values = _regroup(data, 8, 5, pad=True)
    check = _polymod([*_expand(prefix), *values, *[0] * _CHECKSUM_LETTERS]) ^ 1
    values += [check >> 5 * (5 - at) & 31 for at in range(_CHECKSUM_LETTERS)]
    return f"{prefix}1{''.join(_LETTERS[value] for value in values)}"


def decode(prefix: str, text: str) -> bytearray:
    """Give the bytes of a text under this lowercase prefix, all in one case.

    Raises :class:`RecipientError`; the text itself is never repeated, it may be a secret.
    """
    lowered = text.lower()
    head, _, tail = lowered.rpartition("1")
    is_text = text in (lowered, text.upper()) and set(tail) <= set(_LETTERS)
    values = [_LETTERS.index(letter) for letter in tail] if is_text else []
    if head != prefix or len(values) < _CHECKSUM_LETTERS:
        raise RecipientError(f"the text is not a key that begins with {prefix}1. Copy it again.")
    if _polymod([*_expand(prefix), *values]) != 1:
        raise RecipientError(f"the key that begins with {prefix}1 is mistyped. Copy it again.")
    data = bytearray(_regroup(values[:-_CHECKSUM_LETTERS], 5, 8, pad=False))
    if encode(prefix, data) != lowered:
        raise RecipientError(f"the key that begins with {prefix}1 is malformed. Copy it again.")
    return data


def _expand(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def _regroup(values: Iterable[int], width: int, new_width: int, *, pad: bool) -> list[int]:
    pool = bits = 0
    regrouped = []
    for value in values:
        pool = pool << width | value
        bits += width
        while bits >= new_width:
            bits -= new_width
            regrouped.append(pool >> bits & (1 << new_width) - 1)
    if pad and bits:
        regrouped.append(pool << new_width - bits & (1 << new_width) - 1)
    return regrouped
