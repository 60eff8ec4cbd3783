"""Has the media worker make a part that takes hours; says that it began, and how it ended."""

import sys
from pathlib import Path

from vigbox.media.rendering import RenderError, Rendering
from vigbox.media.scene import Card, Format
from vigbox.media.unit import MediaUnit

unit = MediaUnit(Path("/run/vigbox-media/media.sock"))
begun = False
try:
    with Rendering(Card(bytes(320 * 180 * 3), 9_000_000), Format(320, 180, 25), walls=unit) as run:
        for each in run:
            if each.picture and not begun:
                begun = True
                sys.stdout.write("begun\n")
                sys.stdout.flush()
except RenderError as error:
    sys.stdout.write(f"ended: {error}\n")
