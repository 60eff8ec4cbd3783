"""The drawn box: a picture of the box on the page, whose button and lamp are simulated pins."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from vigbox.devices.drawn_panel import Hand


def create_drawn_box(hand: Hand, lamp: Callable[[], list[float]]) -> Blueprint:
    """Make the pages of the drawn box; only a demonstration registers them.

    ``lamp`` gives red, green and blue, 0 to 1.
    """
    pages = Blueprint(
        "drawn_box",
        "vigbox.demo",
        url_prefix="/demo",
        template_folder="templates",
        static_folder="static",
    )

    @pages.get("/panel")
    def look() -> dict[str, Any]:
        return hand.look() | {"rgb": lamp()}

    @pages.post("/button")
    def press() -> dict[str, Any]:
        return hand.press(is_down=request.form.get("down") == "1") | {"rgb": lamp()}

    return pages
