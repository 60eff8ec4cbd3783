"""What the recorder's two sockets share: few are heard at once, and none for long.

Whoever may open a socket may be broken into. Each connection costs a thread, and threads that are
used up are those that a press, and the end of a film, need.
"""

import socket
import socketserver
import threading
import time
from typing import Any, Final

_PIECE_BYTES: Final = 4096


class Listener(socketserver.ThreadingUnixStreamServer):
    """Hears ``most`` at once; one more is closed at once, before it costs a thread."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    """Who asks with a deadline is refused by the kernel, and not kept waiting, when it is full."""

    def __init__(
        self, path: str, request: type[socketserver.BaseRequestHandler], most: int
    ) -> None:
        self._free = threading.Semaphore(most)
        super().__init__(path, request)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Hear it in a thread of its own, if there is one left."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be had; the server closes what it was for
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """See :class:`socketserver.ThreadingMixIn`."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()


def line_from(link: socket.socket, longest: int, within_s: float) -> bytes:
    """Give the first line that is sent, or as much of it as may be. Raises OSError.

    The time is for all of it: who sends byte by byte would keep a place for ever.
    """
    over_s, said = time.monotonic() + within_s, bytearray()
    while b"\n" not in said and len(said) < longest:
        left_s = over_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        link.settimeout(left_s)
        piece = link.recv(_PIECE_BYTES)
        if not piece:
            break
        said += piece
    link.settimeout(within_s)
    return bytes(said.partition(b"\n")[0])
