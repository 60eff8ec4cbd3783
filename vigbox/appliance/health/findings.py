"""Judges the facts: one calm sentence for each thing, and where it is not well, what to do.

The sentences are English and stand in the web's lists (``web/sentences_health.py``), which tell
them in the page's language; `vigbox check` prints them as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from vigbox.appliance.health.facts import Facts
from vigbox.model import TimeSource

_GB: Final = 1_000_000_000
_HOT_CELSIUS: Final = 75
_WORN_PERCENT: Final = 80
_OFTEN: Final = 3
_OLD_MINUTES: Final = 30
_PROGRAMS: Final = ("recorder", "web", "lamp")
SAID_BY: Final = {
    TimeSource.NETWORK: "from the network",
    TimeSource.CHIP: "from the clock chip",
    TimeSource.TABLET: "as a tablet told it",
    TimeSource.UNSURE: "and not sure of it: unlock the page from a tablet that knows the time",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing, in a sentence; a problem says what to do."""

    about: str
    says: str
    is_well: bool = True


def findings(
    facts: Facts | None, film_bytes_per_s: int, now: datetime, now_boottime_s: int
) -> list[Finding]:
    """Give what the facts mean, in the order of a page. ``film_bytes_per_s``: what films need.

    ``now_boottime_s``: now, as :func:`~vigbox.appliance.health.facts.boottime_s` has it.
    """
    if facts is None or (minutes := _age_minutes(facts, now, now_boottime_s)) is None:
        return [Finding("health", _UNKNOWN, is_well=False)]
    old = [_old(minutes)] if minutes > _OLD_MINUTES else []
    return [
        *old, *_programs(facts), _room(facts, film_bytes_per_s), _wear(facts), _heat(facts),
        _power(facts), *_memory(facts), _radio(facts),
    ]  # fmt: skip


def wants_a_look(facts: Facts, film_bytes_per_s: int, now: datetime, now_boottime_s: int) -> bool:
    """Tell whether the lamp should send somebody to the page.

    What the network helper found it says itself, at once (``appliance/watch``): a Wi-Fi that came
    up again is not hinted at until the next look.
    """
    found = findings(facts, film_bytes_per_s, now, now_boottime_s)
    is_told = facts.wifi in _WIFI
    return any(not each.is_well and not (each.about == "wifi" and is_told) for each in found)


_UNKNOWN: Final = (
    "Nobody has looked at card, heat and power since the box was switched on. Wait a minute; if "
    "this stays, switch the box off and on."
)


