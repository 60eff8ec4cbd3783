"""In the web's hardened unit: a film from elsewhere through the sandbox, and a look for faces."""

import io
import sys

import av
import numpy as np

from vigbox.media.faces import FaceDetector
from vigbox.media.sandbox import Conversion, Order
from vigbox.media.sniff import HEAD_BYTES, demuxer_of
from vigbox.media.wire import Picture

made = io.BytesIO()
with av.open(made, "w", format="mp4") as container:
    stream = container.add_stream("libx264", rate=25, width=160, height=120)
    for number in range(25):
        picture = np.full((120, 160, 3), number, np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
    container.mux(stream.encode(None))
film = made.getvalue()
order = Order(demuxer_of(film[:HEAD_BYTES]), len(film), 4_000_000, 30, 3600)
with Conversion(order, lambda at, size: film[at : at + size], limits=None) as conversion:
    pictures = sum(isinstance(each, Picture) for each in conversion)
sys.stdout.write(f"pictures: {pictures}\n")
empty = av.VideoFrame.from_ndarray(np.zeros((360, 640, 3), np.uint8))
sys.stdout.write(f"faces: {len(FaceDetector().faces(empty))}\n")
