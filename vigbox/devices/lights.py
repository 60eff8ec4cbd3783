"""The lamp's patterns on gpiozero: one RGB LED, or a green and a red one.

A pattern is a pure function of time and whoever shows it sets the levels again and again: no
thread breathes green on behalf of a program that hangs. The pin factory is handed in: ``lgpio``
on a box, gpiozero's own ``MockFactory`` in the demo and in tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gpiozero import PWMLED

from vigbox.model import NS, Lamp

Levels = tuple[float, float, float]
"""Red, green and blue, from 0 to 1."""

LAMP_PINS: Final = (22, 27, 24)
"""BCM numbers: red, green, blue. Two plain LEDs use the first two."""

_OFF: Final = (0.0, 0.0, 0.0)
_RED: Final = (1.0, 0.0, 0.0)
_GREEN: Final = (0.0, 1.0, 0.0)
_AMBER: Final = (1.0, 0.45, 0.0)
_WHITE: Final = (1.0, 1.0, 1.0)
_BOTH: Final = (1.0, 1.0, 0.0)

ROUND_NS: Final = 4 * NS
BLINK_NS: Final = NS // 5
_REST_NS: Final = 3 * NS
_BLINK_FROM_NS: Final = _REST_NS + 2 * NS // 5


@dataclass(frozen=True, slots=True)
class Pattern:
    """One colour, or two in turn: each for ``half_ns``, softly or at once, for ever or n times."""

    colour: Levels
    other: Levels = _OFF
    half_ns: int = 0
    is_soft: bool = False
    times: int | None = None

    def at(self, since_ns: int) -> Levels:
        """Give the levels so long after the pattern began."""
        if self.half_ns == 0:
            return self.colour
        half, into_ns = divmod(since_ns, self.half_ns)
        if self.times is not None and half >= 2 * self.times:
            return _OFF
        if self.is_soft:
            share = into_ns / self.half_ns
            return _mixed(self.other, self.colour, 1 - share if half % 2 else share)
        return self.other if half % 2 else self.colour


@dataclass(frozen=True, slots=True)
class Blinking:
    """What is shown at rest, and after each 3 s of it one short blink between two dark moments.

    Told by its rhythm and not by its colours: one blink and then seconds of none are neither the
    three of a refusal nor the quick ones of a problem, and after a refusal the first comes late.
    """

    rest: Pattern
    blink: Levels

    def at(self, since_ns: int) -> Levels:
        """Give the levels so long after it began."""
        into_ns = since_ns % ROUND_NS
        if into_ns < _REST_NS:
            return self.rest.at(into_ns)
        return self.blink if 0 <= into_ns - _BLINK_FROM_NS < BLINK_NS else _OFF


@dataclass(frozen=True, slots=True)
class Round:
    """A pattern that ends, and then dark; again and again, each ``round_ns`` long."""

    pattern: Pattern
    round_ns: int

    def at(self, since_ns: int) -> Levels:
        """Give the levels so long after it began."""
        return self.pattern.at(since_ns % self.round_ns)


def _mixed(dim: Levels, bright: Levels, share: float) -> Levels:
    red, green, blue = (a + (b - a) * share for a, b in zip(dim, bright, strict=True))
    return (round(red, 2), round(green, 2), round(blue, 2))


_BREATH: Final = Pattern(_GREEN, half_ns=_REST_NS // 2, is_soft=True)

# two swells, as two presses began it: ready is one, and who sees no red from green has the rhythm
_PAUSE: Final = Round(Pattern(_RED, half_ns=NS * 3 // 10, is_soft=True, times=2), 3 * NS)

Shown = Pattern | Blinking | Round

RGB: Final[Mapping[Lamp, Shown]] = {
    Lamp.DARK: Pattern(_OFF),
    Lamp.READY: _BREATH,
    Lamp.READY_HINT: Blinking(_BREATH, _AMBER),
    Lamp.HINT: Blinking(Pattern(_OFF), _AMBER),
    Lamp.ACKNOWLEDGED: Pattern(_WHITE),
    Lamp.RECORDING: Pattern(_RED),
    Lamp.REMINDER: Pattern(_RED, _AMBER, half_ns=NS // 4),
    Lamp.PAUSED: _PAUSE,
    Lamp.PROBLEM: Pattern(_RED, half_ns=NS * 12 // 100),
    Lamp.REFUSED: Pattern(_AMBER, half_ns=NS // 4, times=3),
    Lamp.FRAMING: Pattern(_WHITE, half_ns=NS, is_soft=True),
}
"""What each word looks like on an RGB LED."""

TWO: Final[Mapping[Lamp, Shown]] = {
    **RGB,
    Lamp.READY_HINT: Blinking(_BREATH, _BOTH),
    Lamp.HINT: Blinking(Pattern(_OFF), _BOTH),
    # never both on and still: with the green one covered that would be the steady red of a film
    Lamp.ACKNOWLEDGED: Pattern(_GREEN, _RED, half_ns=NS // 4),
    Lamp.REMINDER: Pattern(_RED, _BOTH, half_ns=NS // 4),
    Lamp.REFUSED: Pattern(_BOTH, half_ns=NS // 4, times=3),
    Lamp.FRAMING: Pattern(_RED, _GREEN, half_ns=NS, is_soft=True),
}
"""What each word looks like on a green and a red LED: white alternates, amber is both."""


class Lights:
    """The lamp's pins; dark from the moment they are claimed."""

    def __init__(self, factory: Any, *, is_two: bool = False) -> None:  # noqa: ANN401
        pins = LAMP_PINS[:2] if is_two else LAMP_PINS
        self._leds = [PWMLED(pin, pin_factory=factory) for pin in pins]
        self._patterns = TWO if is_two else RGB
        self._lamp = Lamp.DARK
        self._since_ns = 0
        self._levels = _OFF

    def show(self, lamp: Lamp, now_ns: int) -> None:
        """Set the pins to what a word looks like now; call it every 40 ms or so."""
        if lamp is not self._lamp:
            self._lamp, self._since_ns = lamp, now_ns
        levels = self._patterns[lamp].at(now_ns - self._since_ns)
        if levels != self._levels:
            self._levels = levels
            for led, level in zip(self._leds, levels, strict=False):
                led.value = level

    @property
    def levels(self) -> list[float]:
        """Red, green (and blue) as the pins have them."""
        return [float(led.value) for led in self._leds]

    def close(self) -> None:
        """Go dark and give the pins back."""
        for led in self._leds:
            led.off()
            led.close()
