"""The lamp's own setting: which LEDs are there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from vigbox.devices.lights import LAMP_PINS, Lights
from vigbox.lamp.wiring import has_two
from vigbox.model import NS, Lamp

RED_GREEN = {
    # what two plain LEDs show in the first moment of a word, and a quarter of a second later
    Lamp.DARK: ([0, 0], [0, 0]),
    Lamp.READY: ([0, 0], [0, 0.17]),
    Lamp.READY_HINT: ([0, 0], [0, 0.17]),
    Lamp.HINT: ([0, 0], [0, 0]),
    Lamp.ACKNOWLEDGED: ([0, 1], [1, 0]),
    Lamp.RECORDING: ([1, 0], [1, 0]),
    Lamp.REMINDER: ([1, 0], [1, 1]),
    Lamp.PAUSED: ([0, 0], [0.83, 0]),
    Lamp.PROBLEM: ([1, 0], [1, 0]),
    Lamp.REFUSED: ([1, 1], [0, 0]),
    Lamp.FRAMING: ([0, 1], [0.25, 0.75]),
}


def settings(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "vigbox.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_word_is_defined() -> None:
    assert set(RED_GREEN) == set(Lamp)


@pytest.mark.parametrize("lamp", Lamp)
def test_two_plain_leds_by_setting_show_every_word(tmp_path: Path, lamp: Lamp) -> None:
    is_two = has_two(settings(tmp_path, "two_lamps = true\n"))
    pins = MockFactory(pin_class=MockPWMPin)
    lights = Lights(pins, is_two=is_two)
    seen = []
    for now_ns in (NS, NS + NS // 4):
        lights.show(lamp, NS)
        lights.show(lamp, now_ns)
        seen.append([float(pins.pin(pin).state) for pin in LAMP_PINS[:2]])
    assert tuple(seen) == RED_GREEN[lamp]
    lights.close()
    assert [pins.pin(pin).state for pin in LAMP_PINS[:2]] == [0, 0]
    pins.close()


@pytest.mark.parametrize("text", ["", "two_lamps = false\n", "widht = 640\n"])
def test_otherwise_there_is_one_of_all_colours(tmp_path: Path, text: str) -> None:
    assert not has_two(settings(tmp_path, text))


def test_no_file_is_one_of_all_colours(tmp_path: Path) -> None:
    assert not has_two(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("text", ["two_lamps = 2", 'two_lamps = "yes"', "two_lamps ="])
def test_what_is_neither_shows_what_no_led_can_mistake_for_a_film(
    tmp_path: Path, text: str
) -> None:
    assert has_two(settings(tmp_path, text))


@pytest.mark.parametrize(
    ("line", "is_two"), [("two_lamps = true", True), ("two_lamps = false", False), ("", False)]
)
@pytest.mark.parametrize("mistake", ["width =", "widht 640", 'microphone = "Rode'])
def test_a_mistake_elsewhere_in_the_file_leaves_the_lamp_as_it_is(
    tmp_path: Path, line: str, mistake: str, *, is_two: bool
) -> None:
    assert has_two(settings(tmp_path, f"{mistake}\n{line}\n")) is is_two


def test_a_file_that_is_no_utf_8_leaves_the_lamp_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vigbox.toml"
    path.write_bytes(b'microphone = "R\xf8de"\r\ntwo_lamps = true\r\n')
    assert has_two(path)
    path.write_bytes(b"\xef\xbb\xbftwo_lamps = true\n")
    assert has_two(path)


@pytest.mark.parametrize(("text", "leds"), [("two_lamps = true", 2), ("", 3)])
def test_the_process_lights_what_the_setting_says(tmp_path: Path, text: str, leds: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "vigbox.lamp", "--mock", "--run", tmp_path,
         "--settings", settings(tmp_path, text)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.terminate()
    assert (first["lamp"], first["levels"]) == ("dark", [0.0] * leds)


def test_the_unit_lets_the_lamp_read_that_file_and_no_other() -> None:
    unit = Path(__file__).parents[2] / "systemd" / "vigbox-lamp.service"
    lines = unit.read_text("utf-8").splitlines()
    assert "TemporaryFileSystem=/etc/vigbox:ro" in lines
    assert "BindReadOnlyPaths=-/etc/vigbox/vigbox.toml" in lines
