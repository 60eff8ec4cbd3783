"""The shipped nginx file before the real web: what curl, Chromium and a machine see of it."""

import contextlib
import io
import json
import re
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests import certificates
from tests.appliance.conftest import Stood, fronted, served
from tests.web.tablets import PICTURES, fits
from vigbox.appliance.authority import Authority
from vigbox.appliance.certificates import authority_fingerprint
from vigbox.appliance.updates.steps import is_page
from vigbox.companion import home as homes
from vigbox.companion.link import BoxRefusedError, BoxUnreachableError, Link
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
    address = stood.plain("")
    assert stood.curl(f"{address}/authority.pem").stdout == stood.layout.authority.read_text()
    own = ("-H", f"Host: {stood.name}")
    shown = stood.curl(f"{address}/", "-i", *own).stdout
    assert authority_fingerprint(stood.layout).replace(":", " ") in shown
    assert "set-cookie" not in shown.lower()
    for loaded in re.findall(r'href="(/static/[^"]+)"', shown):
        assert status(stood, address + loaded) == "200"
    for path in ("/unlock", "/trust", "/cases", "/nowhere"):
        told = stood.curl(address + path, *own, "-i").stdout
        assert told.startswith("HTTP/1.1 308")
        assert f"https://{stood.name}{path}" in told
    for path in ("/box.pem", "/tls/box.pem", "/authority.crt/../box.pem"):
        assert "PRIVATE" not in stood.curl(address + path, "--path-as-is").stdout


PROBES = [
    ("captive.apple.com", "/hotspot-detect.html", "Success"),
    ("www.thinkdifferent.us", "/Xr3Kd/0p2.html", "Success"),
    ("www.apple.com", "/library/test/success.html", "Success"),
    ("www.msftconnecttest.com", "/connecttest.txt", "Microsoft Connect Test"),
    ("www.msftncsi.com", "/ncsi.txt", "Microsoft NCSI"),
    ("detectportal.firefox.com", "/success.txt?ipv4", "success\n"),
    ("detectportal.firefox.com", "/canonical.html", "support.mozilla.org/kb/captive-portal"),
]


@pytest.mark.parametrize(("host", "path", "expected"), PROBES)
def test_a_tablet_that_asks_whether_the_network_is_alive_stays(
    stood: Stood, host: str, path: str, expected: str
) -> None:
    address = f"http://127.0.0.1:{stood.ports[80]}{path}"
    told = stood.curl(address, "-i", "-H", f"Host: {host}").stdout
    head, _, body = told.partition("\n\n")
    assert head.startswith("HTTP/1.1 200")
    assert expected in body
    exact = ("Microsoft Connect Test", "Microsoft NCSI", "success\n")
    assert expected not in exact or body == expected


@pytest.mark.parametrize("path", ["/generate_204", "/gen_204"])
def test_android_gets_its_empty_answer(stood: Stood, path: str) -> None:
    host = ("-H", "Host: connectivitycheck.gstatic.com")
    address = f"http://127.0.0.1:{stood.ports[80]}{path}"
    assert status(stood, address, *host) == "204"
    assert stood.curl(address, *host).stdout == ""


def test_a_plain_visit_to_the_box_leads_to_https(stood: Stood) -> None:
    address = f"http://127.0.0.1:{stood.ports[80]}/unlock?x=1"
    for host in (stood.name, "10.42.0.1"):
        told = stood.curl(address, "-i", "-H", f"Host: {host}").stdout
        assert told.startswith("HTTP/1.1 308")
        assert f"Location: https://{host}/unlock?x=1" in told.replace("\r", "")


