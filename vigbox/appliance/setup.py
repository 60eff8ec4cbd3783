"""Sets up an installed box: all of its keys and certificates, and whose each file is.

``box.json`` is written last of all. It is what the services wait for, and what makes a folder one
that is set up: a set-up that is cut before it is simply done again, and nothing left is used.
What root made and did not finish is taken back, by itself or at the next boot: it would shut the
web's user out, who serves the set-up on the tablet.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

from vigbox.appliance.certificates import begin
from vigbox.appliance.settling import alone
from vigbox.appliance.waiting import destroy
from vigbox.casework.setup import (
    AlreadySetUpError,
    MadeKeys,
    Making,
    clear_unfinished,
    make_keys,
)
from vigbox.store.identity import write_box
from vigbox.store.layout import DataFolderError, Layout
from vigbox.store.owners import hand_over, private, readable

_FOLDERS: Final = ("identities", "identities/practitioners", "recorder", "tls", "web", "web/setup")
"""Folders of the services' users that root takes files out of."""


@contextlib.contextmanager
def setting_up(layout: Layout, addresses: Sequence[str], making: Making) -> Iterator[MadeKeys]:
    """Make a new box, which it is when the block ends well; whatever ends it otherwise, it is none.

    ``addresses`` are what its certificates are good for beside its name. In the block the files are
    still those of whoever runs this. Raises AlreadySetUpError, VigboxError, OSError.
    """
    layout.create()
    with alone(layout), private():
        try:
            made = make_keys(layout, making)
            begin(layout, made.secrets, addresses, made.public.box)
            yield made
            hand_over(layout)
            with readable():
                write_box(layout, made.public)
        finally:  # whatever ends it: nobody at the terminal is one of them
            if not layout.box.exists():
                _take_back(layout)
        destroy(layout)


def take_back(layout: Layout) -> None:
    """Take away what a set-up of root's left that was cut; the rest is the services' users'.

    Does nothing on a box that is set up. Only before any service runs: their users could lead root
    elsewhere meanwhile. Raises :class:`~vigbox.store.layout.DataFolderError`, OSError.
    """
    for each in _FOLDERS:
        if (layout.data / each).is_symlink():
            raise DataFolderError(f"{layout.data / each} is a link, and root follows none")
    with contextlib.suppress(AlreadySetUpError), alone(layout):
        _take_back(layout)


def _take_back(layout: Layout) -> None:
    clear_unfinished(layout)
    hand_over(layout)
