"""The real film's face as the recorder would have filmed it: small, with drawn sound beneath."""

from fractions import Fraction
from itertools import islice

import av
from av.video.frame import PictureType

from tests import material
from tests.media import drawn


def real(seconds: int) -> drawn.Film:
    """Give so many seconds of the real film's picture, in the drawn film's size."""
    encoder, made = drawn._encoder(""), []
    with av.open(str(material.visit())) as film:
        rate = film.streams.video[0].average_rate or Fraction(drawn.RATE)
        for number, frame in enumerate(islice(film.decode(video=0), int(seconds * rate))):
            small = frame.reformat(*drawn.SIZE, "yuv420p")
            time_ns = int(number * 10**9 / rate)
            small.pts, small.time_base = time_ns // 1000, Fraction(1, 1_000_000)
            is_due = number % drawn.RATE == 0
            small.pict_type = PictureType.I if is_due else PictureType.NONE
            made += [
                drawn.Shot(number, bytes(packet), time_ns, packet.is_keyframe)
                for packet in encoder.encode(small)
            ]
    return drawn.record(made, drawn.blocks(seconds, 3))
