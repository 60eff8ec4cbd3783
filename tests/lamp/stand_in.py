"""Stands in for the recorder: a real file that grows, a real fdatasync, a real heartbeat.

``python stand_in.py RUN FILE``; one line on standard input changes what it does: a lamp's word,
or ``stall`` (the card takes nothing more, the heartbeat goes on).
"""

import os
import select
import sys
import time
from pathlib import Path

from vigbox.lamp.heartbeat import SOCKET, Heartbeat
from vigbox.model import Lamp

TICK_S = 0.02


def main() -> None:
    run, film = Path(sys.argv[1]), Path(sys.argv[2])
    heartbeat = Heartbeat(run / SOCKET)
    lamp, is_stalled, safe_at_ns = Lamp.RECORDING, False, 0
    with film.open("wb", buffering=0) as card:
        while True:
            if not is_stalled and time.monotonic_ns() - safe_at_ns > 500_000_000:
                card.write(bytes(4096))
                os.fdatasync(card.fileno())
                safe_at_ns = time.monotonic_ns()
            heartbeat.beat(lamp, safe_at_ns)
            if select.select([sys.stdin], [], [], TICK_S)[0]:
                word = sys.stdin.readline().strip()
                if not word:
                    break
                is_stalled = is_stalled or word == "stall"
                lamp = Lamp(word) if word in set(Lamp) else lamp
    heartbeat.close()


main()
