"""The image's read-only root: it boots, films, is set up, updated, and loses nothing to a cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installed import releases
from tests.installed.image import Card, card
from tests.installed.machine import Booted, booted, memory

DATA = "/var/lib/vigbox"
SETTINGS = "/etc/vigbox/vigbox.toml"
UPDATE = "var/lib/vigbox/next.update"


@pytest.fixture(scope="module")
def blank(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ...]]:
    """A root with the package installed and nothing set up, as an image is."""
    folder = tmp_path_factory.mktemp("blank")
    with memory(folder):
        layer = folder / "installed"
        with booted([root], layer) as machine:
            machine.install("0.0.9")
            machine.use_twins()
            machine.sh("sync -f /")
        yield layer, root


@pytest.fixture
def image(blank: tuple[Path, ...]) -> Iterator[Card]:
    with card(blank) as made:
        yield made


def film(box: Booted) -> None:
    box.press("press")
    box.until_mode("recording")
    box.press("hold")
    box.until_mode("idle")


def answers(box: Booted) -> None:
    """Wait for the box's own page, which nobody told nginx of by hand."""
    ask = f"curl -sSf --cacert {DATA}/tls/authority.pem"
    name = box.sh(
        f"openssl x509 -in {DATA}/tls/box.pem -noout -subject -nameopt multiline"
        " | sed -n 's/.*commonName *= //p'"
    )
    box.until(f"{ask} --resolve {name}:443:127.0.0.1 https://{name}/unlock -o /dev/null")


def test_the_root_is_only_read_and_what_the_box_is_outlives_the_power(image: Card) -> None:
    with image.switched_on() as box:
        assert box.sh("systemctl --failed --no-legend --plain") == ""
        assert box.state("vigbox-recorder") == "inactive", "nobody has set it up"
        for path in ("/x", "/usr/x", "/opt/vigbox/x"):
            assert "Read-only" in box.run(f"touch {path}").stderr
        assert box.sh(f"findmnt -no FSTYPE {DATA}") == "ext4", "films lie in no overlay"
        assert box.sh("findmnt -no FSTYPE /var/log") == "tmpfs"
        assert box.sh("ls -d /run/log/journal; ls /var/log/journal 2>/dev/null || true") == (
            "/run/log/journal"
        )
        assert "Storage=volatile" in box.sh("systemd-analyze cat-config systemd/journald.conf")
        assert box.sh("swapon --show") == ""
        assert box.run("systemctl is-enabled ssh").stdout.strip() in ("masked", "not-found", "")
        said = box.sh("vigbox setup --practitioner Anna")
        passphrase = said.split("Passphrase:", 1)[1].split()[0]
        box.until_active("vigbox-recorder", "vigbox-web", "vigbox-lamp")
        box.sh(f"runuser -u vigbox-web -- /opt/vigbox/bin/python /inside/arm.py {passphrase}")
        film(box)
        box.sh(f"echo 'remind_after_minutes = 45' >> {SETTINGS} && sync -f {SETTINGS}")
        number = box.sh("cat /etc/machine-id")
        assert len(number) == 32
    with image.switched_on() as box:
        box.until_active("vigbox-recorder", "vigbox-web", "vigbox-lamp")
        assert box.sh("cat /etc/machine-id") == number
        assert "remind_after_minutes = 45" in box.sh(f"cat {SETTINGS}")
        film(box)
        assert box.sh(f"ls {DATA}/recordings | grep -c mp4.age") == "2"
        assert box.sh(f"grep -l finished {DATA}/recordings/*.json | wc -l") == "2"
        answers(box)
        box.sh("systemctl start vigbox-health")
        assert '"is_read_only": false' in box.sh("cat /run/vigbox-health/health.json")


def test_an_update_is_kept_and_the_root_is_only_read_again(image: Card, newest: str) -> None:
    with image.switched_on() as box:
        told = box.sh("systemctl cat vigbox-update vigbox-update-early")
        assert told.count("mount -o remount,rw /\n") == 2
        box.sh("vigbox setup --practitioner Anna")
        box.until_active("vigbox-recorder", "vigbox-web", "vigbox-lamp")
        releases.trust(box.root)
        (box.root / UPDATE).write_bytes(releases.update_of(releases.package(newest), newest))
        said = box.sh(f"vigbox update /{UPDATE}")
        assert said.split()[-1] == "done", said
        box.until('[ "$(systemctl show -P ActiveState vigbox-update)" = inactive ]')
        for path in ("/usr/x", "/opt/vigbox/x"):
            assert "Read-only" in box.run(f"touch {path}").stderr, box.log()
        box.sh("sync")
    with image.switched_on() as box:
        assert box.sh("dpkg-query -W -f '${Version} ${Status}' vigbox") == (
            f"{newest} install ok installed"
        )
        assert box.sh("vigbox --version") == f"vigbox {newest}"


def test_without_its_data_partition_the_box_comes_up_and_films_nothing(image: Card) -> None:
    with image.laid("/dev/nowhere") as root:
        assert not (root / "var/lib/vigbox/box.json").exists()
        assert (root / "etc/vigbox/vigbox.toml").exists()
        (root / "etc/written").write_text("into memory")
    with image.laid() as root:
        assert not (root / "etc/written").exists()
