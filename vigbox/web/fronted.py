"""Which machine asks: whoever ends the TLS before the app says whose certificate it checked.

On a box that is nginx, over a Unix socket that nobody else may connect to, in headers that it sets
itself and never passes on from outside (``config/nginx/vigbox.conf``). The app reads
``environ[CERTIFICATE]`` alone, a name that no client can make.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from vigbox.delivery.certificates import CertificateError, fingerprint
from vigbox.web.elsewhere import ADDRESS, PLAIN

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CERTIFICATE: Final = "vigbox.certificate"
"""The SHA-256 of the machine's certificate in hexadecimal; not there when there is none."""

_VERIFIED: Final = "HTTP_X_VIGBOX_VERIFIED"
_SHOWN: Final = "HTTP_X_VIGBOX_CERTIFICATE"
_REACHED: Final = "HTTP_X_VIGBOX_ADDRESS"
_PLAIN: Final = "HTTP_X_VIGBOX_PLAIN"


class Fronted:
    """An app behind nginx: it is HTTPS, and the certificate is one that nginx verified.

    Of the few pages that nginx serves over plain HTTP one needs to know it: the one that says where
    the box is.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        environ["wsgi.url_scheme"] = "https"
        verified, shown = environ.pop(_VERIFIED, ""), environ.pop(_SHOWN, "")
        if reached := environ.pop(_REACHED, ""):
            environ[ADDRESS] = reached
        if environ.pop(_PLAIN, ""):
            environ[PLAIN] = True
        if verified == "SUCCESS":
            note_certificate(environ, unquote(shown))
        return self._app(environ, start_response)


def note_certificate(environ: "WSGIEnvironment", certificate: str) -> None:
    """Note the certificate (PEM) that was verified, if it is one."""
    try:
        environ[CERTIFICATE] = fingerprint(certificate)
    except CertificateError:
        environ.pop(CERTIFICATE, None)
