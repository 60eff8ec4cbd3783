"""Sound placed by its own times."""

import io

import av
import numpy as np
import pytest

from tests.media import drawn
from vigbox.media.sound import PACKET_SAMPLES, RATE, SoundPacket, SoundTrack


def pushed(blocks: list[tuple[bytes, int]]) -> list[SoundPacket]:
    track = SoundTrack()
    packets = [packet for block in blocks for packet in track.push(*block)]
    packets += track.finish()
    track.close()
    return packets


def heard(packets: list[SoundPacket]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Decode as ADTS, which knows nothing of our headers."""
    data = b"".join(_adts(each.data) for each in packets)
    with av.open(io.BytesIO(data), mode="r", format="aac") as opened:
        return np.concatenate([frame.to_ndarray()[0] for frame in opened.decode(audio=0)])


def onsets(samples: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> list[float]:
    """When each beep begins, in s, but for the first 20 ms: there the encoder fades in."""
    loud = np.flatnonzero(np.abs(samples) > 0.1)
    starts = loud[np.diff(loud, prepend=-RATE) > RATE // 4]
    return [float(start) / RATE for start in starts if start > PACKET_SAMPLES]


def blocks_of(beeps: int) -> list[bytes]:
    return [samples for samples, _ in drawn.blocks(beeps, 1)]


def test_packets_begin_at_zero_and_follow_one_another() -> None:
    packets = pushed([*drawn.blocks(3, 3)])
    times = [each.time_samples for each in packets]
    assert times == [PACKET_SAMPLES * n for n in range(len(times))]
    assert 0 <= len(times) * PACKET_SAMPLES - 3 * RATE < 2 * PACKET_SAMPLES


def test_shaking_times_move_no_beep() -> None:
    found = onsets(heard(pushed([*drawn.blocks(6, 5)])))
    assert found == pytest.approx(range(1, 6), abs=0.005)


def test_a_microphone_that_comes_late_is_silence_until_then() -> None:
    late = [(samples, at_ns + 1_500 * drawn.MS) for samples, at_ns in drawn.blocks(3, 3)]
    packets = pushed(late)
    assert packets[0].time_samples == 0
    assert onsets(heard(packets)) == pytest.approx([1.5, 2.5, 3.5], abs=0.005)


def test_sound_from_before_the_film_is_cut_off() -> None:
    early = [(samples, at_ns - 510 * drawn.MS) for samples, at_ns in drawn.blocks(3, 3)]
    assert onsets(heard(pushed(early))) == pytest.approx([0.49, 1.49], abs=0.005)


def test_a_stall_becomes_silence_of_the_same_length() -> None:
    whole = [(samples, n * 20 * drawn.MS) for n, samples in enumerate(blocks_of(4))]
    stalled = [each for each in whole if not 1_500 * drawn.MS <= each[1] < 2_700 * drawn.MS]
    assert onsets(heard(pushed(stalled))) == pytest.approx([1, 3], abs=0.005)


@pytest.mark.parametrize("ppm", [-300, 300])
def test_a_clock_that_drifts_is_bent_to_the_picture(ppm: int) -> None:
    seconds = 40
    drifting = [
        (samples, n * 20 * drawn.MS * (1_000_000 + ppm) // 1_000_000)
        for n, samples in enumerate(blocks_of(seconds))
    ]
    found = onsets(heard(pushed(drifting)))
    assert found == pytest.approx([s * (1 + ppm / 1e6) for s in range(1, seconds)], abs=0.005)


def test_a_track_that_heard_nothing_ends_quietly() -> None:
    assert pushed([]) == []


def _adts(packet: bytes) -> bytes:
    """Put an ADTS header in front (ISO/IEC 14496-3, 1.A.2): AAC-LC, 48 kHz, mono."""
    size = len(packet) + 7
    word = 0xFFF1 << 40 | 1 << 38 | 3 << 34 | 1 << 30 | size << 13 | 0x7FF << 2
    return word.to_bytes(7) + packet
