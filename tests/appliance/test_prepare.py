"""What is written for the box's own Wi-Fi, and what is refused."""

import configparser
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from vigbox.appliance.authority import name_of
from vigbox.appliance.prepare import Places, Told, main, prepare, refuse
from vigbox.appliance.programs import Answer
from vigbox.appliance.wifi import STRENGTH_BITS, Wifi, new_passphrase
from vigbox.casework.setup import set_up
from vigbox.config import Settings
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "config" / "NetworkManager" / "vigbox-hotspot.nmconnection.in"


class Programs:
    """A twin of all programs: it remembers what was asked."""

    def __init__(self, *, is_well: bool = True) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._is_well = is_well

    def __call__(self, *words: str) -> Answer:
        self.asked.append(words)
        return Answer(self._is_well)


def places(folder: Path) -> Places:
    return Places(folder / "run", TEMPLATE, folder / "connections", folder / "modules")


def layout_of(folder: Path) -> Layout:
    layout = Layout(folder / "data")
    layout.data.mkdir(exist_ok=True)
    return layout


def prepared(folder: Path, ask: Programs | None = None, settings: Settings | None = None) -> Told:
    settings = settings or Settings(country="NL")
    return prepare(settings, layout_of(folder), places(folder), ask or Programs())


def profile(folder: Path) -> configparser.RawConfigParser:
    found = configparser.RawConfigParser()
    found.read_string(places(folder).profile.read_text())
    return found


def test_the_profile_is_root_s_alone_and_whole(tmp_path: Path) -> None:
    told = prepared(tmp_path)
    assert places(tmp_path).profile.stat().st_mode & 0o777 == 0o600
    said = profile(tmp_path)
    assert "@" not in places(tmp_path).profile.read_text().replace("#", "")
    assert said["wifi"]["ssid"] == told.ssid
    assert said["wifi"]["mode"] == "ap"
    assert said["wifi"]["ap-isolation"] == "1"
    security = said["wifi-security"]
    assert (security["key-mgmt"], security["proto"]) == ("wpa-psk", "rsn;")
    assert (security["pairwise"], security["group"]) == ("ccmp;", "ccmp;")
    assert said["ipv4"]["method"] == "shared"
    assert said["ipv4"]["address1"] == "10.42.0.1/24"
    assert said["ipv6"]["method"] == "disabled"


def test_a_passphrase_can_be_typed_and_is_never_the_same() -> None:
    drawn = {new_passphrase() for _ in range(50)}
    assert len(drawn) == 50
    for each in drawn:
        assert re.fullmatch(r"([2-9a-hjkmnp-z]{4}-){3}[2-9a-hjkmnp-z]{4}", each)
    assert STRENGTH_BITS == 79


def test_the_passphrase_stays_and_nobody_else_reads_it(tmp_path: Path) -> None:
    prepared(tmp_path)
    first = profile(tmp_path)["wifi-security"]["psk"]
    key = layout_of(tmp_path).wifi_key
    assert key.read_text().strip() == first
    assert key.stat().st_mode & 0o777 == 0o600
    prepared(tmp_path)
    assert profile(tmp_path)["wifi-security"]["psk"] == first
    for each in (tmp_path / "run").iterdir():
        assert first not in each.read_text()


def test_a_key_file_that_is_gone_is_a_new_passphrase_which_is_brought_up(tmp_path: Path) -> None:
    prepared(tmp_path)
    first = profile(tmp_path)["wifi-security"]["psk"]
    layout_of(tmp_path).wifi_key.unlink()
    programs = Programs()
    prepared(tmp_path, programs)
    assert profile(tmp_path)["wifi-security"]["psk"] != first
    assert ("nmcli", "connection", "down", "id", "vigbox") in programs.asked


def test_what_has_not_changed_disturbs_nobody(tmp_path: Path) -> None:
    prepared(tmp_path)
    programs = Programs()
    prepared(tmp_path, programs)
    assert programs.asked == [("iw", "reg", "set", "NL")]


