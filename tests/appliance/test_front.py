"""The shipped nginx file before the real web: what curl, Chromium and a machine see of it."""

import contextlib
import io
import re
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import sync_playwright

from tests import certificates
from tests.appliance.conftest import Stood
from vigbox.appliance.authority import Authority
from vigbox.appliance.certificates import authority_fingerprint
from vigbox.companion import home as homes
from vigbox.companion.link import BoxRefusedError, Link
from vigbox.companion.pairing import pair
from vigbox.delivery.certificates import key_of_request, new_key, request_for
from vigbox.delivery.machines import Machines
from vigbox.demo.front import Front

FORM = ("-H", "Sec-Fetch-Site: same-origin")


def status(stood: Stood, address: str, *options: str) -> str:
    return stood.curl(address, "-o", "/dev/null", "-w", "%{http_code}", *options).stdout


def test_nginx_takes_the_file_without_a_complaint(stood: Stood) -> None:
    config = stood.folder / "nginx" / "nginx.conf"
    told = subprocess.run(
        ["nginx", "-t", "-c", str(config)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "warn" not in told.stderr


def test_who_trusts_the_authority_sees_the_page_by_name_and_by_address(stood: Stood) -> None:
    for address in (stood.page("/unlock"), f"https://127.0.0.1:{stood.ports[443]}/unlock"):
        assert status(stood, address) == "200"


def test_who_does_not_trust_it_sees_nothing(stood: Stood) -> None:
    done = stood.curl(stood.page("/unlock"), "--cacert", "/etc/ssl/certs/ca-certificates.crt")
    assert done.returncode == 60


@pytest.mark.parametrize("port", [443, 8443])
def test_no_older_tls_is_spoken(stood: Stood, port: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", stood.ports[port]), 10) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain)


def test_plain_http_hands_out_the_authority_and_nothing_else(stood: Stood) -> None:
    address = f"http://127.0.0.1:{stood.ports[80]}"
    assert stood.curl(f"{address}/authority.crt").stdout == stood.layout.authority.read_text()
    assert status(stood, f"{address}/unlock") == "308"
    for path in ("/box.pem", "/tls/box.pem", "/authority.crt/../box.pem"):
        assert "PRIVATE" not in stood.curl(address + path, "--path-as-is").stdout


def test_the_sessions_cookie_is_for_this_host_over_https_alone(stood: Stood) -> None:
    data = f"passphrase={quote(stood.secrets.passphrase)}"
    told = stood.curl(stood.page("/unlock"), *FORM, "-d", data, "-i").stdout
    (cookie,) = re.findall(r"(?i)^set-cookie: (.*)$", told, re.MULTILINE)
    assert cookie.startswith("__Host-vigbox=")
    for each in ("Secure", "HttpOnly", "Path=/", "SameSite=Strict"):
        assert each in cookie


def test_no_page_is_compressed_and_no_request_is_written_down(stood: Stood) -> None:
    told = stood.curl(stood.page("/unlock"), "-i", "-H", "Accept-Encoding: gzip").stdout
    assert "content-encoding" not in told.lower()
    assert (stood.folder / "nginx" / "access.log").read_text() == ""


def test_a_foreign_host_and_a_foreign_page_are_refused(stood: Stood) -> None:
    assert status(stood, stood.page("/unlock"), "-H", "Host: bank.example") == "400"
    foreign = ("-H", "Origin: https://bank.example", "-d", "passphrase=x")
    assert status(stood, stood.page("/unlock"), *foreign) == "403"


def test_static_files_come_from_nginx(stood: Stood) -> None:
    told = stood.curl(stood.page("/static/page.css"), "-i")
    assert "server: nginx" in told.stdout.lower()
    assert told.stdout.endswith(Path("vigbox/web/static/page.css").read_text())


def paired(stood: Stood, home: Path) -> str:
    """Pair a machine as a person does; gives what the tablet showed as the code."""
    shown = in_a_browser(stood, home.parent / "browser")
    pair(stood.machines, shown, "laptop", home)
    return shown


def in_a_browser(stood: Stood, profile: Path) -> str:
    """Unlock and open the pairing window in a Chromium that trusts this authority alone."""
    trust = profile / ".pki" / "nssdb"
    trust.mkdir(parents=True)
    base = ["certutil", "-d", f"sql:{trust}"]
    subprocess.run([*base, "-N", "--empty-password"], check=True)
    subprocess.run(
        [*base, "-A", "-t", "C,,", "-n", "box", "-i", str(stood.layout.authority)], check=True
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            env={"HOME": str(profile), "PATH": "/usr/bin:/bin"},
            args=[f"--host-resolver-rules=MAP {stood.name} 127.0.0.1", "--no-sandbox"],
        )
        page = browser.new_page()
        page.goto(stood.page("/unlock"))
        page.fill("#passphrase", stood.secrets.passphrase)
        page.press("#passphrase", "Enter")
        page.wait_for_url("**/")
        page.goto(stood.page("/machines"))
        page.click("#pair")
        page.wait_for_selector("text=Hold the box's button")
        stood.recorder.holds += 1
        stood.recorder.is_pairing_asked = True
        code = page.inner_text("#code")
        drawn = Image.open(io.BytesIO(page.locator(".qr").screenshot()))
        (told,) = zxingcpp.read_barcodes(drawn)
        authority = authority_fingerprint(stood.layout).replace(":", "")
        assert told.text == f"{stood.page('/')}#authority={authority}"
        stood.recorder.is_pairing_asked = False
        browser.close()
        return code


def test_a_held_button_shows_a_code_that_pairs_a_machine_which_fetches_until_it_is_revoked(
    stood: Stood, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    paired(stood, home)
    box = homes.boxes(home)[0]
    assert box.box_name == stood.name
    with Link(box.address, homes.tls(home, box)) as link:
        assert link.get("/api/exports") == {"exports": []}
    own = str(homes.tls(home, box).certificate)
    asked = f"{stood.machines}/api/exports"
    assert status(stood, asked, "--cert", own, "--key", own) == "200"
    revoke(stood, box.machine_id)
    with Link(box.address, homes.tls(home, box)) as link, pytest.raises(BoxRefusedError) as told:
        link.get("/api/exports")
    assert told.value.status == 401


def revoke(stood: Stood, machine_id: str) -> None:
    jar = str(stood.folder / "jar")
    data = f"passphrase={quote(stood.secrets.passphrase)}"
    stood.curl(stood.page("/unlock"), *FORM, "-d", data, "-c", jar)
    stood.curl(stood.page(f"/machines/{machine_id}/revoke"), *FORM, "-b", jar, "-X", "POST")
    assert Machines(stood.layout.machines).get(machine_id).is_revoked


def test_nobody_says_by_themselves_whose_certificate_was_checked(
    stood: Stood, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    paired(stood, home)
    whole = homes.tls(home, homes.boxes(home)[0]).certificate.read_text()
    own = whole.partition("-----BEGIN PRIVATE")[0]
    forged = ("-H", "X-Vigbox-Verified: SUCCESS", "-H", f"X-Vigbox-Certificate: {quote(own)}")
    also = ("-H", "X_Vigbox_Verified: SUCCESS", "-H", f"X_Vigbox_Certificate: {quote(own)}")
    for told in (forged, also, forged + also):
        assert status(stood, f"{stood.machines}/api/exports", *told) == "401"
    assert status(stood, stood.page("/api/exports"), *forged) == "404"


def test_a_certificate_of_another_authority_is_refused_with_a_sentence(
    stood: Stood, tmp_path: Path
) -> None:
    key = new_key()
    signed = Authority.make(stood.name, ["127.0.0.1"]).machine_certificate(
        key_of_request(request_for(key)), "1" * 32
    )
    own = tmp_path / "own.pem"
    own.write_text(signed + key)
    told = stood.curl(f"{stood.machines}/api/exports", "--cert", str(own), "--key", str(own))
    assert "pair it again" in told.stdout


def test_the_machines_door_shows_no_page(stood: Stood) -> None:
    for path in ("/", "/unlock", "/static/page.css"):
        assert status(stood, stood.machines + path) == "404"
    assert status(stood, stood.page("/api/pair/begin"), "-d", "{}") == "404"


def test_a_certificate_of_this_authority_for_another_name_is_refused(
    stood: Stood, tmp_path: Path
) -> None:
    """As if the authority's key had been stolen: real curl, another name."""
    made, name = Authority.make(stood.name, ["127.0.0.1"]), "bank.example"
    certificates.keep(tmp_path, made, name=name)
    front = Front(lambda *_: [], 0, tmp_path / "box.pem", tmp_path / "authority.pem")
    front.start()
    command = ["curl", "-sS", "--cacert", str(tmp_path / "authority.pem")]
    command += ["--resolve", f"{name}:{front.port}:127.0.0.1", f"https://{name}:{front.port}/"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    front.close()
    assert done.returncode == 60
    assert "permitted subtree violation" in done.stderr


def test_neither_bodies_nor_answers_become_files(stood: Stood, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"a plain byte of a family's film " * (12 << 15))
    for path in ("/cases/x/consent-form", "/imports/x/0", "/unlock"):
        status(stood, stood.page(path), *FORM, "--data-binary", f"@{body}")
    small = tmp_path / "small"
    small.write_bytes(body.read_bytes()[: 900 << 10])
    status(stood, stood.page("/unlock"), *FORM, "--data-binary", f"@{small}")
    assert "temporary file" not in stood.complaints()
    kept = [each for each in (stood.folder / "nginx").rglob("*") if each.is_file()]
    assert not [each for each in kept if b"a plain byte of" in each.read_bytes()]


HEADS = {
    "a head that never ends": "GET / HTTP/1.1\r\nHost: {name}\r\nX-Slow: ",
    "a body that never ends": (
        "POST /unlock HTTP/1.1\r\nHost: {name}\r\nContent-Length: 900000\r\n\r\npassphrase="
    ),
    "a large body that never ends": (
        "POST /cases/x/consent-form HTTP/1.1\r\nHost: {name}\r\nSec-Fetch-Site: same-origin\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n--x"
    ),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_slow_clients_do_not_keep_others_from_the_page(stood: Stood, head: str) -> None:
    """More of them than the web has threads, from three other addresses of this computer."""
    context = ssl.create_default_context(cafile=stood.layout.authority)
    with contextlib.ExitStack() as held:
        for number in range(90):
            source = (f"127.0.0.{2 + number % 3}", 0)
            where = ("127.0.0.1", stood.ports[443])
            plain = held.enter_context(socket.create_connection(where, 10, source))
            slow = held.enter_context(context.wrap_socket(plain, server_hostname=stood.name))
            slow.sendall(head.format(name=stood.name).encode())
        done = stood.curl(stood.page("/unlock"), "-o", "/dev/null", "-w", "%{time_total}")
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 3
