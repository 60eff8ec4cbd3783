"""Voice found in the real conversation, beside pyannote's own word on who spoke when."""

import wave
from collections.abc import Iterator

import numpy as np
import pytest

from tests import material
from vigbox.media.speech import CHUNK_MS, RATE, Samples, Voice, speech

SECONDS = 30


def blocks(samples: Samples, size: int = 1600) -> Iterator[Samples]:
    for at in range(0, len(samples), size):
        yield samples[at : at + size]


def tone(frequency_hz: float, seconds: int = 5) -> Samples:
    times = np.arange(seconds * RATE) / RATE
    swing = 0.5 * np.sin(2 * np.pi * frequency_hz * times)
    return np.asarray(swing, np.float32)


@pytest.fixture(scope="module")
def talk() -> Samples:
    material.visit()
    with wave.open(str(material.FOLDER / "talk.wav")) as file:
        data = file.readframes(file.getnframes())
    return np.asarray(np.frombuffer(data, "<i2") / 32_768, np.float32)


@pytest.fixture(scope="module")
def found(talk: Samples) -> list[tuple[int, int]]:
    return speech(blocks(talk))


def test_conversation_is_found_where_the_ground_truth_has_it(
    found: list[tuple[int, int]],
) -> None:
    truth, said = np.zeros(SECONDS * 100, bool), np.zeros(SECONDS * 100, bool)
    for start, end in material.turns_ms():
        truth[start // 10 : end // 10] = True
    for start, end in found:
        said[start // 10 : end // 10] = True
    both = (truth & said).sum()
    assert 0.6 < truth.mean() < 0.9, "a film that is all voice would prove nothing"
    assert both / said.sum() > 0.96
    assert both / truth.sum() > 0.96


def test_pause_between_two_turns_is_a_gap(found: list[tuple[int, int]]) -> None:
    assert any(7_000 < end < 7_300 for _, end in found), found
    assert any(7_400 < start < 7_700 for start, _ in found), found


def test_stretches_are_in_order_apart_and_inside_the_film(found: list[tuple[int, int]]) -> None:
    edges = [edge for stretch in found for edge in stretch]
    assert edges == sorted(set(edges))
    assert edges[0] >= 0
    assert edges[-1] <= SECONDS * 1000


@pytest.mark.parametrize("size", [1, 511, 512, 513, 48_000])
def test_how_sound_comes_in_blocks_changes_nothing(talk: Samples, size: int) -> None:
    part = talk[6 * RATE : 8 * RATE]
    assert speech(blocks(part, size)) == speech(iter([part])) != []


def test_silence_has_no_voice() -> None:
    assert speech(blocks(np.zeros(5 * RATE, np.float32))) == []


@pytest.mark.parametrize("frequency_hz", [440, 1000, 3000])
def test_tone_is_no_voice(frequency_hz: float) -> None:
    assert speech(blocks(tone(frequency_hz))) == []


def test_noise_is_no_voice() -> None:
    noise = np.random.default_rng(1).standard_normal(5 * RATE) * 0.1
    assert speech(blocks(noise.astype(np.float32))) == []


def test_film_without_sound_has_no_voice() -> None:
    assert speech(iter([])) == []


def test_progress_tells_how_much_was_heard_and_can_stop() -> None:
    told: list[int] = []
    speech(blocks(np.zeros(RATE + 100, np.float32)), progress=told.append)
    assert told == sorted(told)
    assert told[0] == CHUNK_MS
    assert told[-1] == 1006

    def stop(heard_ms: int) -> None:
        if heard_ms > 100:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        speech(blocks(np.zeros(RATE, np.float32)), progress=stop)


def heard(probabilities: list[float]) -> list[tuple[int, int]]:
    voice = Voice()
    for each in probabilities:
        voice.hear(each)
    return voice.stretches(len(probabilities) * CHUNK_MS)


def test_voice_goes_on_where_it_would_not_begin() -> None:
    assert heard([0.0] * 10 + [0.4] * 20) == []
    assert heard([0.0] * 10 + [0.6] + [0.4] * 9 + [0.0] * 10) == [(9 * 32, 21 * 32)]


def test_breath_does_not_end_a_stretch_and_a_turn_does() -> None:
    spoken = [0.9] * 10
    assert len(heard(spoken + [0.0] * 6 + spoken)) == 1
    assert len(heard(spoken + [0.0] * 8 + spoken)) == 2


def test_knock_is_no_voice() -> None:
    assert heard([0.0] * 5 + [0.9] * 4 + [0.0] * 20) == []
    assert len(heard([0.0] * 5 + [0.9] * 5 + [0.0] * 20)) == 1
