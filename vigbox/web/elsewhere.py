"""Where the box may be asked: by its own names, and by the address that the request came to.

Any other name in a request's Host may be a foreign page's trick (DNS rebinding), so nothing of the
box is shown there: one calm page says where its own page is. An address, other than a name, cannot
be made to lead here by anybody else; nginx says which one a request came to.
"""

from typing import Final

from flask import Request, current_app, render_template, request

ADDRESS: Final = "vigbox.address"
"""In a request's environ: the box's address that it came to; not there without nginx."""

PLAIN: Final = "vigbox.plain"
"""In a request's environ: there when nginx was asked over plain HTTP, and where it says so."""


class AnyOwnHost(Request):
    """A request that also trusts the address it came to."""

    @property  # werkzeug has a plain attribute, which Flask sets
    def trusted_hosts(self) -> list[str] | None:
        """The names that are the box's own."""
        reached: str | None = self.environ.get(ADDRESS)
        told: list[str] | None = self.__dict__.get("_told")
        return told if told is None or reached is None else [*told, reached]

    @trusted_hosts.setter
    def trusted_hosts(self, hosts: list[str] | None) -> None:
        self.__dict__["_told"] = hosts


def page() -> tuple[str, int]:
    """Say where the box's own page is. No link of the app can be made here: it has no host."""
    own: list[str] = current_app.config["TRUSTED_HOSTS"]
    # the demo listens on one port, which is part of where it is
    port = request.environ.get("SERVER_PORT", "") if request.scheme == "http" else ""
    # who came over plain HTTP may not trust the box yet: HTTPS would begin with a warning, and with
    # the habit of clicking it away, where the plain page tells how the tablet learns to trust
    scheme = "http" if PLAIN in request.environ else request.scheme
    addresses = [f"{scheme}://{each}{f':{port}' if port else ''}/" for each in own[:2]]
    return render_template("elsewhere.html", addresses=addresses), 400
