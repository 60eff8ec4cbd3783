"""A box out of its carton: set up on its page, through nginx, by nobody but who is on its Wi-Fi."""

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

from tests.installed.machine import Booted, booted, memory

DATA = "/var/lib/vigbox"
SETTLED = f"{DATA}/web/setup/settled"


@contextlib.contextmanager
def _fresh(root: Path) -> Iterator[Booted]:
    with (
        tempfile.TemporaryDirectory(prefix="vigbox-box-") as folder,
        memory(Path(folder)),
        booted([root], Path(folder, "box")) as machine,
    ):
        machine.use_twins()
        yield machine


@pytest.fixture
def carton(root: Path, newest: str) -> Iterator[Booted]:
    """A machine with the package installed and nothing else done."""
    with _fresh(root) as machine:
        machine.install(newest)
        machine.until("systemctl is-active -q vigbox-setup && systemctl is-active -q nginx")
        yield machine


def test_after_a_cut_before_nginx_had_its_site_the_page_answers(root: Path, newest: str) -> None:
    site = "/etc/nginx/sites-enabled/vigbox.conf"
    with tempfile.TemporaryDirectory(prefix="vigbox-box-") as folder, memory(Path(folder)):
        layer = Path(folder, "box")
        with booted([root], layer) as machine:
            machine.use_twins()
            machine.install(newest)
            machine.until(f"test -e {site} -a -e {DATA}/tls/box.pem")
            machine.sh(f"rm {site} && sync -f /")
        with booted([root], layer) as machine:
            machine.until("systemctl is-active -q vigbox-setup && systemctl is-active -q nginx")
            assert "A new box" in Tablet(machine).ask("/")


def test_what_a_cut_set_up_of_root_s_left_does_not_bar_the_tablet(carton: Booted) -> None:
    left = f"{DATA}/identities/database.age {DATA}/case.db {DATA}/service.toml.tmp"
    carton.sh(f"umask 077; touch {left}; rm /run/vigbox-net-setup/told.json")
    carton.sh("systemctl restart vigbox-net-setup")
    assert carton.run(f"ls {DATA}/case.db {DATA}/identities/database.age").stdout == ""
    assert carton.sh(f"stat -c %U {DATA}/service.toml.tmp {DATA}/.setup.lock").split() == [
        "vigbox-web", "vigbox-web",
    ]  # fmt: skip
    assert carton.sh("journalctl -u vigbox-net-setup -o cat | grep -c stays || true") == "0"
    assert "A new box" in Tablet(carton).ask("/")


def test_a_box_that_lost_its_box_json_says_so_and_changes_nothing(carton: Booted) -> None:
    carton.sh("vigbox setup --practitioner Anna")
    carton.until("systemctl is-active -q vigbox-web && systemctl is-active -q vigbox-recorder")
    carton.sh(f"touch {DATA}/recordings/0.mp4.age")
    # first what would start them again as soon as they are gone
    carton.sh("systemctl stop vigbox.path vigbox-settle.path")
    carton.sh("systemctl stop vigbox.target vigbox-web vigbox-recorder")
    carton.sh(f"mv {DATA}/box.json /root/")
    before = carton.sh(
        f"cd {DATA} && sha256sum case.db tls/* identities/*.age recorder/signing.key"
    )
    again = carton.run("vigbox setup --practitioner Bea")
    assert again.returncode == 1
    assert "box.json is missing (films: 1, keys of cases: 0, armed: 0)" in again.stderr
    carton.sh("systemctl restart vigbox-setup nginx")
    tablet = Tablet(carton)
    told = carton.sh(
        f"curl -sS --cacert {DATA}/tls/authority.pem --resolve {tablet.name}:443:127.0.0.1"
        f" https://{tablet.name}/"
    )
    assert "This box is not new" in told
    assert "A new box" not in told
    carton.sh("rm /run/vigbox-net-setup/told.json; systemctl restart vigbox-net-setup")
    after = carton.sh(f"cd {DATA} && sha256sum case.db tls/* identities/*.age recorder/signing.key")
    assert after == before


