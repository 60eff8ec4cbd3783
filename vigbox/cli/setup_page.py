"""``setup --page`` and ``setup --settle``: the two halves of a set-up on the tablet."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.store.layout import Layout

if TYPE_CHECKING:
    from flask import Flask


class RightsError(VigboxError):
    """A command is run by somebody whose files others could not use; nothing was made."""


def serve(settings: Settings, layout: Layout, socket: Path | None) -> None:
    """Serve the set-up's pages, as the web's user, until the unit is stopped.

    Raises AlreadySetUpError, :class:`~vigbox.errors.VigboxError`, OSError.
    """
    if os.name != "nt" and os.geteuid() == 0:
        raise RightsError(
            "the page runs as the web's user, who could not read what root makes. Run: systemctl "
            "start vigbox-setup"
        )
    app = create_app(settings, layout)
    from vigbox.web.serving import serve as serve_app

    serve_app(app, f"unix:{socket or settings.run / 'web.sock'}")


def create_app(settings: Settings, layout: Layout) -> "Flask":
    """Make the set-up's app as nginx asks it. Raises as :func:`serve`."""
    box, name = _box(settings, layout)
    from vigbox.appliance.wifi_state import read_state
    from vigbox.web.fronted import Fronted
    from vigbox.web.set_up import SetUp
    from vigbox.web.set_up_app import create_set_up_app

    hosts = [each for each in (name, settings.address) if each]
    app = create_set_up_app(SetUp(layout, settings, box, wifi=read_state), hosts, is_https=True)
    app.wsgi_app = Fronted(app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it
    return app


def _box(settings: Settings, layout: Layout) -> tuple[str, str]:
    """Give id and name of the box; of one that is not new the name alone, and nothing is made."""
    from vigbox.appliance.settling import refuse_again
    from vigbox.appliance.waiting import prepare, served_name
    from vigbox.casework.setup import NotNewError
    from vigbox.store.owners import private

    try:
        refuse_again(layout)
    except NotNewError:  # the pages say so, and nothing else
        return "", served_name(layout)
    layout.staged.create()
    with private():
        waiting = prepare(layout, [settings.address])
    return waiting.box, waiting.name


def put_in_place(layout: Layout) -> None:
    """Do what root alone may, once the pages are done. Raises VigboxError, OSError."""
    from vigbox.appliance import settling

    settling.put_in_place(layout)
    print("The box is set up.")