@pytest.mark.parametrize("key", ["short", "", "ü" * 10, "x" * 64, "two\nlines of it"])
def test_a_passphrase_that_no_radio_takes_is_refused(tmp_path: Path, key: str) -> None:
    layout_of(tmp_path).wifi_key.write_text(key)
    told = prepared(tmp_path)
    assert "passphrase" in told.problem
    assert not places(tmp_path).profile.exists()


def test_the_wifi_has_the_name_the_box_will_have(tmp_path: Path) -> None:
    before = prepared(tmp_path)
    layout = layout_of(tmp_path)
    set_up(layout, work_factor=10)
    assert name_of(read_box(layout).box) == before.name
    assert before.ssid == before.name.partition(".")[0]
    assert prepared(tmp_path) == before


def test_a_box_that_is_set_up_gives_its_name(tmp_path: Path) -> None:
    layout = layout_of(tmp_path)
    set_up(layout, work_factor=10)
    layout.chosen_id.unlink()
    assert prepared(tmp_path).name == name_of(read_box(layout).box)
    assert not layout.chosen_id.exists()


def test_a_box_that_lost_its_name_gets_no_other_one_and_says_so(tmp_path: Path) -> None:
    layout = layout_of(tmp_path)
    set_up(layout, work_factor=10)
    layout.chosen_id.unlink()
    layout.box.unlink()
    before = sorted(layout.data.rglob("*"))
    told = started(tmp_path, b'country = "NL"\n')
    assert (told.ssid, told.name) == ("", "")
    assert "box.json and box.id are missing" in told.problem
    assert "it gets no new name" in told.problem
    assert {*layout.data.rglob("*")} - {*before} <= {layout.data / ".setup.lock"}
    assert not places(tmp_path).profile.exists()


def test_another_s_id_stops_the_wifi_with_a_sentence(tmp_path: Path) -> None:
    layout_of(tmp_path).chosen_id.write_text("no id")
    assert "holds no id" in prepared(tmp_path).problem


@pytest.mark.parametrize("country", ["UK", "nl", "NLD", "00", "XX", "Holland", "\n" * 9999])
def test_a_country_that_is_none_leaves_the_rules_that_hold_everywhere(
    tmp_path: Path, country: str
) -> None:
    before = prepared(tmp_path)
    programs = Programs()
    told = prepared(tmp_path, programs, Settings(country=country))
    assert "country must be the two letters" in told.mistake
    assert "vigbox.toml" in told.mistake
    assert len(told.mistake) < 200
    assert told == replace(before, country="00", mistake=told.mistake)
    assert programs.asked == [("iw", "reg", "set", "00")]
    (kept,) = (tmp_path / "modules").iterdir()
    assert kept.read_text() == "options cfg80211 ieee80211_regdom=00\n"
    assert Told.read(tmp_path / "run") == told


def test_under_the_rules_that_hold_everywhere_the_channel_may_be_used(tmp_path: Path) -> None:
    """wireless-regdb's 00: an access point may send on 1 to 11 in the band of 2.4 GHz alone."""
    prepared(tmp_path, settings=Settings(country="UK"))
    said = profile(tmp_path)["wifi"]
    assert said["band"] == "bg"
    assert 1 <= int(said["channel"]) <= 11


def test_no_radio_sends_where_nobody_said_a_country(tmp_path: Path) -> None:
    prepared(tmp_path)
    programs = Programs()
    told = prepared(tmp_path, programs, Settings(country=""))
    assert "country" in told.problem
    assert "vigbox.toml" in told.problem
    assert not places(tmp_path).profile.exists()
    assert programs.asked == [("nmcli", "connection", "delete", "id", "vigbox")]
    assert Told.read(tmp_path / "run") == told


def test_the_radio_learns_its_country_now_and_at_the_next_boot(tmp_path: Path) -> None:
    programs = Programs(is_well=False)
    prepared(tmp_path, programs)
    assert ("iw", "reg", "set", "NL") in programs.asked
    (kept,) = (tmp_path / "modules").iterdir()
    assert kept.read_text() == "options cfg80211 ieee80211_regdom=NL\n"


