"""The bundle for support: whatever a box holds, nothing of it is in there.

A box is filled with markers wherever people and programs can leave a word: database, texts, names
of files, settings and their mistakes, journal, sensors' files. Then every byte of the bundle is
looked through for each of them, as it is and in the encodings that words travel in.
"""

import base64
import codecs
import dataclasses
import io
import json
import random
import string
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.appliance.health.machine_twin import NOW_US, line, twin
from vigbox.appliance.health import kept
from vigbox.appliance.health.facts import boottime_s
from vigbox.appliance.health.gather import gather
from vigbox.appliance.health.known_lines import known_lines
from vigbox.appliance.health.machine import Machine
from vigbox.appliance.health.report import Held, Report, held, told
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.desk import Desk
from vigbox.casework.setup import set_up
from vigbox.config import Settings
from vigbox.model import TimeSource, new_id
from vigbox.seal.keyring import Keyring
from vigbox.store.layout import Layout
from vigbox.store.settings_file import Fault, Reading, keep, read

NOW = datetime.fromtimestamp(NOW_US / 1e6, UTC)
FIXED = {
    "practitioner": "Annemarijn", "code": "KX-7731", "question": "Waarom huilt Floortje",
    "ssid": "Huize-Zonnedauw", "passphrase": "dapper lampion kwartel", "folder": "Oosterbaan",
    "host": "zolderkamer", "file": "vakantie-terschelling", "serial": "10000000c0ffee42",
    "address": "10.99.88.77", "mail": "floor@zonnedauw.example", "mac": "dc:a6:32:c0:ff:ee",
}  # fmt: skip


def drawn(seed: int) -> dict[str, str]:
    """Markers of letters, digits and signs, long enough that none is there by chance."""
    draw = random.Random(seed)
    signs = string.ascii_letters + string.digits + "éßøλЖ漢 -_.…%/\\'\"{}"
    found = {}
    for key in FIXED:
        letters = "".join(draw.choices(signs, k=draw.randrange(10, 24)))
        found[key] = f"q{letters.strip()}z"
    return found | {"code": "".join(draw.choices(string.ascii_uppercase, k=9))}


def encodings(marker: str) -> Iterator[bytes]:
    """Give a marker as it could lie in a file."""
    for text in {marker, marker.lower(), marker.upper(), marker[::-1]}:
        plain = text.encode()
        yield plain
        yield text.encode("utf-16-le")
        yield text.encode("utf-16-be")
        yield text.encode("latin-1", "replace")
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        yield json.dumps(text)[1:-1].encode()
        yield urllib.parse.quote(text).encode()
        yield codecs.encode(text, "rot13").encode()
        yield from _base64(plain)


def _base64(plain: bytes) -> Iterator[bytes]:
    # wherever it begins within three bytes, its middle is written the same
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + plain)
        yield (middle := whole[4 if before else 0 : len(whole) - 4])
        yield middle.translate(bytes.maketrans(b"+/", b"-_"))


def contents(bundle: bytes) -> dict[str, bytes]:
    """Give every member unpacked, their names, and the bundle's own bytes."""
    found = {"the bundle": bundle}
    with zipfile.ZipFile(io.BytesIO(bundle)) as inside:
        assert inside.testzip() is None
        found["names"] = repr([(each.filename, each.comment, each.extra) for each in
                               inside.infolist()]).encode()  # fmt: skip
        for name in inside.namelist():
            found[name] = inside.read(name)
    return found


def leaks(inside: dict[str, bytes], markers: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (where, key)
        for key, marker in markers.items()
        for where, data in inside.items()
        if any(each in data for each in encodings(marker) if len(each) > 5)
    ]


