"""A web that takes all processors and much memory costs the film nothing."""

import time

from tests.installed.machine import Booted

FILM_S = 12.0


def length(box: Booted, least_s: float) -> tuple[float, int, str]:
    told = box.sh(f"/opt/vigbox/bin/python /inside/length.py {least_s}").split()
    return float(told[0]), int(told[1]), told[2]


def test_a_greedy_web_drops_nothing_of_the_film(box: Booted) -> None:
    box.sh(
        "mkdir -p /run/systemd/system/vigbox-web.service.d && printf '%s\\n' '[Service]'"
        " ExecStart= 'ExecStart=/opt/vigbox/bin/python /inside/greedy.py' WatchdogSec=0"
        " > /run/systemd/system/vigbox-web.service.d/greedy.conf && systemctl daemon-reload"
    )
    before = box.pid("vigbox-recorder")
    box.sh("systemctl restart vigbox-web")
    try:
        box.press("press")
        box.until_mode("recording")
        (first, _, _), began = length(box, 0), time.monotonic()
        filmed, dropped, lamp = length(box, FILM_S)
        took_s = time.monotonic() - began
    finally:
        box.sh("systemctl stop vigbox-web")
    assert filmed - first >= 0.9 * took_s - 2.0, "the film kept up with the clock"
    assert dropped == 0
    assert lamp == "recording"
    box.press("hold")
    box.until_mode("idle")
    assert box.pid("vigbox-recorder") == before
    assert box.sh("grep -l finished /var/lib/vigbox/recordings/*.json")
