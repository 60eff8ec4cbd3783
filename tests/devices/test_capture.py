"""The real microphone: the real library on a private sound server, and a scripted twin of it."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import sounddevice

from tests.devices.pulse import Pulse
from tests.devices.scripted import BLOCK_S, Library, Stream, Times, now
from vigbox.devices.capture import SoundCardMicrophone
from vigbox.devices.level import FLOOR_DBFS, Level
from vigbox.devices.microphone import BLOCK_SAMPLES, SAMPLES_PER_SECOND, MicrophoneError, Sound
from vigbox.model import NS

PATIENCE_S = 60.0
STOPPED_S = 30.0
"""A stop that waited for a device would never come back."""
TRIES = 12
DAY_S = 86_400.0
INPUT_OVERFLOW = 2  # paInputOverflow
SILENCE = bytes(2 * BLOCK_SAMPLES)
PLAIN = ("USB PnP Sound Device: Audio (hw:1,0)", 1, {(1, "int16")})


def tone() -> bytes:
    """One second of 1 kHz, a quarter of full scale."""
    index = np.arange(SAMPLES_PER_SECOND)
    return (8192 * np.sin(2 * np.pi * 1000 * index / SAMPLES_PER_SECOND)).astype("<i2").tobytes()


class Heard:
    """Takes what a microphone gives, and tells when there is enough."""

    def __init__(self, enough: int = 10) -> None:
        self.sounds: list[Sound] = []
        self._enough = enough
        self._is_enough = threading.Event()

    def take(self, sound: Sound) -> None:
        self.sounds.append(sound)
        if len(self.sounds) >= self._enough:
            self._is_enough.set()

    def wait(self) -> None:
        assert self._is_enough.wait(PATIENCE_S)


def comes_true(fact: Callable[[], bool]) -> bool:
    until_s, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not fact() and time.monotonic() < until_s:
        pause.wait(0.02)
    return fact()


@pytest.fixture(scope="module")
def server() -> Iterator[Pulse]:
    with tempfile.TemporaryDirectory(prefix="air") as folder, pytest.MonkeyPatch.context() as patch:
        pulse = Pulse(Path(folder))
        patch.setenv("ALSA_CONFIG_PATH", str(pulse.asound))
        pulse.start(tone())
        yield pulse
        pulse.stop()


@pytest.fixture
def microphone(server: Pulse) -> Iterator[SoundCardMicrophone]:
    microphone = SoundCardMicrophone(server.name)
    yield microphone
    microphone.stop()


def heard(microphone: SoundCardMicrophone, blocks: int) -> list[Sound]:
    taken = Heard(blocks)
    microphone.start(taken.take)
    taken.wait()
    microphone.stop()
    return taken.sounds


def measured(measure: Callable[[], float], most: float) -> None:
    """See that something is small, or is once in a few tries.

    On a busy computer the player and the sound server may be late too: a fault of ours would be
    there each time.
    """
    found: list[float] = []
    while len(found) < TRIES and (not found or found[-1] > most):
        found.append(measure())
    assert found[-1] <= most, f"more than {most} each time: {found}"


def test_blocks_keep_real_time_within_200_ppm(microphone: SoundCardMicrophone) -> None:
    def off() -> float:
        """How far the clock is off, in parts of what may be; one block counts as well."""
        sounds = heard(microphone, 250)
        places = np.arange(len(sounds)) * BLOCK_SAMPLES
        seconds = np.array([each.time_ns - sounds[0].time_ns for each in sounds]) / NS
        slope, start = np.polyfit(places, seconds, 1)
        strayed_s = np.abs(seconds - (slope * places + start)).max()
        return float(max(abs(slope * SAMPLES_PER_SECOND - 1) / 200e-6, strayed_s / 0.001))

    measured(off, 1)


def test_blocks_of_sound_follow_each_other_without_a_gap(microphone: SoundCardMicrophone) -> None:
    def off_ns() -> float:
        began_ns = time.monotonic_ns()
        sounds = heard(microphone, 60)
        assert {len(each.samples) for each in sounds} == {2 * BLOCK_SAMPLES}
        assert began_ns - NS // 2 < sounds[0].time_ns
        assert sounds[-1].time_ns < time.monotonic_ns()
        steps = [after.time_ns - before.time_ns for before, after in pairwise(sounds)]
        return max(abs(each - NS // 50) for each in steps)

    measured(off_ns, NS // 1000)


def test_what_is_played_is_heard_whole(microphone: SoundCardMicrophone) -> None:
    samples = np.zeros(0)

    def hole() -> float:
        nonlocal samples
        sounds = heard(microphone, 60)[20:]
        samples = np.frombuffer(b"".join(each.samples for each in sounds), "<i2").astype(float)
        return float(np.abs(samples[48:] - samples[:-48]).max())

    measured(hole, 300)
    strength = np.abs(np.fft.rfft(samples))
    loudest_hz = strength.argmax() * SAMPLES_PER_SECOND / len(samples)
    assert loudest_hz == pytest.approx(1000, abs=2)


def test_nothing_comes_after_a_stop(microphone: SoundCardMicrophone) -> None:
    taken = Heard()
    microphone.start(taken.take)
    taken.wait()
    began_s = time.monotonic()
    microphone.stop()
    assert time.monotonic() - began_s < STOPPED_S
    count = len(taken.sounds)
    assert not threading.Event().wait(0.2)
    assert len(taken.sounds) == count
    assert not microphone.is_gone


def test_the_level_can_be_read_beside(microphone: SoundCardMicrophone) -> None:
    def off_db() -> float:
        taken = Heard(30)
        assert microphone.level() == Level(FLOOR_DBFS, FLOOR_DBFS)
        microphone.start(taken.take)
        taken.wait()
        level = microphone.level()
        microphone.stop()
        return max(abs(level.peak_dbfs + 12.04), abs(level.rms_dbfs + 15.05))

    measured(off_db, 0.1)
    assert microphone.level() == Level(FLOOR_DBFS, FLOOR_DBFS)


def test_a_wrong_name_is_told_the_right_ones(server: Pulse) -> None:
    with pytest.raises(MicrophoneError) as caught:
        SoundCardMicrophone("Yeti").start(lambda _: None)
    assert str(caught.value).startswith('there is no microphone "Yeti". ')
    assert server.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_source_that_dies_is_told_and_can_be_opened_again(
    server: Pulse, microphone: SoundCardMicrophone
) -> None:
    taken = Heard()
    microphone.start(taken.take)
    taken.wait()
    server.stop()
    assert comes_true(lambda: microphone.is_gone)
    began_s = time.monotonic()
    microphone.stop()
    assert time.monotonic() - began_s < STOPPED_S
    with pytest.raises(MicrophoneError):
        microphone.start(taken.take)
    assert microphone.is_gone
    server.start(tone())
    assert len(heard(microphone, 50)) >= 50
    assert not microphone.is_gone


# A scripted library from here on.


def opened(library: Library, latency_ns: int = 0) -> tuple[SoundCardMicrophone, Heard, Stream]:
    microphone, taken = SoundCardMicrophone("usb", latency_ns, library), Heard()
    microphone.start(taken.take)
    return microphone, taken, library.streams[-1]


def starts(microphone: SoundCardMicrophone, taken: Heard) -> bool:
    try:
        microphone.start(taken.take)
    except MicrophoneError:
        return False
    return True


def given(stream: Stream, blocks: range, began_s: float, step_s: float = 0.0) -> None:
    """Give blocks as if each had come in time."""
    for block in blocks:
        times = now(time.monotonic() - began_s - block * BLOCK_S, step_s)
        stream.give(SILENCE, times)


def test_samples_lost_are_counted_and_placed_anew() -> None:
    microphone, taken, stream = opened(Library(PLAIN))
    began_s = time.monotonic()
    given(stream, range(100), began_s)
    late = now(time.monotonic() - began_s - 150 * BLOCK_S)
    stream.give(SILENCE, late, INPUT_OVERFLOW)
    given(stream, range(151, 160), began_s)
    assert microphone.overflows == 1
    assert len(taken.sounds) == 110
    times_s = [each.time_ns / NS - began_s for each in taken.sounds]
    due_s = [block * BLOCK_S for block in [*range(100), *range(150, 160)]]
    assert times_s == pytest.approx(due_s, abs=0.001)


@pytest.mark.parametrize("step_s", [DAY_S, -DAY_S])
def test_a_wall_clock_that_is_set_moves_no_block(step_s: float) -> None:
    _, taken, stream = opened(Library(PLAIN))
    began_s, wall_s = time.monotonic(), time.time() - time.monotonic()
    given(stream, range(100), began_s, wall_s)
    # the one block during which the clock is set
    stream.give(SILENCE, Times(began_s + wall_s, began_s + wall_s + step_s))
    given(stream, range(101, 200), began_s, wall_s + step_s)
    assert len(taken.sounds) == 200
    times_s = [each.time_ns / NS - began_s for each in taken.sounds]
    assert times_s == pytest.approx([block * BLOCK_S for block in range(200)], abs=0.001)


def test_a_thread_that_had_to_wait_moves_no_block_of_a_sound_card() -> None:
    _, taken, stream = opened(Library(PLAIN))
    began_s = time.monotonic() - 10
    for block in range(100):
        told_s = time.monotonic() - 0.001 * (block % 90)
        stream.give(SILENCE, Times(began_s + block * BLOCK_S, told_s))
    times_s = [each.time_ns / NS - began_s for each in taken.sounds]
    assert times_s == pytest.approx([block * BLOCK_S for block in range(100)], abs=0.0001)


def test_the_stored_latency_makes_sound_older() -> None:
    began_s = time.monotonic()
    _, taken, stream = opened(Library(PLAIN), latency_ns=NS // 4)
    given(stream, range(60), began_s)
    assert taken.sounds[0].time_ns / NS == pytest.approx(began_s - 0.25, abs=0.001)


@pytest.mark.parametrize(
    ("form", "block"),
    [
        ((2, "int16"), np.tile(np.array([3000, -1000], "<i2"), BLOCK_SAMPLES)),
        ((1, "int32"), np.full(BLOCK_SAMPLES, 1000 << 16, "<i4")),
        ((2, "int32"), np.tile(np.array([2000 << 16, 0], "<i4"), BLOCK_SAMPLES)),
    ],
)
def test_a_card_without_int16_mono_is_taken_as_it_is(
    form: tuple[int, str], block: "np.ndarray[tuple[int, ...], np.dtype[np.int_]]"
) -> None:
    library = Library(("googlevoicehat-soundcard (hw:0,0), a USB twin", 2, {form}))
    microphone, taken, stream = opened(library)
    assert (stream.told["channels"], stream.told["dtype"]) == form
    stream.give(block.tobytes(), now())
    microphone.stop()
    assert set(np.frombuffer(taken.sounds[0].samples, "<i2")) == {1000}


def test_the_name_may_be_a_part_in_any_case_and_speakers_are_none() -> None:
    library = Library(("USB speaker", 0, set()), ("Built-in", 2, {(1, "int16")}), PLAIN)
    _, _, stream = opened(library)
    assert stream.told["device"] == 2


@pytest.mark.parametrize(
    ("cards", "text"),
    [
        ([], "there is no microphone at all"),
        ([("Webcam", 1, {(1, "int16")}), ("Mixer", 2, {(1, "int16")})], "one of Webcam, Mixer."),
        ([("USB telephone", 1, set())], 'the microphone "USB telephone" gives no sound at 48 kHz'),
    ],
)
def test_what_cannot_be_opened_says_why(
    cards: list[tuple[str, int, set[tuple[int, str]]]], text: str
) -> None:
    with pytest.raises(MicrophoneError, match=text):
        opened(Library(*cards))


def test_a_card_in_use_says_so_and_can_be_tried_again() -> None:
    library = Library(PLAIN)
    microphone = SoundCardMicrophone("usb", library=library)
    library.when_opened = lambda stream: setattr(stream, "refuses_to_start", True)
    with pytest.raises(MicrophoneError, match="Device unavailable"):
        microphone.start(lambda _: None)
    assert library.streams[0].is_closed
    library.when_opened = lambda _: None
    microphone.start(lambda _: None)
    assert library.scans == 2, "devices are looked for anew each time"


def test_a_library_that_could_not_be_started_once_is_started_the_next_time() -> None:
    library = Library(PLAIN)
    microphone = SoundCardMicrophone("usb", library=library)

    def fail() -> None:
        raise sounddevice.PortAudioError("Insufficient memory", -9992)

    library.when_initialized = fail
    with pytest.raises(MicrophoneError, match="Insufficient memory"):
        microphone.start(lambda _: None)
    library.when_initialized = lambda: None
    microphone.start(lambda _: None)
    assert library.streams


def test_a_stop_gives_what_was_held_and_then_nothing() -> None:
    microphone, taken, stream = opened(Library(PLAIN))
    given(stream, range(5), time.monotonic())
    assert not taken.sounds
    microphone.stop()
    assert len(taken.sounds) == 5
    stream.give(SILENCE, now())
    assert len(taken.sounds) == 5


def test_a_stop_waits_for_no_device_that_hangs() -> None:
    microphone, taken, stream = opened(Library(PLAIN))
    stream.let_go.clear()
    began_s = time.monotonic()
    microphone.stop()
    assert time.monotonic() - began_s < STOPPED_S
    with pytest.raises(MicrophoneError, match="hangs since it was last stopped"):
        microphone.start(taken.take)
    stream.let_go.set()
    assert comes_true(lambda: stream.is_closed)
    assert not microphone.is_gone
    assert comes_true(lambda: starts(microphone, taken))


def test_a_stop_that_gets_no_thread_is_made_good_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    microphone, taken, stream = opened(Library(PLAIN))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        microphone.stop()
        stream.give(SILENCE, now())
        with pytest.raises(MicrophoneError, match="hangs since it was last stopped"):
            microphone.start(taken.take)
    assert not taken.sounds
    assert not stream.is_closed
    microphone.stop()
    assert comes_true(lambda: stream.is_closed)
    assert starts(microphone, taken)


def no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_plug_that_is_pulled_is_told() -> None:
    microphone, taken, stream = opened(Library(PLAIN))
    given(stream, range(3), time.monotonic())
    stream.go()
    assert microphone.is_gone
    assert len(taken.sounds) == 3


def test_the_real_library_names_the_flag_we_look_for() -> None:
    assert sounddevice.CallbackFlags(INPUT_OVERFLOW).input_overflow
    assert not sounddevice.CallbackFlags(0).input_overflow