def filled(tmp_path: Path, markers: dict[str, str]) -> bytes:
    """Fill a box with markers, and give its bundle."""
    words = list(markers.values())
    layout = Layout(tmp_path / "data")
    layout.data.mkdir()
    secrets = set_up(layout, name=markers["practitioner"], work_factor=10)
    keyring = Keyring()
    for each in layout.practitioners.glob("*.age"):
        keyring.unlock(each.read_bytes(), secrets.passphrase)
    desk = Desk(layout, keyring)
    with desk.session() as casework:
        code = markers["code"].upper().replace("_", "-")[:16]
        case = open_case(casework, layout, code, markers["question"], [InShot("mother", "Q")])
        ids = {"case": case.id, "recipient": case.recipient}
    desk.close()
    recording = new_id()
    layout.film(recording).write_bytes(b"film")
    for n, word in enumerate(words):
        name = word.replace("/", "_")
        (layout.recordings / f"{name}.mp4.age").write_bytes(word.encode())
        (layout.exports / f"{name}-{n}").mkdir()
    reading, machine = _settings(tmp_path, words), _machine(tmp_path / "root", words, recording)
    kept.keep(gather(machine, NOW), tmp_path / "health.json")
    facts = kept.read(tmp_path / "health.json")
    assert facts is not None
    assert facts.troubles, "something went wrong there, and it is told"
    settings, faults, tablet = reading.settings, reading.faults, TimeSource.TABLET
    report = Report(facts, settings, faults, tablet, held(layout), NOW, boottime_s())
    all_told = markers | ids | {"recording": recording, "words": secrets.passphrase}
    bundle = report.to_zip()
    assert leaks(contents(bundle), all_told) == []
    handed_on = {"health.json": (tmp_path / "health.json").read_bytes()}
    assert leaks(handed_on, all_told) == []
    return bundle


def _settings(tmp_path: Path, words: list[str]) -> Reading:
    chosen = {
        "microphone": words[0], "outlet": words[3], "consent_forms": f"/srv/{words[5]}",
        "vocabulary": words[7], "outlet_config": f"/srv/{words[6]}", "address": "10.99.88.77",
    }  # fmt: skip
    lines = [f"{key} = {json.dumps(value)}" for key, value in chosen.items()]
    path = tmp_path / "vigbox.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    keep(read(path), tmp_path / "settings.json")
    wrong = [f"{json.dumps(word)} = {json.dumps(word)}" for word in words]
    wrong += [f"language = {json.dumps(words[1])}", f"width = {json.dumps(words[2])}", words[4]]
    path.write_text("\n".join(lines + wrong) + "\n", "utf-8")
    return read(path, tmp_path / "settings.json")


def _machine(root: Path, words: list[str], recording: str) -> Machine:
    spoken = []
    for word in words:
        spoken += [
            line(f"vigbox.recorder.box: recording {recording} is over: {word}"),
            line(f"vigbox.recorder.box: cannot write the manifest of {recording}: {word}"),
            line(f"vigbox.recorder.box: a press was refused: {word}"),
            line(f"vigbox.web.order_job: export {word} was not made: {word}", "vigbox-web.service"),
            line(f"vigbox.web.outlet: not sent: {word}", "vigbox-web.service"),
            line(f"vigbox: cannot read the settings in /srv/{word}: {word}"),
            line(f"ValueError: {word}", "vigbox-web.service"),
            line(f'  File "/opt/x/vigbox/web/app.py", line 3, in {word}'),
            line(f'  File "/opt/x/vigbox/web/{word}.py", line 3, in tick'),
            line(f"Traceback (most recent call last):\n  {word}\n{word}Error: {word}"),
            line(word),
            line(f"{word}: Failed with result 'exit-code'.", f"vigbox-{word}.service"),
        ]
    kernel = [line(f"usb 1-1: Product: {word}", "") for word in words]
    kernel += [line(f"I/O error, dev {word}, sector 5", "") for word in words]
    files = {
        "sys/firmware/devicetree/base/model": f"Raspberry Pi {words[0]}",
        "proc/sys/kernel/osrelease": f"6.12.1-{words[1]}",
        "etc/os-release": f'ID={words[2]}\nPRETTY_NAME="{words[3]}"\nVERSION_ID="{words[4]}"\n',
        "etc/hostname": words[6],
        "sys/devices/mmc/mmcblk0/device/serial": words[8],
        "sys/devices/mmc/mmcblk0/device/name": words[9],
        "sys/devices/mmc/mmcblk0/device/type": words[10],
        "sys/devices/mmc/mmcblk0/device/life_time": words[11],
        "sys/class/net/wlan0/address": words[11],
        "sys/module/cfg80211/parameters/ieee80211_regdom": words[3],
        "sys/class/thermal/thermal_zone0/temp": words[5],
        "sys/fs/cgroup/cgroup.controllers": words[5],
        "proc/swaps": f"{words[6]}\n/dev/{words[7]} file 1 1 1\n",
    }
    said = f"GENERAL.STATE:{words[3]}\n"
    states = f"ActiveState={words[2]}\nNRestarts={words[1]}\n"
    return twin(root, files, spoken, kernel, lambda _unit: states, said, f"throttled={words[5]}")


