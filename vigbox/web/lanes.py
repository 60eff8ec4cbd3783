"""The lanes under one film, as JSON for the page's own script, and the strip's picture.

Asking for them does not keep the door open: a page that waits for them must not keep it unlocked.
"""

import base64
from typing import Any

from flask import Blueprint, Response, abort, url_for

from vigbox.media.lanes import VERSION
from vigbox.media.strip import Strip
from vigbox.web.lane_standing import Standing
from vigbox.web.ranges import range_response
from vigbox.web.recordings import find
from vigbox.web.services import services

pages = Blueprint("lanes", __name__)


@pages.get("/recordings/<recording>/lanes")
def lanes(recording: str) -> dict[str, Any]:
    """Give the lanes of a recording, or how far they are."""
    standing = _standing(recording)
    found = standing.lanes
    return {
        "state": standing.state,
        "progress": round(standing.progress, 3),
        "why": standing.why,
        "wave": base64.b64encode(found.wave).decode(),
        "motion": base64.b64encode(found.motion).decode(),
        "speech": found.speech,
        "candidates": found.candidates,
        "strip": _shape(recording, found.strip),
    }


@pages.get("/recordings/<recording>/strip.jpg")
def strip(recording: str) -> Response:
    """Serve the strip of pictures, from memory."""
    found = _standing(recording).lanes.strip
    if found is None:
        abort(404, "There is no strip of this film yet.")
    jpeg, at = found.jpeg, services()
    etag = f"{recording}-{at.lanes.cache.film_bytes(recording)}-{VERSION}"
    return range_response(
        len(jpeg),
        lambda offset, size: jpeg[offset : offset + size],
        etag=etag,
        mimetype="image/jpeg",
    )


def _standing(recording: str) -> Standing:
    at = services()
    return at.lanes.standing(at.desk(is_activity=False), find(at, recording))


def _shape(recording: str, found: Strip | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "url": url_for(".strip", recording=recording),
        "columns": found.columns,
        "tile_width": found.tile_width,
        "tile_height": found.tile_height,
        "times_ms": found.times_ms,
    }
