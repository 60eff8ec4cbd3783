"""In the web's hardened unit: films by the media worker, a look for faces, no walls of its own."""

import io
import sys
from pathlib import Path

import av
import numpy as np

from vigbox.media.bubble import Bubblewrap
from vigbox.media.faces import FaceDetector
from vigbox.media.jobs import Order
from vigbox.media.rendering import Rendering
from vigbox.media.sandbox import Conversion
from vigbox.media.scene import Card, Format
from vigbox.media.sniff import HEAD_BYTES, demuxer_of
from vigbox.media.unit import MediaUnit
from vigbox.media.walls import NoSandboxError
from vigbox.media.wire_messages import Picture

UNIT = MediaUnit(Path("/run/vigbox-media/media.sock"))

made = io.BytesIO()
with av.open(made, "w", format="mp4") as container:
    stream = container.add_stream("libx264", rate=25, width=160, height=120)
    for number in range(25):
        picture = np.full((120, 160, 3), number, np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
    container.mux(stream.encode(None))
film = made.getvalue()
order = Order(demuxer_of(film[:HEAD_BYTES]), len(film), 4_000_000, 30, 3600)


def read(walls: MediaUnit | Bubblewrap) -> int:
    """Read the film; gives how many pictures there are."""
    with Conversion(order, lambda at, size: film[at : at + size], walls=walls) as conversion:
        return sum(isinstance(each, Picture) for each in conversion)


sys.stdout.write(f"pictures: {read(UNIT)}\n")
with Rendering(Card(bytes(320 * 180 * 3), 25), Format(320, 180, 25), walls=UNIT) as run:
    card = b"".join(each.picture for each in run)
sys.stdout.write(f"card: {card.count(bytes.fromhex('00000109'))}\n")
try:
    read(Bubblewrap())
except NoSandboxError as error:
    sys.stdout.write(f"bubblewrap: {error}\n")
empty = av.VideoFrame.from_ndarray(np.zeros((360, 640, 3), np.uint8))
sys.stdout.write(f"faces: {len(FaceDetector().faces(empty))}\n")