def _age_minutes(facts: Facts, now: datetime, now_boottime_s: int) -> int | None:
    # an unlock may set the clock by hours; what was found is of this boot, as it lies in /run
    if facts.uptime_s is not None:
        return max(0, now_boottime_s - facts.uptime_s) // 60
    try:
        at = datetime.fromisoformat(facts.at)
    except ValueError:
        return None
    # a clock that was set back in between says nothing about age
    return max(0, int((now - at.replace(tzinfo=at.tzinfo or UTC)).total_seconds()) // 60)


def _old(minutes: int) -> Finding:
    says = (
        f"This was seen {minutes} minutes ago, and nobody has looked since. "
        "Switch the box off and on."
    )
    return Finding("health", says, is_well=False)


def _programs(facts: Facts) -> Iterator[Finding]:
    ours = [each for each in facts.units if each.name in _PROGRAMS]
    for each in ours:
        if each.state in ("failed", "inactive", "activating"):
            says = (
                f"The {each.name} does not run. Switch the box off and on; if this stays, give the "
                "report below to whoever looks after the box."
            )
            yield Finding("programs", says, is_well=False)
        elif each.restarts >= _OFTEN:
            says = (
                f"The {each.name} runs, and had to begin anew {each.restarts} times. Give the "
                "report below to whoever looks after the box."
            )
            yield Finding("programs", says, is_well=False)
    if ours and all(each.state == "active" and each.restarts < _OFTEN for each in ours):
        yield Finding("programs", "Recorder, pages and lamp run.")


def _room(facts: Facts, film_bytes_per_s: int) -> Finding:
    if facts.is_read_only:
        says = (
            "The card can only be read: nothing can be filmed. Replace it; what is on it is kept."
        )
        return Finding("room", says, is_well=False)
    if facts.room_bytes is None:
        return Finding("room", "How much room the card has is not known.")
    minutes = facts.room_bytes // max(film_bytes_per_s, 1) // 60
    if minutes < 60:  # noqa: PLR2004  # an hour
        says = f"There is room for {minutes} minutes of film. Export and erase older recordings."
        return Finding("room", says, is_well=False)
    if minutes < 120:  # noqa: PLR2004  # two
        return Finding("room", f"There is room for {minutes} minutes of film.")
    return Finding("room", f"There is room for {minutes // 60} hours of film.")


def _wear(facts: Facts) -> Finding:
    if facts.card_errors:
        says = (
            f"The card failed {facts.card_errors} times. Export what you need, and have it "
            "replaced."
        )
        return Finding("wear", says, is_well=False)
    if facts.is_spent or (facts.worn_percent or 0) > _WORN_PERCENT:
        says = "The card is nearly worn out. Have it replaced soon; what is on it is kept."
        return Finding("wear", says, is_well=False)
    if facts.worn_percent is not None:
        says = f"The card has used {facts.worn_percent} percent of its life at most."
        return Finding("wear", says)
    if facts.written_bytes is None:
        return Finding("wear", "This card does not tell how worn it is.")
    written = facts.written_bytes // _GB
    says = f"This card does not tell how worn it is; {written} GB were written to it so far."
    return Finding("wear", says)


def _heat(facts: Facts) -> Finding:
    if facts.celsius is None:
        return Finding("heat", "How warm the box is cannot be told here.")
    if facts.celsius >= _HOT_CELSIUS or facts.is_slowed:
        says = f"The box is hot: {facts.celsius} °C. Give it air, and keep it out of the sun."
        return Finding("heat", says, is_well=False)
    if facts.was_slowed:
        says = (
            f"The box is {facts.celsius} °C, and was too hot since it was switched on. Give it "
            "air, and keep it out of the sun."
        )
        return Finding("heat", says, is_well=False)
    return Finding("heat", f"The box is {facts.celsius} °C.")


def _power(facts: Facts) -> Finding:
    if facts.is_weak:
        says = "The power is too weak now. Use the power supply and the cable of the box."
        return Finding("power", says, is_well=False)
    if facts.was_weak:
        says = (
            "The power was too weak since the box was switched on. Use the power supply and the "
            "cable of the box."
        )
        return Finding("power", says, is_well=False)
    if not facts.power:
        return Finding("power", "Nothing here tells how good the power supply is.")
    return Finding("power", "The power supply is good.")


def _memory(facts: Facts) -> Iterator[Finding]:
    """Tell nothing of a machine that tells nothing."""
    if facts.memory == "uncounted":
        says = (
            "No program's memory has a limit here: pages may take what a film needs. Write "
            "cgroup_enable=memory at the end of the line in cmdline.txt, and switch the box off "
            "and on."
        )
        yield Finding("memory", says, is_well=False)
    if facts.swap == "card":
        says = (
            "Memory may be written to the card, and with it plain pictures. Switch swap off, as "
            "docs/packaging.md says, and then the box off and on."
        )
        yield Finding("memory", says, is_well=False)
    if facts.memory == "counted" and facts.swap in ("none", "memory"):
        says = "The limits of memory hold, and none of it is written to the card."
        yield Finding("memory", says)


_BLOCKED: Final = (
    "The Wi-Fi is blocked, mostly since no country is set. Write the country's two letters in "
    "vigbox.toml, and switch the box off and on. A box made from the image has them from its card: "
    "export what you need, and have the card written anew with the country."
)
_WIFI: Final = {
    "unprepared": "The box's own Wi-Fi is not prepared, mostly since no country is set in "
    "vigbox.toml. `vigbox check` says why.",
    "no-networkmanager": "The box's own Wi-Fi is off since NetworkManager does not run. Switch the "
    "box off and on.",
    "no-radio": "No Wi-Fi radio is there. The box films all the same; its pages are reached by a "
    "cable.",
    "switched-off": "The Wi-Fi radio is off by a switch on the machine. Switch it on.",
    "blocked": _BLOCKED,
    "refused": "The box's own Wi-Fi did not come up. Switch the box off and on.",
    "other-country": "The Wi-Fi keeps to the rules of another country than the settings name. "
    "Switch the box off and on.",
    "world-rules": "No radio knows the country in vigbox.toml, so the Wi-Fi keeps to the rules "
    "that hold everywhere. Write the country's two letters there.",
    "same-name": "Another box is near whose Wi-Fi has the same name: a tablet may join either. "
    "Switch one of them off.",
}
"""What the network helper found (``appliance/wifi_state.py``), without a name in it."""


def _radio(facts: Facts) -> Finding:
    if facts.wifi in _WIFI:
        return Finding("wifi", _WIFI[facts.wifi], is_well=False)
    if facts.radio == "blocked":
        return Finding("wifi", _BLOCKED, is_well=False)
    if facts.hotspot == "off":
        says = "The box's own Wi-Fi is off. Switch the box off and on."
        return Finding("wifi", says, is_well=False)
    if facts.hotspot == "on":
        return Finding("wifi", "The box's own Wi-Fi is on.")
    return Finding("wifi", "This box has no Wi-Fi of its own.")


def clock(time: datetime, source: TimeSource) -> Finding:
    """Give the time and who says so; a clock that is not sure stops no film."""
    says = f"{time:%Y-%m-%d %H:%M} UTC, {SAID_BY[source]}"
    return Finding("clock", says, is_well=source is not TimeSource.UNSURE)


def settings(faults: list[str]) -> list[Finding]:
    """Give each mistake of the settings, or that there is none."""
    if not faults:
        return [Finding("settings", "The settings can be read.")]
    return [Finding("settings", each, is_well=False) for each in faults]