@pytest.mark.parametrize(
    "lie",
    [
        [],
        ["X-Vigbox-Address: elsewhere.invalid"],
        ["X_Vigbox_Address: elsewhere.invalid"],
        ["X-Vigbox-Plain;"],
        ["Cookie: __Host-vigbox=x"],
    ],
)
def test_a_plain_visit_to_another_name_is_told_where_the_page_is(
    stood: Stood, lie: list[str]
) -> None:
    address = f"http://127.0.0.1:{stood.ports[80]}/unlock"
    said = [word for each in ["Host: news.example", *lie] for word in ("-H", each)]
    told = stood.curl(address, "-i", *said).stdout
    assert told.startswith("HTTP/1.1 400")
    assert "passphrase" not in told
    # plain, as the page is that tells how to trust the box: HTTPS would begin with a warning
    links = re.findall(r'href="(http[^"]+)"', told)
    assert links == [f"http://{stood.name}/", "http://127.0.0.1/"]
    for each in links:
        own = ("-H", f"Host: {each.split('/')[2]}")
        assert "Trust this box" in stood.curl(stood.plain("/"), *own).stdout


def test_nobody_makes_the_box_lead_to_a_plain_page(stood: Stood) -> None:
    for lie in ("X-Vigbox-Plain: 1", "X_Vigbox_Plain: 1"):
        said = ("-H", "Host: bank.example", "-H", lie)
        told = stood.curl(stood.page("/unlock"), *said).stdout
        assert f'href="https://{stood.name}/"' in told
        assert 'href="http://' not in told


def test_an_address_that_the_box_was_reached_by_is_its_own(stood: Stood) -> None:
    """As at an office, whose network gives the box an address that it did not have before."""
    own = stood.page("/unlock").replace(stood.name, "127.0.0.9")
    context = ("--insecure", "--connect-to", f"127.0.0.9:{stood.ports[443]}:127.0.0.1:")
    assert status(stood, own, *context) == "400"
    reached = own.replace("127.0.0.9", "127.0.0.1")
    assert status(stood, reached, "-H", "Host: 127.0.0.1") == "200"


def test_the_sessions_cookie_is_for_this_host_over_https_alone(
    stood: Stood, tmp_path: Path
) -> None:
    *_, told = stood.unlocked(tmp_path / "jar")
    (cookie,) = re.findall(r"(?i)^set-cookie: (.*)$", told, re.MULTILINE)
    assert cookie.startswith("__Host-vigbox=")
    for each in ("Secure", "HttpOnly", "Path=/", "SameSite=Strict"):
        assert each in cookie


def test_no_page_is_compressed_and_no_request_is_written_down(stood: Stood) -> None:
    told = stood.curl(stood.page("/unlock"), "-i", "-H", "Accept-Encoding: gzip").stdout
    assert "content-encoding" not in told.lower()
    assert (stood.folder / "nginx" / "access.log").read_text() == ""


def test_a_foreign_host_and_a_foreign_page_are_refused(stood: Stood) -> None:
    told = stood.curl(stood.page("/unlock"), "-i", "-H", "Host: bank.example").stdout
    assert re.match(r"HTTP/[0-9.]+ 400", told)
    assert f'href="https://{stood.name}/"' in told
    assert "<form" not in told
    foreign = ("-H", "Origin: https://bank.example", "-d", "passphrase=x")
    assert status(stood, stood.page("/unlock"), *foreign) == "403"


def test_a_page_s_own_request_needs_its_token(stood: Stood) -> None:
    words = ("-d", f"passphrase={quote(stood.secrets.passphrase)}")
    assert status(stood, stood.page("/unlock"), *FORM, *words) == "400"


def test_every_answer_says_what_a_browser_may_do_with_it(stood: Stood) -> None:
    for path in ("/unlock", "/status", "/trust", "/nowhere"):
        head = stood.curl(stood.page(path), "-i").stdout.partition("\r\n\r\n")[0].lower()
        assert "cache-control: no-store" in head
        assert "default-src 'self'" in head
        assert "unsafe-inline" not in head
        assert "frame-ancestors 'none'" in head
        assert "x-content-type-options: nosniff" in head
        assert "strict-transport-security" not in head