class Tablet:
    """A browser on the box's Wi-Fi that trusts the box's authority and nothing else."""

    def __init__(self, box: Booted) -> None:
        self.box = box
        self.name = box.sh(
            f"openssl x509 -in {DATA}/tls/box.pem -noout -subject -nameopt multiline"
            " | sed -n 's/.*commonName *= //p'"
        )
        self.token = ""

    def ask(self, path: str, *options: str) -> str:
        ours = (
            f"--cacert {DATA}/tls/authority.pem --resolve {self.name}:443:127.0.0.1"
            " -b /tmp/jar -c /tmp/jar -H 'Sec-Fetch-Site: same-origin'"
            " --retry 20 --retry-connrefused --retry-all-errors --fail-with-body"
        )
        told = self.box.sh(
            f"curl -sSL --max-time 60 {ours} {' '.join(options)} https://{self.name}{path}"
        )
        # the last: before it may stand what the set-up answered while it was stopped
        if found := re.findall(r'name="csrf-token" content="([^"]+)"', told):
            self.token = found[-1]
        return told

    def send(self, path: str, **facts: str) -> str:
        data = " ".join(f"--data-urlencode '{key}={value}'" for key, value in facts.items())
        return self.ask(path, f"-H 'X-CSRFToken: {self.token}'", data or "-d ''")


def test_a_box_out_of_its_carton_is_set_up_on_its_page_and_then_never_again(
    carton: Booted,
) -> None:
    assert carton.state("vigbox-web") == "inactive"
    assert carton.sh(f"stat -c '%U %a' {DATA}/web/setup/waiting.json") == "vigbox-web 600"
    assert "Trust this box" in carton.sh(
        f"curl -sS -H 'Host: {Tablet(carton).name}' http://127.0.0.1/"
    )
    tablet = Tablet(carton)
    assert "A new box" in tablet.ask("/")
    tablet.send("/setup/begin")
    tablet.send("/setup/service", controller="Youth service")
    words = re.findall(r"<li>([a-z-]+)</li>", tablet.send("/setup/you", name="Anna"))
    asked = int(re.findall(r"Word (\d+) ", tablet.ask("/setup/written"))[0])
    page = tablet.send("/setup/written", word=words[asked - 1])
    word = _word(tablet, int(re.findall(r"Word (\d+) ", page)[0]))
    assert "The box is set up" in tablet.send("/setup/sheet", word=word, erased="on")
    carton.until(f"test -e {DATA}/box.json")
    carton.until("systemctl is-active -q vigbox-web && systemctl is-active -q vigbox-recorder")
    carton.until("! systemctl is-active -q vigbox-setup")
    tablet.ask("/unlock")
    assert "First steps" in tablet.send("/unlock", passphrase=" ".join(words))
    _is_as_after_a_set_up_of_root(carton)
    _is_never_set_up_again(carton)


def _word(tablet: Tablet, number: int) -> str:
    """Read a word of the printed sheet, as the host sees the machine's own disk."""
    tablet.ask("/setup/sheet.pdf", "-o /root/sheet.pdf")
    pages = pypdf.PdfReader(tablet.box.root / "root" / "sheet.pdf").pages
    text = "\n".join(each.extract_text() for each in pages)
    words = dict(re.findall(r"(?m)^(\d+) ([a-z-]+)$", text))
    return str(words[str(number)])


def _is_as_after_a_set_up_of_root(box: Booted) -> None:
    owners = {
        "box.json": "root 644",
        "recorder/signing.key": "vigbox-rec 600",
        "case.db": "vigbox-web 600",
        "identities/authority.age": "vigbox-web 600",
        "service.toml": "vigbox-web 600",
    }
    for path, owner in owners.items():
        assert box.sh(f"stat -c '%U %a' {DATA}/{path}") == owner, path
    assert box.run(f"test -e {DATA}/web/setup").returncode != 0
    # the box's own certificate alone has its key in plain
    found = box.sh(f"grep -rl 'BEGIN PRIVATE KEY' {DATA}")
    assert found.split() == [f"{DATA}/tls/box.pem"]
    assert box.sh("systemctl --failed --no-legend --plain") == ""


def _is_never_set_up_again(box: Booted) -> None:
    before = box.sh(f"sha256sum {DATA}/box.json {DATA}/case.db")
    box.run("systemctl start vigbox-setup")
    assert box.state("vigbox-setup") != "active"
    again = box.run("runuser -u vigbox-web -- vigbox setup --page --socket /tmp/other.sock")
    assert again.returncode == 1
    assert "is set up already" in again.stderr
    box.sh(f"runuser -u vigbox-web -- mkdir {DATA}/web/setup")
    box.sh(f"runuser -u vigbox-web -- sh -c 'echo {{}} > {DATA}/web/setup/box.json'")
    box.sh(f"runuser -u vigbox-web -- touch {SETTLED}")
    box.until(f"test ! -e {SETTLED}")
    assert box.sh(f"sha256sum {DATA}/box.json {DATA}/case.db") == before
    box.until_active("vigbox-web", "vigbox-recorder")
