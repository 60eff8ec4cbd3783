"""What is made of the files that Linux shows: on a Pi, on other machines, on broken ones.

What is started for it is counted: on the smallest board each program costs a second.
"""

import dataclasses
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.appliance.health.machine_twin import NOW_US, SWAPS, line, twin
from tests.appliance.test_prepare import prepared, profile
from vigbox.appliance import hint
from vigbox.appliance.health import kept
from vigbox.appliance.health.__main__ import look
from vigbox.appliance.health.facts import Facts, UnitState
from vigbox.appliance.health.gather import gather
from vigbox.appliance.health.machine import Machine
from vigbox.appliance.wifi_state import PROFILE, Problem, WifiState

NOW = datetime.fromtimestamp(NOW_US / 1e6, UTC)


def test_a_pi_tells_all_of_it(tmp_path: Path) -> None:
    found = gather(twin(tmp_path), NOW)
    assert (found.board, found.is_pi) == ("Raspberry Pi 4 Model B Rev 1.4", True)
    assert (found.kernel, found.system) == ("6.12.34+rpt-rpi-v8", "Raspberry Pi OS 13")
    assert (found.card, found.worn_percent, found.is_spent) == ("eMMC", 40, False)
    assert (found.written_bytes, found.card_errors) == (12_000_000 * 1024, 0)
    assert found.celsius == 51
    assert (found.power, found.is_weak, found.was_weak) == ("firmware", False, False)
    assert (found.radio, found.country, found.hotspot) == ("on", "set", "on")
    assert (found.memory, found.swap) == ("counted", "none")
    assert found.clock_chip
    assert found.room_bytes
    assert [each.name for each in found.units] == ["lamp", "recorder", "web"]


def test_what_the_network_helper_says_is_told(tmp_path: Path) -> None:
    state = WifiState("vb-7k3q", "10.42.0.1", problems=(Problem("no-radio"),))
    told = {"run/vigbox-net/state.json": state.to_bytes().decode()}
    found = gather(twin(tmp_path, told), NOW)
    assert found.wifi == "no-radio"
    assert Facts.from_json(found.to_json()).wifi == "no-radio"
    assert "7k3q" not in found.to_json()