def test_an_address_of_the_newer_kind_is_refused(tmp_path: Path) -> None:
    told = prepared(tmp_path, settings=Settings(country="NL", address="fd00::1"))
    assert "10.42.0.1" in told.problem


def test_what_was_told_can_be_read_by_the_helper(tmp_path: Path) -> None:
    told = prepared(tmp_path)
    file = tmp_path / "run" / "told.json"
    assert file.stat().st_mode & 0o777 == 0o644
    assert Told.read(tmp_path / "run") == told
    assert set(json.loads(file.read_text())) == {*Told.__slots__}
    before = {key: value for key, value in json.loads(file.read_text()).items() if key != "mistake"}
    file.write_text(json.dumps(before))
    assert Told.read(tmp_path / "run") == told, "of a version that knew no mistakes"
    file.write_text("[")
    assert Told.read(tmp_path / "run").problem


def started(folder: Path, text: bytes) -> Told:
    """Run it whole on a settings file, as a boot does."""
    (folder / "data").mkdir(exist_ok=True)
    settings = folder / "vigbox.toml"
    settings.write_bytes(f'data = "{folder / "data"}"\n'.encode() + text)
    assert main(settings, places(folder), Programs()) == 0
    return Told.read(folder / "run")


@pytest.mark.parametrize(
    "wrong",
    [
        b"widht = 640",
        b"width =",
        b"width = 5",
        b'microphone = "R\xf8de"',
        b"[camera]\nfast = true",
        b"\x00\x00",
        b'address = "10.42"',
    ],
)
def test_a_mistake_in_another_line_leaves_the_wifi(tmp_path: Path, wrong: bytes) -> None:
    first = started(tmp_path, b'country = "NL"\n')
    assert first.ssid
    assert started(tmp_path, b'country = "NL"\n' + wrong + b"\n") == first
    assert places(tmp_path).profile.exists()


@pytest.mark.parametrize(
    "wrong", [b"country = NL", b'contry = "NL"', b'country = "UK"', b"country = 31", b"country ="]
)
def test_a_mistake_in_the_country_is_told_and_leaves_the_wifi(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: bytes
) -> None:
    first = started(tmp_path, b'country = "NL"')
    told = started(tmp_path, wrong + b"\n")
    assert (told.ssid, told.country, told.problem) == (first.ssid, "00", "")
    assert "country" in told.mistake
    assert places(tmp_path).profile.exists()
    assert f"allowed everywhere: {told.mistake}\n" in capsys.readouterr().err


def test_a_country_that_nobody_wrote_is_missed(tmp_path: Path) -> None:
    started(tmp_path, b'country = "NL"')
    assert "country is missing" in started(tmp_path, b"\n").problem
    assert not places(tmp_path).profile.exists()


def test_a_folder_that_cannot_be_written_ends_well_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "connections").write_text("no folder")
    told = started(tmp_path, b'country = "NL"\n')
    assert "connections" in told.problem


def test_what_was_told_before_counts_no_more_when_nothing_can_be_told(tmp_path: Path) -> None:
    started(tmp_path, b'country = "NL"\n')
    (tmp_path / "run" / "told.json.tmp").mkdir()
    started(tmp_path, b"")
    assert "Start vigbox-net-setup" in Told.read(tmp_path / "run").problem
    (tmp_path / "run" / "told.json").mkdir()
    assert started(tmp_path, b'country = "NL"\n').problem


def test_a_refusal_needs_nothing_to_be_there(tmp_path: Path) -> None:
    programs = Programs()
    assert refuse("no settings", places(tmp_path), programs).problem == "no settings"
    assert programs.asked == []


def test_what_a_camera_reads_is_escaped() -> None:
    assert Wifi("vb-7k3q", "k7mq-3xwp").qr == "WIFI:T:WPA;S:vb-7k3q;P:k7mq-3xwp;;"
    assert Wifi('a;b"', "c:d,e\\f").qr == 'WIFI:T:WPA;S:a\\;b\\";P:c\\:d\\,e\\\\f;;'
    assert "k7mq" not in repr(Wifi("vb-7k3q", "k7mq-3xwp"))
