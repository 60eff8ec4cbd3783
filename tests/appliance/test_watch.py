"""What the network helper does and says, on twins of the radio and of NetworkManager."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.appliance.test_prepare import prepared
from vigbox.appliance.hint import is_said
from vigbox.appliance.prepare import Told
from vigbox.appliance.programs import Answer, run
from vigbox.appliance.radio import Radio
from vigbox.appliance.watch import Watch
from vigbox.appliance.wifi_state import Problem, WifiState, read_state
from vigbox.config import Settings

OWN = "dc:a6:32:00:00:01"
OTHERS = "DC\\:A6\\:32\\:00\\:00\\:02"


@dataclass
class Air:
    """A twin of NetworkManager, the radio and what is around it; speaks as nmcli and iw do."""

    sys: Path
    runs: bool = True
    has_radio: bool = True
    is_up: bool = False
    country: str = "NL"
    around: list[str] = field(default_factory=list)
    refuses: str = ""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def kill(self, kind: str, *, is_on: bool) -> None:
        switch = self.sys / "rfkill" / "rfkill0"
        switch.mkdir(parents=True, exist_ok=True)
        (switch / "type").write_text("wlan\n")
        (switch / kind).write_text(f"{int(is_on)}\n")

    def __call__(self, *words: str) -> Answer:
        self.asked.append(words)
        if words[0] == "iw":
            told = f"global\ncountry {self.country}: DFS-ETSI\n\t(2400 - 2483)\n"
            return Answer(bool(self.country), told if self.country else "no iw")
        if not self.runs:
            return Answer(is_well=False, says="Error: NetworkManager is not running.")
        answers: dict[str, Callable[[], Answer]] = {
            "device status": self._devices,
            "radio wifi": self._unblock,
            "wifi list": lambda: Answer(is_well=True, says="\n".join(self.around)),
            "connection up": self._up,
        }
        said = " ".join(words)
        return next(answer() for key, answer in answers.items() if key in said)

    def _devices(self) -> Answer:
        state = "wlan0:wifi:connected:vigbox" if self.is_up else "wlan0:wifi:disconnected:"
        rows = [state] if self.has_radio else []
        return Answer(is_well=True, says="\n".join(["lo:loopback:unmanaged:", *rows]))

    def _unblock(self) -> Answer:
        if (self.sys / "rfkill" / "rfkill0" / "soft").exists():
            self.kill("soft", is_on=False)
        return Answer(is_well=True)

    def _up(self) -> Answer:
        if self.refuses:
            return Answer(is_well=False, says=f"Error: {self.refuses}")
        self.is_up = True
        return Answer(is_well=True)

    def did(self, words: str) -> bool:
        return any(words in " ".join(each) for each in self.asked)


@pytest.fixture
def air(tmp_path: Path) -> Air:
    net = tmp_path / "sys" / "net" / "wlan0"
    net.mkdir(parents=True)
    (net / "address").write_text(f"{OWN}\n")
    return Air(tmp_path / "sys")


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return prepared(tmp_path)


def watch(tmp_path: Path, air: Air) -> Watch:
    return Watch(Radio(air, air.sys), tmp_path / "run", tmp_path / "state.json")


def test_it_brings_the_wifi_up_once_and_says_so(tmp_path: Path, air: Air, told: Told) -> None:
    watched = watch(tmp_path, air)
    state = watched.look()
    assert state == WifiState(told.ssid, told.address, is_up=True)
    assert read_state(tmp_path / "state.json") == state
    assert str(state) == f"{told.ssid} is up at 10.42.0.1."
    before = len(air.asked)
    assert watched.look() == state
    assert not any("up" in each for each in air.asked[before:])


def test_what_fell_over_is_brought_up_again(tmp_path: Path, air: Air, told: Told) -> None:
    watched = watch(tmp_path, air)
    watched.look()
    air.is_up = False
    assert watched.look().is_up
    assert told.ssid
    assert sum("up" in each for each in air.asked) == 2


def test_a_wifi_that_is_up_is_not_disturbed_by_a_scan(tmp_path: Path, air: Air) -> None:
    prepared(tmp_path)
    watched = watch(tmp_path, air)
    watched.look()
    assert air.did("--rescan yes")
    air.asked.clear()
    watched.look()
    assert not air.did("--rescan yes")


def trouble(air: Air, what: str) -> None:
    changes: dict[str, Callable[[], None]] = {
        "no-networkmanager": lambda: setattr(air, "runs", False),
        "no-radio": lambda: setattr(air, "has_radio", False),
        "switched-off": lambda: air.kill("hard", is_on=True),
        "refused": lambda: setattr(air, "refuses", "Not authorized to control networking."),
    }
    changes[what]()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("no-networkmanager", "NetworkManager does not run"),
        ("no-radio", "No Wi-Fi radio is there. The box films all the same"),
        ("switched-off", "off by a switch"),
        ("refused", "NetworkManager says: Error: Not authorized"),
    ],
)
def test_what_keeps_the_wifi_down_is_said_in_one_line(
    tmp_path: Path, air: Air, told: Told, what: str, words: str
) -> None:
    trouble(air, what)
    state = watch(tmp_path, air).look()
    assert not state.is_up
    assert [each.what for each in state.problems] == [what]
    assert words in str(read_state(tmp_path / "state.json"))
    assert "\n" not in str(state)
    assert state.ssid == told.ssid


def test_trouble_that_goes_is_forgotten(tmp_path: Path, air: Air, told: Told) -> None:
    air.runs = False
    watched = watch(tmp_path, air)
    watched.look()
    air.runs = True
    assert str(watched.look()) == f"{told.ssid} is up at 10.42.0.1."


def test_a_radio_that_was_left_blocked_is_unblocked(tmp_path: Path, air: Air) -> None:
    prepared(tmp_path)
    air.kill("soft", is_on=True)
    assert watch(tmp_path, air).look().is_up
    assert air.did("radio wifi on")


def test_a_radio_that_stays_blocked_is_said(tmp_path: Path, air: Air) -> None:
    prepared(tmp_path)
    air.kill("soft", is_on=True)
    # a switch that turns on again as soon as it was turned off
    air._unblock = lambda: Answer(is_well=False)  # type: ignore[method-assign]
    assert "rfkill unblock wifi" in str(watch(tmp_path, air).look())


def test_another_country_is_said_and_hinders_nobody(tmp_path: Path, air: Air) -> None:
    prepared(tmp_path)
    air.country = "US"
    state = watch(tmp_path, air).look()
    assert state.is_up
    assert "US, not NL" in str(state)


def test_a_country_that_is_none_is_said_and_the_wifi_is_up(tmp_path: Path, air: Air) -> None:
    prepared(tmp_path, settings=Settings(country="UK"))
    air.country = "00"
    state = watch(tmp_path, air).look()
    assert state.is_up
    assert [each.what for each in state.problems] == ["world-rules"]
    assert "the rules that hold everywhere" in str(state)
    assert "such as NL, DE or GB, in vigbox.toml, not 'UK'." in str(state)
    assert is_said(tmp_path / "hint"), "the lamp sends to the page"


def test_without_iw_nothing_is_said_of_countries(tmp_path: Path, air: Air) -> None:
    prepared(tmp_path)
    air.country = ""
    assert watch(tmp_path, air).look().problems == ()


def test_another_box_of_the_same_name_is_said(tmp_path: Path, air: Air, told: Told) -> None:
    mine = OWN.upper().replace(":", "\\:")
    air.around = [f"{mine}:{told.ssid}", "AA\\:BB\\:CC\\:00\\:00\\:01:the neighbours"]
    assert watch(tmp_path, air).look().problems == ()
    air.around.append(f"{OTHERS}:{told.ssid}")
    state = watch(tmp_path, air).look()
    assert state.is_up
    assert state.problems == (Problem("same-name", told.ssid),)


def test_names_with_a_colon_are_read_as_they_are(air: Air) -> None:
    air.around = [f"{OTHERS}:a\\:b", f"{OTHERS}:b"]
    radio = Radio(air, air.sys)
    assert radio.others("b", look_again=False) == ["dc:a6:32:00:00:02"]


def test_settings_that_were_refused_are_told_and_nothing_is_asked(tmp_path: Path, air: Air) -> None:
    prepared(tmp_path, settings=Settings())
    state = watch(tmp_path, air).look()
    assert "country is missing" in str(state)
    assert air.asked == []


def test_nothing_prepared_is_told(tmp_path: Path, air: Air) -> None:
    assert "vigbox-net-setup" in str(watch(tmp_path, air).look())


@pytest.mark.parametrize("text", ["", "[]", '{"ssid": 1}', '{"problems": [{"what": "?"}]}'])
def test_a_state_that_nobody_keeps_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    assert "does not run" in str(read_state(path))
    path.write_text(text)
    assert not read_state(path).is_up
    assert "does not run" in str(read_state(path))


def test_a_program_that_is_not_there_has_not_answered() -> None:
    assert not run("vigbox-no-such-program").is_well
    assert run("sh", "-c", "echo one; exit 0") == Answer(is_well=True, says="one")
    assert run("sh", "-c", "echo one; echo why >&2; exit 3") == Answer(is_well=False, says="why")