def test_what_is_too_large_or_nonsense_is_told_without_a_trace_of_the_program(
    stood: Stood, tmp_path: Path
) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"x" * (2 << 20))
    assert status(stood, stood.page("/unlock"), *FORM, "--data-binary", f"@{body}") == "413"
    body.write_bytes(b"x" * (18 << 20))
    answer = stood.curl(stood.page("/cases/none/consent/ask"), *FORM, "--data-binary", f"@{body}")
    assert "nginx" not in answer.stdout, "the web itself answers"
    odd = ("-H", "Content-Type: application/json", "-d", "{", "-H", "Cookie: __Host-vigbox=x.y.z")
    for path in ("/unlock", "/recover", "/nowhere", "/%00", "/recordings/%ff", "/box/start"):
        told = stood.curl(stood.page(path), *FORM, *odd).stdout
        assert "Traceback" not in told
        assert "vigbox/web" not in told
        assert "werkzeug" not in told.lower()


def test_static_files_come_from_nginx(stood: Stood) -> None:
    told = stood.curl(stood.page("/static/page.css"), "-i")
    assert "server: nginx" in told.stdout.lower()
    assert told.stdout.endswith(Path("vigbox/web/static/page.css").read_text())


def trust(profile: Path, authority: Path | None) -> None:
    """Make the home of a Chromium that trusts this authority alone, or none."""
    store = profile / ".pki" / "nssdb"
    store.mkdir(parents=True)
    base = ["certutil", "-d", f"sql:{store}"]
    subprocess.run([*base, "-N", "--empty-password"], check=True)
    if authority:
        subprocess.run([*base, "-A", "-t", "C,,", "-n", "box", "-i", str(authority)], check=True)


def chromium(playwright: Playwright, profile: Path, rules: str) -> Browser:
    return playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        env={"HOME": str(profile), "PATH": "/usr/bin:/bin"},
        args=[f"--host-resolver-rules={rules}", "--no-sandbox"],
    )


def paired(stood: Stood, home: Path) -> str:
    """Pair a machine as a person does; gives what the tablet showed as the code."""
    shown = in_a_browser(stood, home.parent / "browser")
    pair(stood.machines, shown, "laptop", home)
    return shown


def in_a_browser(stood: Stood, profile: Path) -> str:
    """Unlock and open the pairing window in a Chromium that trusts this authority alone."""
    trust(profile, stood.layout.authority)
    with sync_playwright() as playwright:
        browser = chromium(playwright, profile, f"MAP {stood.name} 127.0.0.1")
        page = browser.new_page()
        page.goto(stood.page("/unlock"))
        page.fill("#passphrase", stood.secrets.passphrase)
        page.press("#passphrase", "Enter")
        page.wait_for_url("**/first")
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


def standard_ports(stood: Stood) -> str:
    """Let a browser ask ports 80 and 443, as on a box."""
    places = [f"MAP {stood.name}:{port} 127.0.0.1:{stood.ports[port]}" for port in (80, 443)]
    return ", ".join(places)


def test_a_browser_that_trusts_the_authority_comes_by_https_alone_from_then_on(
    stood: Stood, tmp_path: Path
) -> None:
    trust(tmp_path, stood.layout.authority)
    with sync_playwright() as playwright:
        browser = chromium(playwright, tmp_path, standard_ports(stood))
        page = browser.new_page()
        page.goto(f"http://{stood.name}/")
        assert page.url == f"http://{stood.name}/", "nothing is proved yet"
        page.click("#computer summary")
        page.click(f"#computer a:has-text('{stood.name}')")
        page.wait_for_selector("html[data-trust=trusted]")
        assert "Nothing is left to do" in page.inner_text("#trust-told")
        page.goto(f"http://{stood.name}/")
        assert page.url.startswith(f"https://{stood.name}/")
        browser.close()


