"""What was noted about a film of ten minutes, with everything that a format could trip over."""

from vigbox.export.interchange.noted import Noted, Span

RATE = 90_000
BEING = "vig/attentive"
EYES = "vig/receiving/eye-contact"
QUOTED = "own/quoted"
PRINCIPLES = {
    BEING: ("Being attentive", ""),
    EYES: ("Receiving initiatives", "returning eye-contact, smiling | nodding (in response)"),
    QUOTED: ('Zuhören & "warten" <b>', "l'attente / 等待"),
}


def span(number: int, first: int, end: int, *principles: str, who: str = "") -> Span:
    """Give a clip of a film with 30 pictures a second."""
    return Span(number, first, end, first * 3000, end * 3000, principles, who, number == 1)


SPANS = (
    span(1, 301, 541, BEING, EYES, who="mother"),
    span(2, 400, 520, EYES, who="mother"),
    span(3, 500, 600, QUOTED, who="child"),
    span(4, 17_999, 18_000),
)
NOTED = Noted(
    case="VIG-7",
    recording="0123456789abcdef" * 2,
    media="VIG-7 2026-11-21.mp4",
    made_at="2026-11-21T19:40:00+00:00",
    length_ticks=600 * RATE,
    pictures=18_000,
    size=(1280, 720),
    people=("mother", "child"),
    principles=PRINCIPLES,
    spans=SPANS,
    marks_ticks=(0, 123_457, 599 * RATE + 45_000),
)
EMPTY = Noted(
    case="VIG-8",
    recording="f" * 32,
    media="VIG-8.mp4",
    made_at="2026-11-21T19:40:00+00:00",
    length_ticks=0,
    pictures=0,
    size=(0, 0),
    people=(),
    principles={},
    spans=(),
    marks_ticks=(),
)
