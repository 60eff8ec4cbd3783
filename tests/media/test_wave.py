"""The drawn film beeps in the first tenth of every second: peaks and samples must say so."""

from pathlib import Path

import numpy as np
import pytest

from tests.journeys import outside
from tests.media import drawn
from vigbox.errors import VigboxError
from vigbox.media.boxes import ReadAt
from vigbox.media.fragments import FilmIndex
from vigbox.media.wave import SPEECH_RATE, make_wave, speech_samples


def speech(index: FilmIndex, read_at: ReadAt) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return np.concatenate(list(speech_samples(index, read_at)))


def test_peaks_are_those_another_decoder_hears(
    film: drawn.Film, index: FilmIndex, film_path: Path
) -> None:
    wave = np.frombuffer(make_wave(index, film.read_at), np.uint8).astype(float)
    heard = np.abs(outside.sound(film_path)).astype(float)
    scale = 255 / (32768 if heard.max() > 1 else 1)
    count = min(len(wave), len(heard) // 960)
    peaks = heard[: count * 960].reshape(-1, 960).max(1) * scale
    assert count > 590
    assert np.abs(wave[:count] - peaks).max() <= 2


def test_speech_samples_are_mono_16_khz_and_in_their_place(
    film: drawn.Film, index: FilmIndex
) -> None:
    found = speech(index, film.read_at)
    assert found.dtype == np.float32
    assert len(found) / SPEECH_RATE == pytest.approx(index.sound.end / 48_000, abs=0.01)
    loud = np.abs(found) > 0.1
    starts = [n for n in np.flatnonzero(loud) if not loud[max(0, n - 4000) : n].any()]
    assert len(starts) >= 11
    assert max(abs(at / SPEECH_RATE - round(at / SPEECH_RATE)) for at in starts) < 0.025


def test_what_is_damaged_is_silence_and_nothing_slides(film: drawn.Film, index: FilmIndex) -> None:
    whole, before = speech(index, film.read_at), make_wave(index, film.read_at)
    places = [index.sound.place(n) for n in range(len(index.sound.times))]
    first, last = places[140], places[190]

    def read_at(offset: int, size: int) -> bytes:
        if first <= offset <= last and offset in places:
            raise VigboxError("chunk 7 is damaged")
        return film.read_at(offset, size)

    spoilt, after = speech(index, read_at), make_wave(index, read_at)
    assert len(spoilt) == len(whole)
    assert len(after) == len(before)
    # packets 140 to 190 are seconds 2.99 to 4.07
    assert np.abs(spoilt[int(3.05 * 16_000) : 4 * 16_000]).max() < 0.01
    assert max(after[155:200]) == 0
    assert np.abs(spoilt[5 * 16_000 :] - whole[5 * 16_000 :]).max() < 0.01
    assert after[250:] == before[250:]


def test_a_silent_film_has_no_wave() -> None:
    film = drawn.record(drawn.shots(2, 4), None)
    index = FilmIndex.scan(film.read_at, len(film.data))
    assert make_wave(index, film.read_at) == b""
    assert list(speech_samples(index, film.read_at)) == []


def test_progress_grows_to_the_whole(film: drawn.Film, index: FilmIndex) -> None:
    told: list[float] = []
    make_wave(index, film.read_at, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_error_of_the_card_is_not_taken_for_damage(index: FilmIndex) -> None:
    def read_at(_offset: int, _size: int) -> bytes:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        make_wave(index, read_at)
