"""A tablet that trusts the box's authority alone: unlocks, finds a film, and plays a part of it.

``tablet.py NAME AUTHORITY PASSPHRASE``; says as JSON what it found.
"""

import json
import re
import ssl
import sys
from http.client import HTTPResponse, HTTPSConnection
from urllib.parse import urlencode

name, authority, passphrase = sys.argv[1:]
trusted = ssl.create_default_context(cafile=authority)
cookies: dict[str, str] = {}


def ask(path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[HTTPResponse, str]:
    line = HTTPSConnection(name, context=trusted, timeout=300)
    kept = "; ".join(f"{each}={value}" for each, value in cookies.items())
    told = {"Cookie": kept, "Content-Type": "application/x-www-form-urlencoded"}
    if form is None:
        line.request("GET", path, headers=told | headers)
    else:
        line.request("POST", path, urlencode(form), told | headers | {"Origin": f"https://{name}"})
    answer = line.getresponse()
    for cookie in answer.headers.get_all("Set-Cookie", []):
        key, value = cookie.split(";")[0].split("=", 1)
        cookies[key] = value
    return answer, answer.read().decode("latin-1")


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"no {pattern} in {text[:2000]}"
    return match[1]


_, page = ask("/unlock")
token = found('name="csrf_token" value="([^"]+)"', page)
unlocked, page = ask("/unlock", {"passphrase": passphrase, "csrf_token": token})
_, page = ask("/")
film = found('(/recordings/[0-9a-f]{32})"', page)
_, page = ask(film)
source = found(rf"({film}/film-\d+\.mp4)", page)
played, data = ask(source, Range="bytes=0-65535")
told = {"unlocked": unlocked.status, "status": played.status, "size": len(data), "box": data[4:8]}
sys.stdout.write(json.dumps(told) + "\n")