def test_nothing_personal_is_in_the_bundle_of_a_box_that_is_full_of_it(tmp_path: Path) -> None:
    inside = contents(filled(tmp_path, FIXED))
    assert set(inside) == {"the bundle", "names", "report.txt", "report.json"}
    assert b"13" in inside["report.json"], "the films are counted"


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_words_are_none_is_in_the_bundle(tmp_path: Path, seed: int) -> None:
    filled(tmp_path, drawn(seed))


def test_the_search_would_find_a_word_in_any_of_its_forms() -> None:
    marker = "Annemarijn"
    for hidden in (marker, marker.encode("utf-16-le").decode("latin-1"), marker.encode().hex(),
                   base64.b64encode(b"x" + marker.encode() + b"yz").decode(),
                   json.dumps({"a": marker}), marker.upper()):  # fmt: skip
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr("report.txt", "words before " + hidden + " and after")
        assert ("report.txt", "a") in leaks(contents(made.getvalue()), {"a": marker})
    assert zlib.compress(marker.encode()) not in contents(made.getvalue())["the bundle"]


def test_every_line_of_ours_is_told_without_its_gaps_in_a_bundle(tmp_path: Path) -> None:
    lines = [line("Geheim".join(each.parts), "vigbox-web.service") for each in known_lines().loud]
    facts = gather(twin(tmp_path, journal=lines), NOW)
    report = Report(facts, Settings(), (), TimeSource.NETWORK, Held(), NOW, boottime_s())
    assert len(facts.troubles) == 40
    assert leaks(contents(report.to_zip()), {"gap": "Geheim"}) == []


def test_of_settings_only_numbers_and_choices_are_told() -> None:
    texts = {key: "Annemarijn" for key, kind in Settings.__annotations__.items() if kind is str}
    texts |= {"address": "10.9.9.9", "language": "nl", "retention_mode": "record"}
    paths = {key: Path("/Annemarijn") for key, kind in Settings.__annotations__.items()
             if kind is Path}  # fmt: skip
    found = told(dataclasses.replace(Settings(), **texts, **paths, width=640))  # type: ignore[arg-type]
    assert "Annemarijn" not in repr(found)
    assert (found["width"], found["language"], found["microphone"]) == (640, "nl", "changed")
    assert found["address"] == "changed"
    assert told(Settings())["microphone"] == "as shipped"


def test_a_person_can_read_the_text_and_a_program_the_json(tmp_path: Path) -> None:
    journal = [line("vigbox.recorder.box: a press was refused: x", hours_ago=3)]
    facts = gather(twin(tmp_path, journal=journal, throttled="throttled=0x50000\n"), NOW)
    faults = (Fault(7, "width", "secret"), Fault(9, "", "secret"))
    report = Report(
        facts, Settings(), faults, TimeSource.TABLET, Held(3, 0, None), NOW, boottime_s()
    )
    inside = contents(report.to_zip())
    text = inside["report.txt"].decode()
    assert text.startswith("Report of a vigbox. It tells how the box is, and nothing of whom")
    assert "PROBLEM  power     The power was too weak since the box was switched on." in text
    assert "board                    Raspberry Pi 4 Model B Rev 1.4" in text
    assert "recorder      1 times, last 3 h ago: a press was refused: …" in text
    assert "line 7: width\nline 9: no setting of ours" in text
    assert "exports                  not seen" in text
    facts_told = json.loads(inside["report.json"])
    assert facts_told["mistakes_in_settings"] == [
        {"line": 7, "key": "width"}, {"line": 9, "key": ""}
    ]  # fmt: skip
    assert facts_told["held"] == {"recordings": 3, "imports": 0, "exports": None}
    assert report.to_zip() == report.to_zip()


def test_a_box_nobody_looked_at_has_a_report_as_well() -> None:
    report = Report(None, Settings(), (), TimeSource.UNSURE, Held(), NOW, boottime_s())
    assert "PROBLEM  health" in report.to_text()
