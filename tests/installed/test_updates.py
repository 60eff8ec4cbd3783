"""Signed updates on the booted box: kept, refused, gone back from, and cut off in the middle."""

import json
import os
import random
import tempfile
import threading
import time
from pathlib import Path

import pytest

from tests.installed import releases
from tests.installed.conftest import Installed
from tests.installed.machine import Booted, booted, memory
from tests.installed.test_box import SUMS, ask, films
from vigbox.seal.signing import SigningKey

DATA = "/var/lib/vigbox"
FILE = "/root/next.update"
VERSION = "dpkg-query -W -f '${Status} ${Version}' vigbox"
WELL = "install ok installed"
CUTS = int(os.environ.get("VIGBOX_CUTS", "2"))
"""How often the power is cut within an update: 20 in the soak."""


def give(box: Booted, update: bytes) -> None:
    releases.trust(box.root)
    (box.root / FILE.lstrip("/")).write_bytes(update)


def film(box: Booted) -> None:
    before = len(films(box))
    box.press("press")
    box.until_mode("recording")
    box.press("hold")
    box.until_mode("idle")
    assert len(films(box)) == before + 1


def wish(box: Booted, update: bytes) -> None:
    """Ask for an update as the page does."""
    spool = f"{DATA}/web/update"
    box.sh(f"install -o vigbox-web -m 600 {FILE} {spool}/arrived.update")
    (box.root / "root/wish.json").write_text(json.dumps(releases.wish_of(update)))
    box.sh(f"install -o vigbox-web -m 600 /root/wish.json {spool}/wish.json")


def until_told(box: Booted, state: str) -> None:
    """Wait for what comes after the minutes of an update's own patience."""
    box.sh(f"timeout 280 sh -c 'until grep -q \"{state}\" {DATA}/update.json; do sleep 1; done'")


def sums_of_films(box: Booted) -> str:
    return box.sh(f"sha256sum {DATA}/recordings/*.age")


def test_a_signed_update_is_installed_and_proved(box: Booted, newest: str) -> None:
    film(box)
    sums, kept = box.sh(SUMS), sums_of_films(box)
    give(box, releases.update_of(releases.package(newest), newest))
    said = box.sh(f"vigbox update {FILE}")
    assert said.split()[-1] == "done", said
    assert box.sh(VERSION) == f"{WELL} {newest}"
    assert box.sh(f"ls {DATA}/updates") == "kept.deb\nsteps.py"
    assert (box.sh(SUMS), sums_of_films(box)) == (sums, kept)
    film(box)


def test_what_is_not_signed_older_or_damaged_changes_nothing(box: Booted, newest: str) -> None:
    package = releases.package(newest)
    damaged = bytearray(releases.update_of(package, newest))
    damaged[-1000] ^= 1
    pids = [box.pid(each) for each in ("vigbox-recorder", "vigbox-web", "vigbox-lamp")]
    for update, why in (
        (releases.update_of(package, newest, SigningKey.generate()), "not signed by a key"),
        (releases.update_of(package, "0.0.1"), "older than 0.0.9"),
        (bytes(damaged), "is damaged"),
        (releases.update_of(package, "0.7.0"), "another package than it says"),
    ):
        give(box, update)
        refused = box.run(f"vigbox update {FILE}")
        assert refused.returncode == 1
        assert why in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert box.sh(VERSION) == f"{WELL} 0.0.9"
    assert pids == [box.pid(each) for each in ("vigbox-recorder", "vigbox-web", "vigbox-lamp")]
    assert box.sh(f"ls {DATA}/updates") == ""


def test_a_release_that_does_not_start_is_gone_back_from_by_itself(
    box: Booted, newest: str
) -> None:
    film(box)
    sums, kept = box.sh(SUMS), sums_of_films(box)
    give(box, releases.update_of(releases.ill_package(newest, "0.2.0"), "0.2.0"))
    refused = box.run(f"vigbox update {FILE}")
    assert refused.returncode == 1
    assert "gone back" in refused.stderr, refused.stderr
    assert box.sh(VERSION) == f"{WELL} 0.0.9"
    box.until_active("vigbox-recorder", "vigbox-web", "vigbox-lamp")
    assert (box.sh(SUMS), sums_of_films(box)) == (sums, kept)
    film(box)


def test_a_release_whose_site_nginx_refuses_is_gone_back_from_and_the_page_answers(
    box: Booted, installed: Installed, newest: str
) -> None:
    assert "<form" in ask(box, f"{installed.page}unlock")
    update = releases.update_of(releases.package_with_ill_site(newest, "0.2.0"), "0.2.0")
    give(box, update)
    # by the page: the hardened unit is what asks nginx, the firewall and polkit
    wish(box, update)
    box.until(f"grep -q proving {DATA}/update.json")
    assert box.run("nginx -t").returncode != 0, "at the next boot there would be no page"
    until_told(box, "going back")
    until_told(box, "gone back")
    told = json.loads(box.sh(f"cat {DATA}/update.json"))
    assert told["why"] == "nginx refuses the page's settings."
    assert box.sh(VERSION) == f"{WELL} 0.0.9"
    # as a boot does
    box.sh("systemctl restart nginx")
    assert "<form" in ask(box, f"{installed.page}unlock")


def test_the_page_s_wish_is_done_by_root_and_a_film_is_waited_for(box: Booted, newest: str) -> None:
    update = releases.update_of(releases.package(newest), newest)
    give(box, update)
    box.press("press")
    box.until_mode("recording")
    before = box.pid("vigbox-recorder")
    wish(box, update)
    box.until(f"grep -q waiting {DATA}/update.json")
    assert box.pid("vigbox-recorder") == before
    assert box.sh(VERSION) == f"{WELL} 0.0.9"
    box.press("hold")
    box.until(f"grep -q proving {DATA}/update.json")
    box.until(f"grep -q done {DATA}/update.json")
    assert box.sh(VERSION) == f"{WELL} {newest}"
    assert len(films(box)) == 1


@pytest.mark.parametrize("number", range(CUTS))
def test_cut_off_in_the_middle_it_boots_and_records(
    root: Path, installed: Installed, newest: str, number: int
) -> None:
    seed = int(os.environ.get("VIGBOX_SEED", time.time_ns() % 1_000_000))
    print(f"VIGBOX_SEED={seed}")  # noqa: T201  # what brings the same moment back
    chance = random.Random(seed * 100 + number)
    state, wait_s = chance.choice(["installing", "installing", "proving"]), chance.uniform(0, 12)
    with (
        tempfile.TemporaryDirectory(prefix="vigbox-box-") as folder,
        memory(Path(folder)),
    ):
        layer = Path(folder, "box")
        with booted([installed.layer, root], layer) as box:
            box.until_active("vigbox-recorder", "vigbox-web", "vigbox-lamp")
            film(box)
            sums, kept = box.sh(SUMS), sums_of_films(box)
            give(box, releases.update_of(releases.package(newest), newest))
            box.sh(f"systemd-run --quiet vigbox update {FILE}")
            box.until(f"grep -q {state} {DATA}/update.json")
            threading.Event().wait(wait_s)
        said = f"cut {number}, {wait_s:.2f} s into {state}"
        with booted([installed.layer, root], layer) as box:
            box.until_active("vigbox-recorder", "vigbox-lamp")
            assert sums_of_films(box) == kept, said
            film(box)
            box.until(f"! test -e {DATA}/updates/journal.json")
            assert box.sh(VERSION) == f"{WELL} {newest}", said
            box.until_active("vigbox-recorder", "vigbox-web", "vigbox-lamp")
            assert box.sh(SUMS) == sums, said
            film(box)