def test_a_browser_that_was_clicked_through_a_warning_proved_nothing(
    stood: Stood, tmp_path: Path
) -> None:
    trust(tmp_path, None)
    with sync_playwright() as playwright:
        browser = chromium(playwright, tmp_path, standard_ports(stood))
        page = browser.new_page()
        with pytest.raises(PlaywrightError, match="ERR_CERT_AUTHORITY_INVALID"):
            page.goto(f"https://{stood.name}/trust")
        page.click("#details-button")
        page.click("#proceed-link")
        page.wait_for_selector("html[data-trust=doubted]")
        assert "does not trust the box yet" in page.inner_text("#trust-told")
        page.goto(f"http://{stood.name}/")
        assert page.url == f"http://{stood.name}/"
        browser.close()


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
    *ours, _told = stood.unlocked(stood.folder / "jar")
    stood.curl(stood.page(f"/machines/{machine_id}/revoke"), *ours, "-X", "POST")
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


LARGE = ("/imports/x/0", "/updates/0", "/cases/x/consent/ask")


def test_neither_bodies_nor_answers_become_files(stood: Stood, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"a plain byte of a family's film " * (12 << 15))
    for path in (*LARGE, "/cases/x/consent-form", "/unlock"):
        status(stood, stood.page(path), *FORM, "--data-binary", f"@{body}")
    small = tmp_path / "small"
    small.write_bytes(body.read_bytes()[: 1 << 20])
    for path in (*LARGE, "/cases/x/consent/child", "/unlock"):
        for how in ("--http1.1", "--http2"):
            status(stood, stood.page(path), how, *FORM, "--data-binary", f"@{small}")
    assert "temporary file" not in stood.complaints()
    kept = [each for each in (stood.folder / "nginx").rglob("*") if each.is_file()]
    assert not [each for each in kept if b"a plain byte of" in each.read_bytes()]


HEADS = {
    "a head that never ends": "GET / HTTP/1.1\r\nHost: {name}\r\nX-Slow: ",
    "a body that never ends": (
        "POST /unlock HTTP/1.1\r\nHost: {name}\r\nContent-Length: 900000\r\n\r\npassphrase="
    ),
    "a large body that never ends": (
        "POST /cases/x/consent/ask HTTP/1.1\r\nHost: {name}\r\nSec-Fetch-Site: same-origin\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n--x"
    ),
    **{
        f"a form that never ends, by {asked}": (
            f"{asked} HTTP/1.1\r\nHost: {{name}}\r\nSec-Fetch-Site: same-origin\r\n"
            "Sec-Fetch-Mode: navigate\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 900000\r\n\r\ncode="
        )
        for asked in (
            "GET /updates/state",
            "PUT /updates/0",
            "POST /updates/0",
            "PUT /imports/x/0",
            "POST /cases/x/consent/ask",
            "GET /cases/x/consent/ask",
            "POST /cases/x/consent/child",
        )
    },
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
    # a slow one is given up after 10 s at the earliest
    assert float(done.stdout) < 9


def test_root_finds_the_page_there_by_its_own_name_alone(stood: Stood) -> None:
    """As the steps of an update look, beside nginx."""
    assert is_page(str(stood.socket), stood.name)
    assert not is_page(str(stood.socket), "evil.example")


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stood]:
    """A box whose web is not there, as at boot."""
    with fronted(tmp_path_factory) as stood:
        yield stood


def split(told: str) -> tuple[str, str]:
    head, _, body = told.replace("\r", "").partition("\n\n")
    return head.lower(), body


def is_calm(head: str) -> bool:
    """Tell whether an answer is nginx's own for while the web is away."""
    wanted = (" 503", "retry-after: 5", "cache-control: no-store", "default-src 'none'")
    return all(each in head for each in wanted)


def test_a_page_that_nobody_answers_says_so_in_each_language_and_looks_again(away: Stood) -> None:
    own = ("-H", f"Host: {away.name}")
    plain = away.curl(away.plain("/"), "-i", *own).stdout
    for told in (plain, *(away.curl(away.page(each), "-i").stdout for each in ("/", "/unlock"))):
        head, body = split(told)
        assert is_calm(head), head
        assert '<meta http-equiv="refresh" content="5">' in body
        for language in ("en", "nl", "de"):
            assert f'lang="{language}"' in body
        assert "<script" not in body
        assert "style=" not in body
        for loaded in re.findall(r'href="(/[^"]+)"', body):
            assert status(away, away.page(loaded)) == "200"
            assert status(away, away.plain(loaded), *own) == "200"
    assert status(away, away.page("/away/page.html")) == "404", "no address of its own"


