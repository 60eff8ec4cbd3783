"""Adds a film from elsewhere and orders a film to keep: ``kept.py NAME PASSPHRASE CASE [kill]``.

It does what a tablet does, through nginx, says what came of it, and reads the film back.
``kill``: the media worker is killed meanwhile, and only what became of the first is said.
"""

import http.client
import io
import json
import re
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import av

PART = 2 << 20
NAME, PASSPHRASE, CASE = sys.argv[1:4]
AUTHORITY = Path("/var/lib/vigbox/tls/authority.pem")
PATIENCE_S = 120


class Tablet:
    """Trusts the box's authority alone; a refusal ends the program with the page's own words."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._trust = ssl.create_default_context(cafile=str(AUTHORITY))
        self._cookies: dict[str, str] = {}
        self._token = ""

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        """Ask for a page; gives its bytes, and follows no redirect."""
        raw = socket.create_connection(("127.0.0.1", 443), timeout=PATIENCE_S)
        connection = http.client.HTTPConnection(self._name)
        connection.sock = self._trust.wrap_socket(raw, server_hostname=self._name)
        cookies = "; ".join(f"{key}={value}" for key, value in self._cookies.items())
        origin = f"https://{self._name}"
        headers = {"Origin": origin, "Cookie": cookies, "X-CSRFToken": self._token}
        connection.request(method, path, body, headers | ({"Content-Type": kind} if kind else {}))
        answer = connection.getresponse()
        for each in answer.headers.get_all("Set-Cookie") or []:
            key, _, value = each.split(";")[0].partition("=")
            self._cookies[key] = value
        data = answer.read()
        connection.close()
        if found := re.search(rb'name="csrf-token" content="([^"]+)"', data):
            self._token = found[1].decode()
        if answer.status >= http.client.BAD_REQUEST:
            raise SystemExit(f"{method} {path}: {answer.status} {data.decode('utf-8', 'replace')}")
        return data

    def form(self, path: str, **facts: object) -> bytes:
        """Send a form."""
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(facts, doseq=True).encode(), kind)

    def tell(self, path: str, **facts: object) -> Any:
        """Send JSON; gives what is answered."""
        return json.loads(self.ask("POST", path, json.dumps(facts).encode(), "application/json"))

    def look(self, path: str) -> Any:
        """Ask for JSON."""
        return json.loads(self.ask("GET", path))

    def until(self, path: str, *, key: str, over: tuple[str, ...]) -> Any:
        """Ask until what is answered is over; gives it."""
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            told = self.look(path)
            if "orders" in told:
                told = told["orders"][0]
            if told[key] in over:
                return told
            time.sleep(0.5)
        raise SystemExit(f"{path}: still {told}")


def a_film(seconds: int) -> bytes:
    """Draw a film as a phone would have made it."""
    made = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s=640x360:r=25:d={seconds}", "-f",
         "lavfi", "-i", f"sine=440:d={seconds}", "-c:v", "libx264", "-preset", "ultrafast", "-c:a",
         "aac", "-movflags", "frag_keyframe", "-f", "mp4", "pipe:1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return made.stdout


def added(tablet: Tablet, seconds: int) -> str:
    """Add a film from elsewhere, to its last byte; gives its name."""
    film = a_film(seconds)
    wish = {"name": "film.mp4", "size": len(film), "modified": 1, "case": CASE, "agreed": True}
    name: str = tablet.tell("/imports", **wish, made_on="2026-11-12")["id"]
    for offset in range(0, len(film), PART):
        tablet.ask("PUT", f"/imports/{name}/{offset}", film[offset : offset + PART])
    return name


def prepared(tablet: Tablet, name: str) -> None:
    """Say what became of it."""
    told = tablet.until(f"/imports/{name}", key="state", over=("ready", "failed"))
    sys.stdout.write(f"import: {told['state']} {told['why']}\n")


def keep(tablet: Tablet, recording: str) -> None:
    """Have a film to keep made of three seconds of it, and read that back."""
    clips = tablet.tell(f"/recordings/{recording}/clips", first=10, last=84)["clips"]
    address = f"/cases/{CASE}/exports"
    tablet.form(address, clip=clips[0]["id"], make="film", machine="browser")
    standing = ("ready", "failed", "made")
    order = tablet.until(f"{address}/standing", key="standing", over=standing)
    sys.stdout.write(f"film: {order['standing']}\n")
    kept = tablet.ask("GET", f"/exports/{order['id']}/files/1")
    with av.open(io.BytesIO(kept), "r") as opened:
        sys.stdout.write(f"pictures: {sum(1 for _ in opened.decode(video=0))}\n")


def kill(tablet: Tablet, name: str) -> None:
    """Kill the worker in the middle of the film from elsewhere."""
    while not tablet.look(f"/imports/{name}").get("progress"):
        time.sleep(0.1)
    subprocess.run(["systemctl", "kill", "-s", "KILL", "vigbox-media@*"], check=True)
    prepared(tablet, name)
    is_open = b'id="lock"' in tablet.ask("GET", "/")
    sys.stdout.write(f"the page is {'open' if is_open else 'locked'}\n")


tablet = Tablet(NAME)
tablet.ask("GET", "/unlock")
tablet.form("/unlock", passphrase=PASSPHRASE)
tablet.ask("GET", "/")
is_killed = sys.argv[4:] == ["kill"]
name = added(tablet, 60 if is_killed else 8)
if is_killed:
    kill(tablet, name)
else:
    prepared(tablet, name)
    keep(tablet, name)
