"""How lengths, times and sizes read on a page, in its language."""

from datetime import date, datetime

from flask import Flask
from flask_babel import format_date, format_datetime, format_decimal, gettext, pgettext

from vigbox.model import NS

_GIGABYTE = 1_000_000_000
_DAY = len("2026-11-21")


def register(app: Flask) -> None:
    """Make the words known to the templates."""
    app.add_template_filter(clock)
    app.add_template_filter(day)
    app.add_template_filter(moment)
    app.add_template_filter(month)
    app.add_template_filter(size)
    app.add_template_filter(gap)


def clock(length_ns: int) -> str:
    """Write a length as minutes and seconds: ``9:05``, with hours ``1:09:05``."""
    minutes, seconds = divmod(length_ns // NS, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def moment(at: str) -> str:
    """Write a wall time in the box's own time zone: ``Saturday 21 November, 19:40``.

    Of a day alone, as of a film from elsewhere: ``Saturday 21 November 2026``. The patterns are
    those of Unicode's CLDR, and stand in the catalogues.
    """
    try:
        if len(at) == _DAY:
            day = date.fromisoformat(at)
            return str(format_date(day, pgettext("pattern of a day", "EEEE d MMMM y")))
        local = datetime.fromisoformat(at).astimezone()
    except ValueError:
        return str(gettext("at an unknown time"))
    pattern = pgettext("pattern of a moment", "EEEE d MMMM, HH:mm")
    return str(format_datetime(local, pattern, rebase=False))


def day(on: date | str) -> str:
    """Write a date, or the day of a wall time, in the page's language: ``1 December 2026``."""
    try:
        found = on if isinstance(on, date) else _day_of(on)
    except ValueError:
        return ""
    return str(format_date(found, "d MMMM y"))


def _day_of(at: str) -> date:
    whole = date.fromisoformat(at) if len(at) == _DAY else None
    return whole or datetime.fromisoformat(at).astimezone().date()


def month(at: str) -> str:
    """Write the month of a wall time: ``November 2026``; ``Earlier`` when it is not known."""
    try:
        local = datetime.fromisoformat(at).astimezone()
    except ValueError:
        return str(gettext("Earlier"))
    return str(format_date(local, "LLLL y", rebase=False))


def size(size_bytes: int) -> str:
    """Write a size in MB or GB."""
    if size_bytes < _GIGABYTE:
        return f"{size_bytes / 1_000_000:.0f} MB"
    return f"{format_decimal(size_bytes / _GIGABYTE, '0.0')} GB"


def gap(length_ns: int) -> str:
    """Write how long nothing was filmed: ``4 s``, ``a moment`` when it is not known."""
    return f"{length_ns / NS:.0f} s" if length_ns >= NS else str(gettext("a moment"))
