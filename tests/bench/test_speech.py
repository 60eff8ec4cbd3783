import numpy as np
import pytest

from bench import speech


def test_figures_are_what_they_are_called() -> None:
    found = np.array([True, True, True, False, False])
    spoken = np.array([True, False, True, True, False])
    precision, recall, f1 = speech.figures_of(found, spoken)
    assert (precision, recall) == (2 / 3, 2 / 3)
    assert f1 == pytest.approx(2 / 3)


def test_who_finds_nothing_gets_nothing() -> None:
    nothing = np.zeros(4, np.bool_)
    assert speech.figures_of(nothing, ~nothing) == (0, 0, 0)


def test_noise_lies_five_decibels_under_the_voices() -> None:
    clean = np.asarray(np.sin(np.arange(speech.RATE)), np.float32)
    spoken = np.ones(100, np.bool_)
    noise = speech.in_a_noisy_room(clean, spoken) - clean
    ratio_db = 10 * np.log10(np.mean(clean**2) / np.mean(noise**2))
    assert ratio_db == pytest.approx(5, abs=0.01)


def test_ours_is_better_than_its_peers_in_a_noisy_room() -> None:
    found = speech.compare(speech.sound())
    assert found["vigbox"][2] > 0.97
    assert found["vigbox_noisy"][2] > max(found["energy_noisy"][2], found["webrtc_noisy"][2])


def test_memory_stays_the_same_however_long_the_sound() -> None:
    assert speech.peak_mb(60) - speech.peak_mb(10) < 4
