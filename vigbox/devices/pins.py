"""A Raspberry Pi's own pins, for gpiozero; named, so that it cannot fall back to others."""

from typing import Any

from gpiozero import GPIOZeroError

from vigbox.errors import VigboxError


class PinsError(VigboxError):
    """The pins cannot be used."""


def real_pins() -> Any:  # noqa: ANN401  # gpiozero is untyped
    """Give the board's pin factory. Raises :class:`PinsError` on anything that is no board."""
    try:
        import lgpio
        from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise PinsError(
            "the pins need lgpio, which is not installed. Run: pip install 'vigbox[pi]'. "
            "`vigbox demo` runs the whole box without them."
        ) from error
    try:
        return LGPIOFactory()
    except (lgpio.error, GPIOZeroError, OSError) as error:
        raise PinsError(f"cannot use the pins: {error}. Is this a Raspberry Pi?") from error
