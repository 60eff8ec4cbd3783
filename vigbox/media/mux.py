"""Writes a film: fragmented MP4 (ISO/IEC 14496-12), one ``moof`` and ``mdat`` each 200 ms.

Pictures come without B-frames, so decoding and presentation times are one. A picture's duration
is the distance to the next, so a fragment is closed only when a further picture has come.
"""

import struct
from collections import deque
from dataclasses import dataclass
from typing import Final

from vigbox.media import h264
from vigbox.media.boxes import box, full_box
from vigbox.media.moov import PICTURE_TRACK, SOUND_TRACK, TICKS_PER_SECOND, AudioFormat, header

FRAGMENT_TICKS: Final = TICKS_PER_SECOND // 5
_SOUND_ALONE_PACKETS: Final = 47
"""A second of sound: after so long without a picture the sound is written alone."""

_MOST_PICTURES: Final = 100
"""So many end a fragment even when a camera's clock stands still."""

SAMPLES_PER_PACKET: Final = 1024
_KEY: Final = 0x02000000
_NOT_KEY: Final = 0x01010000


@dataclass(frozen=True, slots=True)
class Fragment:
    """One whole moof+mdat, and the stretch of film it holds."""

    data: bytes
    start_ns: int
    duration_ns: int


@dataclass(frozen=True, slots=True)
class _Picture:
    data: bytes
    tick: int
    is_keyframe: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """Samples of one track in one fragment, with the boxes that tell of them."""

    data: bytes
    traf: bytes
    offset_at: int
    start_ns: int
    end_ns: int


class Muxer:
    """Takes pictures and sound, gives fragments; holds no more than the fragment in the making."""

    def __init__(
        self,
        *,
        width: int,
        height: int,
        parameter_sets: bytes,
        audio: AudioFormat | None,
        film_id: str,
    ) -> None:
        self._header = header(width, height, parameter_sets, audio, film_id)
        self._sound_rate = audio.sample_rate if audio else 1
        self._pictures: deque[_Picture] = deque()
        self._sound: deque[tuple[int, bytes]] = deque()
        self._number = 0
        self._usual_ticks = TICKS_PER_SECOND // 25

    def header(self) -> bytes:
        """Give the film's beginning: ``ftyp``, ``uuid`` with its id, ``moov``."""
        return self._header

    def add_picture(self, data: bytes, time_ns: int, *, is_keyframe: bool) -> None:
        """Add an access unit (Annex B) that is shown from ``time_ns`` of the film on."""
        tick = (time_ns * 9 + 50_000) // 100_000
        if self._pictures:
            tick = max(tick, self._pictures[-1].tick + 1)
            self._usual_ticks = tick - self._pictures[-1].tick
        self._pictures.append(_Picture(h264.sample(data), tick, is_keyframe))

    def add_sound(self, packet: bytes, time_samples: int) -> None:
        """Add an AAC packet of 1024 samples; a jump in its time is kept as a gap."""
        self._sound.append((time_samples, packet))

    def take_fragment(self) -> Fragment | None:
        """Give the next whole fragment, if there is one."""
        pictures = self._pictures
        if len(pictures) > _MOST_PICTURES or (
            pictures and pictures[-1].tick - pictures[0].tick >= FRAGMENT_TICKS
        ):
            last = pictures.pop()
            fragment = self._fragment(last.tick)
            pictures.append(last)
            return fragment
        if len(self._sound) > _SOUND_ALONE_PACKETS or self._has_gap():
            held = list(pictures)
            pictures.clear()
            fragment = self._fragment(0)
            pictures.extend(held)
            return fragment
        return None

    def flush(self) -> Fragment | None:
        """Give what is left; a hole in the sound makes it several, so ask until there is none."""
        if not self._pictures and not self._sound:
            return None
        end = self._pictures[-1].tick + self._usual_ticks if self._pictures else 0
        return self._fragment(end)

    def _has_gap(self) -> bool:
        return any(
            after[0] != before[0] + SAMPLES_PER_PACKET
            for before, after in zip(self._sound, list(self._sound)[1:], strict=False)
        )

    def _fragment(self, end_tick: int) -> Fragment:
        runs = [run for run in (self._picture_run(end_tick), self._sound_run()) if run]
        self._number += 1
        mfhd = full_box(b"mfhd", 0, 0, struct.pack(">I", self._number))
        moof = bytearray(box(b"moof", mfhd, *(run.traf for run in runs)))
        at, data_at = 8 + len(mfhd), len(moof) + 8
        for run in runs:
            struct.pack_into(">i", moof, at + run.offset_at, data_at)
            at += len(run.traf)
            data_at += len(run.data)
        data = bytes(moof) + box(b"mdat", *(run.data for run in runs))
        start_ns = min(run.start_ns for run in runs)
        return Fragment(data, start_ns, max(run.end_ns for run in runs) - start_ns)

    def _picture_run(self, end_tick: int) -> _Run | None:
        if not self._pictures:
            return None
        taken = list(self._pictures)
        self._pictures.clear()
        ends = [each.tick for each in taken[1:]] + [end_tick]
        rows = b"".join(
            struct.pack(
                ">III", end - each.tick, len(each.data), _KEY if each.is_keyframe else _NOT_KEY
            )
            for each, end in zip(taken, ends, strict=True)
        )
        trun = full_box(b"trun", 0, 0x701, struct.pack(">Ii", len(taken), 0), rows)
        tfhd = full_box(b"tfhd", 0, 0x020000, struct.pack(">I", PICTURE_TRACK))
        data = b"".join(each.data for each in taken)
        return _run(data, tfhd, taken[0].tick, trun, TICKS_PER_SECOND, end_tick)

    def _sound_run(self) -> _Run | None:
        if not self._sound:
            return None
        start, packet = self._sound.popleft()
        taken, next_at = [packet], start + SAMPLES_PER_PACKET
        while self._sound and self._sound[0][0] == next_at:
            taken.append(self._sound.popleft()[1])
            next_at += SAMPLES_PER_PACKET
        sizes = struct.pack(f">{len(taken)}I", *map(len, taken))
        trun = full_box(b"trun", 0, 0x201, struct.pack(">Ii", len(taken), 0), sizes)
        defaults = struct.pack(">III", SOUND_TRACK, SAMPLES_PER_PACKET, _KEY)
        tfhd = full_box(b"tfhd", 0, 0x020028, defaults)
        return _run(b"".join(taken), tfhd, start, trun, self._sound_rate, next_at)


def _run(data: bytes, tfhd: bytes, start: int, trun: bytes, rate: int, end: int) -> _Run:
    tfdt = full_box(b"tfdt", 1, 0, struct.pack(">Q", start))
    traf = box(b"traf", tfhd, tfdt, trun)
    # the trun's data offset stands 16 bytes into it: header, version and flags, count
    offset_at = len(traf) - len(trun) + 16
    return _Run(data, traf, offset_at, start * 10**9 // rate, end * 10**9 // rate)