SENDING = {
    "an unlock": ("POST", "/unlock", 30),
    "a sheet": ("POST", "/recover", 30),
    "a consent with a photo": ("POST", "/cases/x/consent/ask", 9 << 20),
    "a part of a film": ("PUT", "/imports/x/0", 2 << 20),
    "a part of an update": ("PUT", "/updates/0", 2 << 20),
    "words": ("PUT", "/recordings/x/clips/1", 600_000),
    "an erasure": ("DELETE", "/recordings/x/clips/1", 0),
}


@pytest.mark.parametrize(("method", "path", "size"), SENDING.values(), ids=SENDING)
@pytest.mark.parametrize("how", ["--http1.1", "--http2"])
def test_what_is_sent_to_nobody_is_not_taken_for_done(
    away: Stood, tmp_path: Path, how: str, method: str, path: str, size: int
) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"x" * size)
    sent = ("-H", "Expect:", "--data-binary", f"@{body}") if size else ()
    told = away.curl(away.page(path), "-i", how, "-X", method, *FORM, *sent)
    head, body_told = split(told.stdout)
    assert is_calm(head), told
    # looking again would ask for a page that is none, and lose what was typed
    assert "http-equiv" not in body_told
    assert "may not have arrived" in body_told


def test_a_machine_is_told_to_wait(away: Stood, tmp_path: Path) -> None:
    for path in ("/api/exports", "/api/pair/begin"):
        head, body = split(away.curl(away.machines + path, "-i", "-d", "{}").stdout)
        assert " 503" in head
        assert "retry-after: 5" in head
        assert "content-type: application/json" in head
        assert "wait" in json.loads(body)["error"]
    home = tmp_path / "home"
    with pytest.raises(BoxUnreachableError, match="being updated; wait a minute"):
        pair(away.machines, "123456", "laptop", home)


class Busy(BaseHTTPRequestHandler):
    """Stands where the web stands, and says 503 itself."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b'{"error": "of the web itself"}')

    def address_string(self) -> str:
        return "nginx"  # a Unix socket's peer has no address


def test_what_the_web_itself_refuses_comes_as_it_is(away: Stood) -> None:
    with socketserver.UnixStreamServer(str(away.socket), Busy) as web:
        away.socket.chmod(0o666)
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        own = ("-H", f"Host: {away.name}")
        for told in (
            away.curl(away.page("/box/look/picture"), "-i"),
            away.curl(away.plain("/"), "-i", *own),
            away.curl(f"{away.machines}/api/exports", "-i"),
        ):
            head, body = split(told.stdout)
            assert " 503" in head
            assert "retry-after" not in head
            assert body == '{"error": "of the web itself"}'
        web.shutdown()
        thread.join()
    away.socket.unlink()


def test_a_browser_that_waits_comes_to_the_page_by_itself(away: Stood, tmp_path: Path) -> None:
    trust(tmp_path, away.layout.authority)
    with sync_playwright() as playwright:
        browser = chromium(playwright, tmp_path, f"MAP {away.name} 127.0.0.1")
        page = browser.new_page()
        refused: list[str] = []
        page.on("console", lambda each: refused.append(each.text))
        page.goto(away.page("/unlock"))
        assert "looks again by itself" in page.inner_text("main")
        assert not [each for each in refused if "Content Security Policy" in each]
        card = page.locator(".card").first
        assert card.evaluate("(each) => getComputedStyle(each).borderRadius") == "18px"
        for width in (1180, 390, 320):
            page.set_viewport_size({"width": width, "height": 820})
            fits(page)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / "away.png")
        with served(away):
            page.wait_for_selector("#passphrase")
        browser.close()
