"""The HTTPS link to one box: short JSON answers, and parts as streams of bytes."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError

from vigbox.companion.trust import PairedTls, SeenTls
from vigbox.errors import VigboxError

_TIMEOUT: Final = urllib3.Timeout(connect=5, read=10)
"""A connection that hangs is given up: to begin another costs nothing."""
_LARGEST_ANSWER_BYTES: Final = 16 << 20
_LARGEST_REFUSAL_BYTES: Final = 4_096
_LONGEST_SENTENCE: Final = 300
_WRONG_TIME: Final = {9, 10}
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""
_PORT: Final = 8443
"""Where a box's nginx listens for machines."""
_GOOD: Final = {
    HTTPStatus.OK,
    HTTPStatus.NO_CONTENT,
    HTTPStatus.PARTIAL_CONTENT,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
}


class AddressError(VigboxError):
    """What was given is no address of a box."""


class BoxUnreachableError(VigboxError):
    """The box does not answer, or the connection to it dropped."""


class OtherBoxError(BoxUnreachableError):
    """Something answers that is not the box it should be."""


class WrongTimeError(BoxUnreachableError):
    """The box's certificate does not count at the time that this machine's clock tells."""


class BoxRefusedError(VigboxError):
    """The box answered and said no; the text holds its own sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"the box refused ({status}): {sentence}")
        self.status = status


class Link:
    """A box's address and how it is known, as a context. No redirects, retries or proxies."""

    def __init__(self, address: str, tls: PairedTls | SeenTls | None = None) -> None:
        """Check the address; nothing is connected yet.

        Raises :class:`AddressError`, TrustError.
        """
        self.address = normal_address(address)
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "vigbox"}
        self._pool = urllib3.PoolManager(
            timeout=_TIMEOUT, retries=False, **(tls.pool() if tls else {})
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.clear()

    def post(self, path: str, body: bytes) -> bytes:
        """Send JSON and give the answer's bytes. Raises as :meth:`get` does."""
        with self.stream("POST", path, {"Content-Type": "application/json"}, body) as answer:
            return _whole(answer)

    def get(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """Give a JSON answer.

        Raises :class:`BoxUnreachableError`, :class:`BoxRefusedError`.
        """
        with self.stream("GET", path, {}) as answer:
            data = _whole(answer)
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self._not_a_box() from error

    @contextmanager
    def stream(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Give an answer of 200, 204, 206 or 416 whose body is read inside the context.

        Raises :class:`BoxUnreachableError` when the connection fails, inside the context too,
        when the box is in trouble (5xx) or something else answers in its place, and
        :class:`BoxRefusedError` when it says no.
        """
        try:
            answer = self._pool.request(
                method,
                self.address + path,
                body=body,
                headers=self._headers | dict(headers),
                preload_content=False,
                redirect=False,
            )
            try:
                self._check(answer)
                yield answer
            finally:
                answer.close()
        except HTTPError as error:
            raise self._unreachable(error) from error

    def _check(self, answer: urllib3.BaseHTTPResponse) -> None:
        if answer.status in _GOOD:
            return
        sentence = _sentence(answer.read(_LARGEST_REFUSAL_BYTES))
        if sentence is None:
            raise self._not_a_box()
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise BoxUnreachableError(f"the box at {self.address} is in trouble: {sentence}")
        raise BoxRefusedError(answer.status, sentence)

    def _not_a_box(self) -> BoxUnreachableError:
        return BoxUnreachableError(
            f"what answers at {self.address} is not a vigbox; check the address, and that this "
            "machine is on the box's own Wi-Fi"
        )

    def _unreachable(self, error: HTTPError) -> BoxUnreachableError:
        cause = error.reason if isinstance(error, MaxRetryError) else error
        inner = cause.args[0] if isinstance(cause, urllib3.exceptions.SSLError) else None
        if isinstance(inner, ssl.SSLCertVerificationError):
            return self._not_trusted(inner)
        if inner is not None and "fingerprint" in str(inner).lower():
            return self._other_box()
        return BoxUnreachableError(
            f"cannot reach the box at {self.address} ({type(cause).__name__}); "
            "switch the box on and join its Wi-Fi"
        )

    def _not_trusted(self, error: ssl.SSLCertVerificationError) -> BoxUnreachableError:
        if error.verify_code in _WRONG_TIME:
            return WrongTimeError(
                "the box's certificate does not count today, "
                f"{datetime.now().astimezone():%d %B %Y} by this machine's clock. Set the clock if "
                "that is wrong; if it is right, unlock the box once, which renews its certificate"
            )
        return self._other_box()

    def _other_box(self) -> OtherBoxError:
        return OtherBoxError(
            f"what answers at {self.address} is not the box that this machine is paired with; join "
            "that box's own Wi-Fi, or pair with this one"
        )


def normal_address(text: str) -> str:
    """Give ``scheme://host[:port]``; where only a host is told, https and 8443 are meant.

    Raises :class:`AddressError`.
    """
    is_short = "://" not in text
    address = f"https://{text}" if is_short else text
    try:
        parts = urlsplit(address.rstrip("/"))
        is_plain = not (parts.path or parts.query or parts.fragment or parts.username)
        is_good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        has_port = parts.port is not None
    except ValueError:
        is_plain = is_good = has_port = False
    if not (is_plain and is_good):
        raise AddressError(f"the box's address must be like 10.42.0.1:8443, not {text!r:.80}")
    port = f":{_PORT}" if is_short and not has_port else ""
    return f"{parts.scheme}://{parts.netloc}{port}"


def _whole(answer: urllib3.BaseHTTPResponse) -> bytes:
    data = b""
    while piece := answer.read(_LARGEST_ANSWER_BYTES + 1 - len(data)):
        data += piece
    if len(data) > _LARGEST_ANSWER_BYTES:
        raise BoxRefusedError(answer.status, "its answer is far too long")
    return data


def _sentence(body: bytes) -> str | None:
    """Give the box's sentence, fit for a terminal; none when it is not the box's way to speak."""
    try:
        text = str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return "".join(each for each in text if each.isprintable())[:_LONGEST_SENTENCE]
