"""H.264 access units in Annex B form (ITU-T H.264, Annex B): units between start codes."""

import struct
from collections.abc import Iterator
from typing import Final

from vigbox.media.boxes import BoxError

_START: Final = b"\0\0\1"
_TYPE_MASK: Final = 0x1F
SPS: Final = 7
PPS: Final = 8
IDR: Final = 5
_DELIMITER: Final = 9
_DELIMITED: Final = _START + bytes([_DELIMITER])
_HIGH_PROFILES: Final = frozenset({100, 110, 122, 144})
_FOUR_TWO_ZERO_8_BIT: Final = b"\xfd\xf8\xf8\0"


def units(data: bytes) -> Iterator[bytes]:
    """Give each NAL unit, without its start code; none when there is no start code."""
    # find, and not a regular expression: that was most of what a film cost to make
    mark = data.find(_START)
    while mark >= 0:
        begin = mark + len(_START)
        mark = data.find(_START, begin)
        if mark < 0:
            yield data[begin:]
        else:
            # a start code may have one more zero in front
            yield data[begin : mark - (data[mark - 1] == 0)]


class Delimited:
    """Divides a stream into access units: each begins with a delimiter (7.4.1.2.3)."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._looked = len(_DELIMITED)

    @property
    def held_bytes(self) -> int:
        """How much waits for the delimiter behind it."""
        return len(self._data)

    def push(self, data: bytes) -> list[bytes]:
        """Add some of the stream; gives each access unit that is whole."""
        self._data += data
        found = []
        while (mark := self._data.find(_DELIMITED, self._looked)) >= 0:
            begin = mark - (self._data[mark - 1] == 0)
            found.append(bytes(self._data[:begin]))
            del self._data[:begin]
            self._looked = len(_DELIMITED)
        self._looked = max(len(_DELIMITED), len(self._data) - len(_DELIMITED))
        return found

    def finish(self) -> list[bytes]:
        """Give the last access unit, if there is any."""
        last, self._data, self._looked = bytes(self._data), bytearray(), len(_DELIMITED)
        return [last] if last else []


def kind(unit: bytes) -> int:
    """Give a unit's ``nal_unit_type``."""
    return unit[0] & _TYPE_MASK


def parameter_sets(access_unit: bytes) -> bytes | None:
    """Give the SPS and PPS of a keyframe, in Annex B form; None when it has none."""
    found = [unit for unit in units(access_unit) if unit and kind(unit) in (SPS, PPS)]
    return b"".join(b"\0\0\0\1" + unit for unit in found) or None


def sample(access_unit: bytes) -> bytes:
    """Give an access unit as an MP4 sample: lengths for start codes, parameter sets left out."""
    kept = [
        unit for unit in units(access_unit) if unit and kind(unit) not in (SPS, PPS, _DELIMITER)
    ]
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in kept)


def stands_alone(mp4_sample: bytes) -> bool:
    """Tell whether an MP4 sample is an IDR picture: nothing after it needs what was before it."""
    at = 0
    while at + 4 < len(mp4_sample):
        if mp4_sample[at + 4] & _TYPE_MASK == IDR:
            return True
        at += 4 + int.from_bytes(mp4_sample[at : at + 4])
    return False


def set_numbers(sets: bytes) -> set[int]:
    """Give the numbers that parameter sets in Annex B form have, of either kind (7.3.2.1, 7.3.2.2).

    Raises :class:`~vigbox.media.boxes.BoxError` when they are cut.
    """
    # an SPS begins with three bytes of profile and level
    return {_first_number(unit[4 if kind(unit) == SPS else 1 :][:8]) for unit in units(sets)}


def _first_number(data: bytes) -> int:
    """Read an Exp-Golomb number (9.1)."""
    bits = "".join(f"{each:08b}" for each in data)
    zeros = bits.find("1")
    if zeros < 0 or 2 * zeros >= len(bits):
        raise BoxError("the film's parameter sets are cut")
    return int(bits[zeros : 2 * zeros + 1], 2) - 1


def avc_configuration(sets: bytes) -> bytes:
    """Give the AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1) of parameter sets.

    Raises :class:`~vigbox.media.boxes.BoxError` unless there are an SPS and a PPS.
    """
    found = list(units(sets))
    sps = [unit for unit in found if kind(unit) == SPS]
    pps = [unit for unit in found if kind(unit) == PPS]
    if not sps or not pps:
        raise BoxError("cannot begin a film: the first picture came without its parameter sets")
    profile = sps[0][1:4]
    record = bytearray(b"\1" + profile + b"\xff" + bytes([0xE0 | len(sps)]))
    for unit in sps:
        record += struct.pack(">H", len(unit)) + unit
    record.append(len(pps))
    for unit in pps:
        record += struct.pack(">H", len(unit)) + unit
    if profile[0] in _HIGH_PROFILES:
        record += _FOUR_TWO_ZERO_8_BIT
    return bytes(record)


def sets_in(configuration: bytes) -> bytes:
    """Give the parameter sets of an AVCDecoderConfigurationRecord, in Annex B form.

    Raises :class:`~vigbox.media.boxes.BoxError` when it is cut.
    """
    found, at = b"", 5
    try:
        for mask in (0x1F, 0xFF):
            count = configuration[at] & mask
            at += 1
            for _ in range(count):
                (size,) = struct.unpack_from(">H", configuration, at)
                found += b"\0\0\0\1" + configuration[at + 2 : at + 2 + size]
                at += 2 + size
    except (IndexError, struct.error) as error:
        raise BoxError(f"the film's parameter sets are cut: {error}") from error
    return found
