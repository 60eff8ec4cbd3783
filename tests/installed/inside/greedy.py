"""A web that went wrong: all processors, and memory until none is given. In place of the web."""

import multiprocessing
import os
import socket
import time

STEP = 16 << 20
MOST = 512 << 20


def turn() -> None:
    """Keep one processor busy."""
    while True:
        pass


def tell(word: str) -> None:
    """Say to systemd how things stand."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
        mouth.sendto(word.encode(), os.environ["NOTIFY_SOCKET"])


for _ in range(2 * (os.cpu_count() or 1)):
    multiprocessing.Process(target=turn, daemon=True).start()
tell("READY=1")
taken: list[bytearray] = []
while len(taken) * STEP < MOST:
    taken.append(bytearray(os.urandom(1)) * STEP)
time.sleep(600)
