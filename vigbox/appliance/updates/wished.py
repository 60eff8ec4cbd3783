"""Does what the page asked root for: all is verified anew, as nothing of the web is believed."""

import contextlib
from collections.abc import Callable, Iterator
from typing import IO, Final

from vigbox.appliance.updates.place import Place, forget_arrived, opened, take_wish
from vigbox.appliance.updates.staging import Staging, UnderWayError
from vigbox.appliance.updates.steps import Box, Journal, Update
from vigbox.appliance.updates.stick import forget
from vigbox.errors import VigboxError

SOURCES: Final = ("page", "stick")


def serve(place: Place, staging: Callable[[], Staging]) -> None:
    """Take in what the page wishes, or say why not; nothing when nothing is wished.

    The wish is taken away first: systemd asks for as long as it lies there.
    """
    wish = take_wish(place)
    source, shown = wish.get("install"), wish.get("digest")
    if source not in SOURCES:
        return
    try:
        with _opened(place, source) as file:
            staging().take(file, source, shown=str(shown))
    except UnderWayError:
        return
    except (VigboxError, OSError) as error:
        _refuse(place, source, error)
    else:
        (forget if source == "stick" else forget_arrived)(place)


def _refuse(place: Place, source: str, error: Exception) -> None:
    if place.is_under_way():  # it tells for itself how it goes
        return
    update = Update(place.folder, Box(), hint=place.hint)
    update.tell("refused", Journal("refused", "", "", "", source=source), str(error))


@contextlib.contextmanager
def _opened(place: Place, source: str) -> Iterator[IO[bytes]]:
    if source == "page":
        with opened(place, place.arrived.name) as file:
            yield file
    else:
        with place.offered.open("rb") as file:
            yield file
