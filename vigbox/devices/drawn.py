"""A drawn stage: a moving scene with a clock, a flash and a beep at every full second.

Each picture carries its number, so that a test can tell which one it sees:
:func:`picture_number` reads it back from the decoded luma.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from av import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from vigbox.devices.microphone import BLOCK_SAMPLES, SAMPLES_PER_SECOND
from vigbox.model import NS

FLASH_NS: Final = NS // 10
_BITS: Final = 24
_MID_GREY: Final = 128
_SAND: Final = (238, 229, 214)
_GRASS: Final = (148, 176, 140)
_CORAL: Final = (222, 122, 96)
_INK: Final = (54, 60, 66)


class DrawnStage:
    """A quiet room in which a ball is rolled to and fro between a large and a small figure."""

    def __init__(self, width: int, height: int, pictures_per_second: int) -> None:
        self.size = (width, height)
        self.pictures_per_second = float(pictures_per_second)
        self.caption = ""
        self._font = ImageFont.load_default(size=max(12, height // 12))
        self._room = self._draw_room()

    def pictures(self) -> Iterator[tuple[int, VideoFrame]]:
        """Give picture after picture with its time in ns."""
        number = 0
        while True:
            time_ns = round(number * NS / self.pictures_per_second)
            yield time_ns, self._picture(number, time_ns)
            number += 1

    def sound(self) -> Iterator[bytes]:
        """Give 20 ms blocks: a beep of 1 kHz in the first tenth of every second."""
        block = 0
        while True:
            index = np.arange(block * BLOCK_SAMPLES, (block + 1) * BLOCK_SAMPLES)
            within = index % SAMPLES_PER_SECOND
            tone = 12_000 * np.sin(2 * np.pi * 1000 * within / SAMPLES_PER_SECOND)
            tone[within >= SAMPLES_PER_SECOND * FLASH_NS // NS] = 0
            yield tone.astype("<i2").tobytes()
            block += 1

    def _picture(self, number: int, time_ns: int) -> VideoFrame:
        image = self._room.copy()
        draw = ImageDraw.Draw(image)
        self._draw_ball(draw, time_ns)
        self._draw_clock(draw, time_ns)
        _draw_number(draw, self.size, number)
        return VideoFrame.from_ndarray(np.asarray(image), "rgb24").reformat(format="yuv420p")

    def _draw_room(self) -> Image.Image:
        width, height = self.size
        image = Image.new("RGB", self.size, _SAND)
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, height * 0.72, width, height), _GRASS)
        for middle, tall in ((0.2, 0.5), (0.8, 0.32)):
            head = height * tall / 4
            x, top = width * middle, height * (0.8 - tall)
            draw.ellipse((x - head, top - head, x + head, top + head), _CORAL)
            draw.rounded_rectangle((x - head, top + head, x + head, height * 0.86), head, _INK)
        return image

    def _draw_ball(self, draw: ImageDraw.ImageDraw, time_ns: int) -> None:
        width, height = self.size
        swing = (1 - np.cos(2 * np.pi * time_ns / (4 * NS))) / 2
        x, y, r = width * (0.3 + 0.4 * swing), height * 0.82, height * 0.05
        draw.ellipse((x - r, y - r, x + r, y + r), "white", _INK, 2)

    def _draw_clock(self, draw: ImageDraw.ImageDraw, time_ns: int) -> None:
        width, height = self.size
        minutes, seconds = divmod(time_ns // (NS // 10), 600)
        text = f"{minutes:02d}:{seconds // 10:02d}.{seconds % 10}"
        draw.text((width / 2, height * 0.2), text, _INK, font=self._font, anchor="mm")
        if time_ns % NS < FLASH_NS:
            draw.rectangle((width * 0.45, height * 0.3, width * 0.55, height * 0.45), "white")
        else:
            draw.rectangle((width * 0.45, height * 0.3, width * 0.55, height * 0.45), _INK)


def picture_number(luma: "np.ndarray[Any, Any]") -> int:
    """Read a drawn picture's number back; ``luma`` has the shape (height, width)."""
    height, width = luma.shape
    cell, line = width // _BITS, height // 24
    return sum(
        1 << bit
        for bit in range(_BITS)
        if luma[line // 2, bit * cell + cell // 4 : bit * cell + 3 * cell // 4].mean() > _MID_GREY
    )


def _draw_number(draw: ImageDraw.ImageDraw, size: tuple[int, int], number: int) -> None:
    cell, line = size[0] // _BITS, size[1] // 24
    for bit in range(_BITS):
        shade = "white" if number >> bit & 1 else "black"
        draw.rectangle((bit * cell, 0, (bit + 1) * cell - 1, line), shade)
