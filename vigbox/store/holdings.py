"""All recordings of the box, whoever keeps them: the recorder's, and films from elsewhere.

Each folder's manifests are signed by the one who writes it: the recorder, or the web.
"""

from collections.abc import Iterator

from vigbox.store import manifests
from vigbox.store.identity import PublicBox
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest


def place_of(layout: Layout, recording: str) -> Layout:
    """Give the folder that holds a recording; the recorder's when none does."""
    imported = layout.imported
    return imported if imported.manifest(recording).exists() else layout


def listed(layout: Layout, public: PublicBox | None = None) -> Iterator[Manifest]:
    """Give every readable manifest, oldest first; with the box's keys, the signed ones alone."""
    recorder, device = (public.recorder, public.device) if public else (None, None)
    filmed = manifests.listed(layout, recorder)
    imported = manifests.listed(layout.imported, device)
    yield from sorted((*filmed, *imported), key=lambda each: (each.started_at, each.recording))


def read(layout: Layout, public: PublicBox, recording: str) -> Manifest:
    """Read a recording's manifest. Raises ManifestError, OSError."""
    place = place_of(layout, recording)
    key = public.recorder if place is layout else public.device
    return manifests.read(place.manifest(recording), key)