def test_networkmanager_is_asked_for_the_profile_that_is_written(tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []
    box = twin(tmp_path)

    def ask(words: Sequence[str]) -> str:
        asked.append(words)
        return box.ask(words)

    gather(dataclasses.replace(box, ask=ask), NOW)
    prepared(tmp_path)
    ids = {words[-1] for words in asked if words[0] == "nmcli"}
    assert ids == {profile(tmp_path)["connection"]["id"]} == {PROFILE}
    prerm = Path(__file__).parents[3] / "packaging" / "debian" / "prerm"
    assert f"connection delete id {PROFILE} " in prerm.read_text("utf-8")


def test_a_machine_that_is_no_pi_and_tells_nothing_is_no_error(tmp_path: Path) -> None:
    found = gather(Machine(tmp_path, lambda _words: "", tmp_path, "none"), NOW)
    assert (found.board, found.is_pi, found.power) == ("no Raspberry Pi", False, "")
    assert (found.worn_percent, found.celsius, found.written_bytes) == (None, None, None)
    assert found.troubles == ()


@pytest.mark.parametrize(
    ("bits", "is_weak", "was_weak", "is_slowed", "was_slowed"),
    [
        ("0", False, False, False, False),
        ("50005", True, True, True, True),
        ("50000", False, True, False, True),
        ("80008", False, False, True, True),
        ("20002", False, False, False, False),
    ],
)
def test_the_firmware_s_bits_are_read_as_now_and_before(
    tmp_path: Path, bits: str, *, is_weak: bool, was_weak: bool, is_slowed: bool, was_slowed: bool
) -> None:
    found = gather(twin(tmp_path, throttled=f"throttled=0x{bits}\n"), NOW)
    told = (found.is_weak, found.was_weak, found.is_slowed, found.was_slowed)
    assert told == (is_weak, was_weak, is_slowed, was_slowed)


def test_a_card_that_fell_back_to_reading_is_told_and_a_hardened_unit_is_not_taken_for_one(
    tmp_path: Path,
) -> None:
    assert not gather(twin(tmp_path / "well"), NOW).is_read_only
    fallen = "30 21 179:3 / /var/lib/vigbox rw,noatime - ext4 /dev/mmcblk0p3 ro,errors=remount-ro\n"
    files = {"proc/self/mountinfo": fallen}
    assert gather(twin(tmp_path / "fallen", files), NOW).is_read_only


def kernel_line(message: str) -> str:
    return json.dumps(json.loads(line(message, "")) | {"_TRANSPORT": "kernel"})


WEAK = kernel_line("hwmon hwmon1: Undervoltage detected!")


def sensor(alarm: str) -> dict[str, str]:
    return {
        "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm": alarm,
    }


def test_the_kernel_s_file_of_the_firmware_s_last_answer_is_not_even_read(tmp_path: Path) -> None:
    # it knows of 2 s, and says so in a warning of its own at each boot
    name = "sys/devices/platform/soc/soc:firmware/get_throttled"
    found = gather(twin(tmp_path / "old", {name: "50005\n"}), NOW)
    assert (found.power, found.is_weak, found.was_weak) == ("firmware", False, False)
    found = gather(twin(tmp_path / "alone", {name: "0\n"}, throttled=""), NOW)
    assert found.power == "", "that file is no ground to call the power good"


@pytest.mark.parametrize("throttled", ["throttled=0x0\n", ""])
@pytest.mark.parametrize("files", [sensor("0\n"), {}])
def test_what_the_kernel_wrote_of_this_boot_is_remembered(
    tmp_path: Path, files: dict[str, str], throttled: str
) -> None:
    found = gather(twin(tmp_path, files, kernel=[WEAK], throttled=throttled), NOW)
    assert (found.is_weak, found.was_weak) == (False, True)


def test_without_the_tool_the_sensor_is_asked_and_believed_beside_a_journal_alone(
    tmp_path: Path,
) -> None:
    weak = gather(twin(tmp_path / "weak", sensor("1\n"), throttled=""), NOW)
    assert (weak.power, weak.is_weak, weak.was_weak) == ("sensor", True, True)
    good = twin(tmp_path / "good", sensor("0\n"), throttled="")
    assert gather(good, NOW).power == "sensor"
    # the sensor remembers 2 s, and what was before nobody tells
    closed = dataclasses.replace(good, ask=lambda _words: "")
    assert gather(closed, NOW).power == ""
    assert gather(twin(tmp_path / "broken", sensor("?\n"), throttled=""), NOW).power == ""


@pytest.mark.parametrize("says", ["", "rubbish\n", "throttled=\n", "error=1\n"])
def test_a_tool_that_says_nothing_is_nobody_s_word(tmp_path: Path, says: str) -> None:
    found = gather(twin(tmp_path, throttled=says), NOW)
    assert (found.power, found.is_weak, found.was_weak) == ("", False, False)


@pytest.mark.parametrize(
    ("said", "memory"),
    [
        ("cpuset cpu io memory pids\n", "counted"),
        ("cpuset cpu io pids\n", "uncounted"),
        ("cpu memory_recursiveprot\n", "uncounted"),
        ("\n", "uncounted"),
        (None, ""),
    ],
)
def test_a_kernel_that_counts_no_memory_is_found(
    tmp_path: Path, said: str | None, memory: str
) -> None:
    found = gather(twin(tmp_path, {"sys/fs/cgroup/cgroup.controllers": said}), NOW)
    assert found.memory == memory
    assert Facts.from_json(found.to_json()).memory == memory


BACKING = "sys/block/zram0/backing_dev"
ZRAM = "/dev/zram0                              partition\t425980\t\t0\t\t100\n"
FILE = "/var/swap                               file\t\t102396\t\t0\t\t-2\n"
PART = "/dev/mmcblk0p4                          partition\t102396\t\t0\t\t-2\n"


@pytest.mark.parametrize(
    ("files", "swap"),
    [
        ({}, "none"),
        ({"proc/swaps": SWAPS + ZRAM}, "memory"),
        ({"proc/swaps": SWAPS + ZRAM, BACKING: "none\n"}, "memory"),
        # as Raspberry Pi OS makes it: memory first, a file behind it
        ({"proc/swaps": SWAPS + ZRAM, BACKING: "/dev/loop0\n"}, "card"),
        ({"proc/swaps": SWAPS + ZRAM, BACKING: ""}, "card"),
        ({"proc/swaps": SWAPS + ZRAM + FILE, BACKING: "none\n"}, "card"),
        ({"proc/swaps": SWAPS + FILE}, "card"),
        ({"proc/swaps": SWAPS + PART}, "card"),
        ({"proc/swaps": SWAPS + "/home/dev/zram0 file 9 0 -2\n"}, "card"),
        ({"proc/swaps": SWAPS + "/var/swap\\040(deleted) file 9 0 -2\n"}, "card"),
        ({"proc/swaps": None}, ""),
    ],
)
def test_memory_that_may_be_written_to_the_card_is_found(
    tmp_path: Path, files: dict[str, str | None], swap: str
) -> None:
    found = gather(twin(tmp_path, files), NOW)
    assert found.swap == swap
    assert Facts.from_json(found.to_json()).swap == swap


@pytest.mark.parametrize("says", ["", "rubbish\n", "0xzz 0x\n", "0x00 0x00\n", "0xff\n", "-1\n"])
def test_a_card_that_tells_nothing_of_its_wear_is_not_taken_for_new(
    tmp_path: Path, says: str
) -> None:
    found = gather(twin(tmp_path, {"sys/devices/mmc/mmcblk0/device/life_time": says}), NOW)
    assert found.worn_percent is None


def test_names_that_somebody_may_have_chosen_are_left_out(tmp_path: Path) -> None:
    files: dict[str, str | None] = {
        "sys/firmware/devicetree/base/model": "Raspberry Pi of Anna\0",
        "proc/sys/kernel/osrelease": "6.12.34-annas-own\n",
        "etc/os-release": 'ID=annas\nVERSION_ID="anna"\n',
        "etc/rpi-issue": None,
        "usr/lib/systemd/system/vigbox-Anna.1.service": "",
    }
    text = gather(twin(tmp_path, files), NOW).to_json()
    assert "nna" not in text.replace("anna", "nna")
    assert "6.12.34" in text


def test_states_of_units_are_told(tmp_path: Path) -> None:
    said = {"vigbox-web.service": "ActiveState=failed\nNRestarts=7\n"}
    machine = twin(tmp_path, states=lambda unit: said.get(unit, "ActiveState=odd\n"))
    assert gather(machine, NOW).units == (
        UnitState("lamp", "unknown"), UnitState("recorder", "unknown"),
        UnitState("web", "failed", 7),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("says", "web"),
    [
        ("", UnitState("web", "unknown")),
        ("rubbish", UnitState("web", "unknown")),
        ("ActiveState=active\nNRestarts=2\n", UnitState("web", "unknown")),
        ("NRestarts=2\nActiveState=active\nId=vigbox-web.service", UnitState("web", "active", 2)),
        ("Id=vigbox-web.service\nActiveState=active", UnitState("web", "active")),
        ("Id=vigbox-web.service\nActiveState=active\nNRestarts=-1", UnitState("web", "active")),
        ("Id=vigbox-web.service\nActiveState=active\nNRestarts=" + "9" * 5000,
         UnitState("web", "active")),
        ("Id=anna.service\nActiveState=failed\n\nId=vigbox-web.service\nActiveState=active",
         UnitState("web", "active")),
        ("\n\n\nId=vigbox-web.service\n\nActiveState=failed\n", UnitState("web", "unknown")),
    ],
)  # fmt: skip
def test_whatever_systemd_answers_each_unit_has_its_own_state(
    tmp_path: Path, says: str, web: UnitState
) -> None:
    box = twin(tmp_path)
    odd = dataclasses.replace(
        box, ask=lambda words: says if words[0] == "systemctl" else box.ask(words)
    )
    found = gather(odd, NOW).units
    assert [each.name for each in found] == ["lamp", "recorder", "web"]
    assert found[2] == web


def test_a_look_leaves_the_facts_and_the_word(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    settings = tmp_path / "vigbox.toml"
    settings.write_text("bits_per_second = 200_000\nwidht = 5\n[")  # as somebody left it
    for celsius, is_asked in (("90000\n", True), ("50000\n", False)):
        machine = twin(
            tmp_path / celsius.strip(), {"sys/class/thermal/thermal_zone0/temp": celsius}
        )
        look(path, machine, settings)
        assert hint.is_said(tmp_path / hint.NAME) is is_asked
        facts = kept.read(path)
        assert facts is not None
        assert facts.celsius == int(celsius) // 1000


def started(box: Machine) -> list[str]:
    """Give the programs that a look starts."""
    asked: list[str] = []

    def ask(words: Sequence[str]) -> str:
        asked.append(words[0])
        return box.ask(words)

    gather(dataclasses.replace(box, ask=ask), NOW)
    return asked


def test_a_look_starts_as_little_as_possible_however_many_units_there_are(tmp_path: Path) -> None:
    units = {f"usr/lib/systemd/system/vigbox-{chr(97 + n)}.service": "" for n in range(20)}
    state = {"run/vigbox-net/state.json": WifiState(is_up=True).to_bytes().decode()}
    assert started(twin(tmp_path / "box", units | state)) == [
        "journalctl", "journalctl", "journalctl", "vcgencmd", "systemctl"
    ]  # fmt: skip
    no_pi: dict[str, str | None] = {
        "sys/firmware/devicetree/base/model": None,
    }
    assert "vcgencmd" not in started(twin(tmp_path / "pc", no_pi))
    # where no helper tells of the Wi-Fi
    assert started(twin(tmp_path / "up")).count("nmcli") == 1
    assert started(twin(tmp_path / "none", hotspot="")).count("nmcli") == 2


@pytest.mark.parametrize(("is_up", "hotspot"), [(True, "on"), (False, "off")])
def test_the_network_helper_is_believed_before_networkmanager_is_asked(
    tmp_path: Path, hotspot: str, *, is_up: bool
) -> None:
    state = {"run/vigbox-net/state.json": WifiState(is_up=is_up).to_bytes().decode()}
    assert gather(twin(tmp_path, state), NOW).hotspot == hotspot


def test_a_helper_s_file_that_cannot_be_read_is_no_word_of_the_hotspot(tmp_path: Path) -> None:
    found = gather(twin(tmp_path, {"run/vigbox-net/state.json": "{"}), NOW)
    assert (found.hotspot, found.wifi) == ("on", "no-helper")
