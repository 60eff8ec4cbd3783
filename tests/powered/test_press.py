"""A wire pulled down films: the real button and lamp, camera and sound, in the hardened units."""

import numpy as np

from tests.powered.box import Box, Film


def test_the_wire_of_the_button_films_and_the_lamp_s_wires_follow(
    filmed: tuple[Film, list[set[str]]],
) -> None:
    _, (before, while_filming, after) = filmed
    # ready is a green breath, and an amber blink where something is not well
    assert before != {"red"}
    assert while_filming == {"red"}
    assert after != {"red"}


def test_the_picture_is_what_the_real_picamera2_gave(filmed: tuple[Film, list[set[str]]]) -> None:
    film, _ = filmed
    assert film.times_s()[-1] > 9
    bars = np.frombuffer(film.pictures(), np.uint8).reshape(-1, 18, 32)[5]
    # libcamera's colour bars: light on the left, dark on the right
    assert len({int(each) // 16 for each in bars[9]}) >= 6


def test_the_sound_is_what_the_loopback_card_heard(filmed: tuple[Film, list[set[str]]]) -> None:
    film, _ = filmed
    sound = np.frombuffer(film.sound(), "<i2").astype(float)
    assert len(sound) > 5 * 48000
    middle = sound[len(sound) // 2 :][: 48000 * 2]
    power = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    loudest_hz = np.argmax(power[20:]) / (len(middle) / 48000) + 20 / (len(middle) / 48000)
    assert abs(loudest_hz - 1000) < 10


def test_the_recorder_and_the_lamp_run_hardened(box: Box) -> None:
    for unit in ("vigbox-recorder", "vigbox-lamp"):
        pid = box.machine.sh(f"systemctl show {unit} -p MainPID --value")
        said = box.machine.sh(f"grep -E '^(NoNewPrivs|Seccomp):' /proc/{pid}/status")
        assert said.split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]
    assert box.failed() == ""


def test_a_press_whose_release_is_heard_seconds_late_films(box: Box) -> None:
    pid = box.machine.sh("systemctl show vigbox-recorder -p MainPID --value")
    box.machine.sh(
        "cd /run/bench; echo pull-down >pull17; sleep 0.2"
        f"; kill -STOP {pid}; sleep 0.1; echo pull-up >pull17; sleep 2; kill -CONT {pid}"
    )
    box.until_red()
    box.until("recording", 1)
    box.press(3)
    box.until("idle")
